#!/bin/bash
# Docker: real dockerd, Sallyport as its default runtime.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin docker "$@"
e2e_need dockerd docker containerd jq busybox
e2e_gate </dev/null
e2e_docker

echo "# $(docker version --format 'docker {{.Server.Version}}'), $("$E2E_RUNC" --version | head -1)"

# --- an ordinary container ------------------------------------------------------------------
n=$(record_count)
run docker run --rm "$E2E_IMAGE" sh -c "$INSIDE"
worked "docker run starts an ordinary container"
hardened "docker run" "$out"
one_record "docker run" "$n" create harden
is "docker run: the record names the engine" docker "$(field "$(newest)" .sallyport.container.engine)"
replays "docker run"

# --- exec follows ---------------------------------------------------------------------------
run docker run -d --name one "$E2E_IMAGE" sleep 300
worked "docker run -d"
n=$(record_count)
run docker exec one sh -c "$INSIDE"
worked "docker exec"
hardened "docker exec" "$out"
one_record "docker exec" "$n" exec 'admit|harden'
n=$(record_count)
run docker exec --privileged one true
refused "docker exec --privileged" "$n" 'exec-privileged|dangerous-capabilities|drop-capabilities'
n=$(record_count)
run docker exec -u 0 one id -u
if [ "$rc" = 0 ]; then lacks "docker exec -u 0 does not give the host's root" '^0$' "$out"; else refused "docker exec -u 0" "$n" 'exec-user|run-as-non-root'; fi

# --- the engine's init: to be run, not to be written, and nowhere else
run docker run --rm --init "$E2E_IMAGE" cat /proc/1/comm
is "docker run --init" docker-init "$out"
init=$(command -v docker-init)
for where in "$init:/sbin/docker-init" "$init:/x:ro"; do
    n=$(record_count)
    run docker run --rm -v "$where" "$E2E_IMAGE" true
    refused "docker run -v $where" "$n" host-mounts
done

# --- life goes on: verbs that are not judged ------------------------------------------------
n=$(record_count)
run docker pause one
worked "docker pause"
run docker unpause one
worked "docker unpause"
run docker top one
worked "docker top"
run docker restart -t 0 one
worked "docker restart"
is "docker restart: a create is judged, pause and top are not" $((n + 1)) "$(record_count)"
n=$(record_count)
run docker update --memory 64m --memory-swap 64m one
worked "docker update --memory"
one_record "docker update" "$n" update 'admit|harden'
run docker rm -f one
worked "docker rm -f"

# --- a user of the image's own, volumes -----------------------------------------------------
run docker run --rm -u 1000:1000 "$E2E_IMAGE" sh -c "$INSIDE"
is "docker run -u 1000: stays that user" 1000 "$(inside "$out" Uid)"
run docker volume create data
run docker run --rm -u 1000:1000 -v data:/var/lib/app "$E2E_IMAGE" sh -c 'echo kept >/var/lib/app/file && cat /var/lib/app/file'
is "docker run -v: a volume can be written" kept "$out"
run docker run --rm -u 1000:1000 -v data:/var/lib/app "$E2E_IMAGE" cat /var/lib/app/file
is "docker run -v: what was written is there at the next start" kept "$out"
run docker run --rm "$E2E_IMAGE" sh -c 'echo x >/tmp/f && cat /tmp/f'
is "docker run: /tmp can be written" x "$out"
run docker run --rm "$E2E_IMAGE" sh -c 'exit 7'
is "docker run: the program's exit status passes" 7 "$rc"
run docker run --rm "$E2E_IMAGE" no-such-program
is "docker run: a missing program is still 127" 127 "$rc"

# --- image builds are their own scope; a run that looks like a build's step is none
mkdir "$E2E/context"
printf 'FROM %s\nRUN id -u >/uid && cat /uid\n' "$E2E_IMAGE" >"$E2E/context/Dockerfile"
n=$(record_count)
run env DOCKER_BUILDKIT=0 docker build -q --no-cache --network none -t built "$E2E/context"
worked "docker build (classic)"
is "docker build: its step is judged, as a build" "$((n + 1)) build" "$(record_count) $(field "$(newest)" .sallyport.container.scope)"
run docker run --rm --log-driver none --no-healthcheck "$(docker inspect -f '{{.Id}}' "$E2E_IMAGE")" sh -c "$INSIDE"
lacks "a run without log and health check is no build" '^build$' "$(field "$(newest)" .sallyport.container.scope)"

