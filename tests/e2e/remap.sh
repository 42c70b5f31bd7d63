#!/bin/bash
# Docker with userns-remap: root of every container is a user of the host, and so are the engine's own files.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin remap "$@"
e2e_need dockerd docker containerd jq busybox
e2e_own_tree /etc
mount --bind "$E2E/own/etc/sallyport" /etc/sallyport
echo 'remapped:x:4001:4001::/:/bin/false' >>/etc/passwd
echo 'remapped:x:4001:' >>/etc/group
echo 'remapped:400000:65536' | tee /etc/subuid >/etc/subgid
e2e_gate </dev/null
# shellcheck disable=SC2034 # lib.sh reads it
E2E_DOCKER_MORE='{"userns-remap": "remapped"}'
e2e_docker
echo "# $(docker version --format 'docker {{.Server.Version}}'), $("$E2E_RUNC" --version | head -1)"

n=$(record_count)
run docker run --rm "$E2E_IMAGE" sh -c "$INSIDE; cat /proc/self/uid_map"
worked "docker run"
one_record "docker run" "$n" create 'harden|admit'
is "docker run: no new privileges, a filter" "1 2" "$(inside "$out" NoNewPrivs) $(inside "$out" Seccomp)"
has "docker run: in the engine's user namespace" '^ *0 +400000 +65536$' "$out"
is "docker run: the record names the engine" docker "$(field "$(newest)" .sallyport.container.engine)"
run docker run -d --name one "$E2E_IMAGE" sleep 300
worked "docker run -d"
run docker exec one sh -c "$INSIDE"
worked "docker exec"
is "docker exec: no new privileges, a filter" "1 2" "$(inside "$out" NoNewPrivs) $(inside "$out" Seccomp)"
run docker run --rm -v data:/data "$E2E_IMAGE" sh -c 'echo kept >/data/f; cat /data/f'
is "a volume can be written" "0 kept" "$rc $out"
run docker restart -t 0 one
worked "docker restart"
mkdir "$E2E/context"
printf 'FROM %s\nRUN id -u >/uid && chown 1000 /uid\n' "$E2E_IMAGE" >"$E2E/context/Dockerfile"
run docker build -q --network none "$E2E/context"
worked "docker build"
n=$(record_count)
run docker run --rm --userns=host -v /:/host "$E2E_IMAGE" true
refused "--userns=host with the host's files" "$n" 'host-mounts'
n=$(record_count)
run docker run --rm -v /etc:/host "$E2E_IMAGE" true
refused "the host's files" "$n" 'host-mounts'
run docker rm -f one
worked "docker rm"
verifies
e2e_end