# --- dangerous ones -------------------------------------------------------------------------
danger() { # TEXT RULES OPTION...
    local text=$1 rules=$2 n
    shift 2
    n=$(record_count)
    run docker run --rm "$@" "$E2E_IMAGE" true
    refused "docker run $text" "$n" "$rules"
}
danger "--privileged" privileged-container --privileged
danger "-v /:/host" 'host-mounts' -v /:/host
danger "-v /etc" 'host-mounts' -v /etc:/host-etc
danger "-v docker.sock" 'engine-socket' -v /var/run/docker.sock:/var/run/docker.sock
danger "-v /run (the socket's directory)" 'engine-socket|host-mounts' -v /run:/host-run
danger "--pid=host" 'host-pid-namespace' --pid=host
danger "--net=host" 'host-network-namespace' --net=host
danger "--ipc=host" 'host-ipc-namespace' --ipc=host
danger "--device /dev/vda" 'devices|device-cgroup' --device "$(findmnt -no SOURCE -T "$E2E_TOP" | sed 's/\[.*//'):/dev/disk"
danger "--cap-add SYS_ADMIN" 'dangerous-capabilities' --cap-add SYS_ADMIN
danger "-v /sys/fs/cgroup rw" 'host-mounts|cgroup-.*|sysfs-.*|mount-.*' -v /sys/fs/cgroup:/cg

n=$(record_count)
run docker run --rm --security-opt seccomp=unconfined "$E2E_IMAGE" sh -c "$INSIDE"
is "docker run seccomp=unconfined: a filter is in force all the same" 2 "$(inside "$out" Seccomp)"
one_record "docker run seccomp=unconfined" "$n" create harden

n=$(record_count)
id=$(grep -o 'sallyport why [0-9A-Z]*' <<<"$(docker run --rm --pid=host "$E2E_IMAGE" true 2>&1 || true)" | head -1 | cut -d' ' -f3)
run sallyport why "$id"
has "sallyport why prints the decision that the refusal named" 'host-pid-namespace' "$out"

# --- what the daemon says of images and containers is held against the host's rules ----------
echo seeded >"$E2E/setuid" && chmod 4755 "$E2E/setuid"
docker run -d --name kept --restart always -u 1000:1000 -p 127.0.0.1:80:8080 "$E2E_IMAGE" sleep 300 >/dev/null
docker create --name base "$E2E_IMAGE" true >/dev/null
docker cp -q "$E2E/setuid" base:/setuid 2>/dev/null || docker cp "$E2E/setuid" base:/setuid >/dev/null
docker commit --change 'HEALTHCHECK CMD true' base checked:1 >/dev/null
# docker.sock stands where the assessment looks for it: the test's own daemon answers there.
run sallyport assess host --data "$E2E_TOP/policy" -f json
assessed() { jq -r --arg r "$1" --arg s "${2:-}" '[.results[] | select(.rule == $r and ($s == "" or .subject == $s)) | .outcome] | unique | join(" ")' <<<"$out"; }
is "assess: an image without a health check" fail "$(assessed image-healthcheck "${E2E_IMAGE#docker.io/library/}")"
is "assess: and one with" pass "$(assessed image-healthcheck checked:1)"
is "assess: a container that is always restarted" fail "$(assessed restart-policy kept)"
is "assess: a port below 1024, on one interface" "fail pass" "$(assessed privileged-ports kept) $(assessed host-interface-binding kept)"
is "assess: no sshd runs" pass "$(assessed container-sshd kept)"
is "assess: swarm mode is off, its controls do not apply" "pass not_applicable" "$(assessed swarm-mode) $(assessed swarm-autolock)"
is "assess: a setuid file in a layer" "fail pass" "$(assessed setuid-binaries checked:1) $(assessed setuid-binaries "${E2E_IMAGE#docker.io/library/}")"
has "assess: the version is told, and no more claimed" unasked "$(assessed docker-version)"
docker rm -f kept base >/dev/null

verifies
e2e_end
