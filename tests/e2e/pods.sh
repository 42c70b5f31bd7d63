#!/bin/bash
# Podman beyond single containers: pods, play kube, builds, Buildah, and a user's own engine without root.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin pods "$@"
e2e_need podman conmon buildah catatonit jq busybox
e2e_own_tree /etc
mount --bind "$E2E/own/etc/sallyport" /etc/sallyport
e2e_gate </dev/null
e2e_podman
echo "# $(podman --version), $(buildah --version | cut -d' ' -f1-3)"
scope() { field "$(newest)" '.sallyport.container | "\(.engine) \(.scope)"'; }

# --- a pod: its infra container, members that share its namespaces
n=$(record_count)
run podman pod create --name shop --network none --infra-image "$E2E_IMAGE" --infra-command "sleep 600"
worked "podman pod create"
run podman run -d --pod shop --name web "$E2E_IMAGE" sh -c 'mkdir -p /tmp/www && echo page >/tmp/www/index.html && httpd -f -p 8080 -h /tmp/www'
worked "a member starts"
is "infra container and member are judged" $((n + 2)) "$(record_count)"
run podman run --rm --pod shop "$E2E_IMAGE" sh -c 'for i in 1 2 3 4 5 6 7 8 9; do wget -qO- http://127.0.0.1:8080/index.html && break; sleep 0.3; done'
is "another member reaches it" "0 page" "$rc $out"
run podman exec web sh -c "$INSIDE"
hardened "a pod's member" "$out"
run podman pod restart shop
worked "podman pod restart"
run podman pod rm -f -t 0 shop
worked "podman pod rm"

# --- play kube
cat >"$E2E/pod.yaml" <<YAML
apiVersion: v1
kind: Pod
metadata: {name: kube}
spec:
  containers:
  - name: one
    image: $E2E_IMAGE
    command: ["sleep", "600"]
    securityContext: {runAsUser: 1000, allowPrivilegeEscalation: false}
YAML
run podman play kube --network none --log-driver k8s-file "$E2E/pod.yaml"
worked "podman play kube"
run podman exec kube-one id -u
is "as the user of the manifest" "0 1000" "$rc $out"
sed 's/securityContext: .*/securityContext: {privileged: true}/; s/name: kube/name: bad/' "$E2E/pod.yaml" >"$E2E/bad.yaml"
run podman play kube --network none --log-driver k8s-file "$E2E/bad.yaml"
has "a privileged one is refused" 'sallyport: refused' "$out"
run podman play kube --down "$E2E/pod.yaml"
worked "podman play kube --down"

# --- builds
mkdir "$E2E/context"
printf 'FROM %s\nRUN id -u >/uid && cat /uid && mkdir /srv && chown 1000 /srv && chmod 4755 /bin/busybox\nRUN touch /done\n' "$E2E_IMAGE" >"$E2E/context/Dockerfile"
n=$(record_count)
# Limits of their own: Buildah's would be higher than a small machine's root may set.
limits=(--ulimit nofile=1024:1024 --ulimit nproc=1024:1024)
run podman build --isolation oci --network none "${limits[@]}" -t built "$E2E/context"
worked "podman build"
is "its steps are image builds" "buildah build" "$(scope)"
run podman run --rm --network none built sh -c 'cat /uid && ls /done'
is "what it built runs" "0 0 /done" "$rc $(xargs <<<"$out")"
run buildah from "${limits[@]}" --name work "$E2E_IMAGE"
worked "buildah from"
n=$(record_count)
run buildah run --runtime "$E2E_SHIM" --isolation oci --network none work sh -c 'id -u; touch /made'
is "buildah run: root that may write" "0 0" "$rc $(tail -1 <<<"$out")"
is "by the gate, as a build" "$((n + 1)) buildah build" "$(record_count) $(scope)"
verifies

# --- a user's own engine
if ! command -v newuidmap >/dev/null; then
    skip "rootless podman" "no newuidmap"
    e2e_end
    exit
fi
useradd -m -d "$E2E/home" -s /bin/sh tester 2>/dev/null
echo 'tester:300000:65536' | tee /etc/subuid >/etc/subgid
U=$(id -u tester)
mkdir -p "/run/user/$U"
chown "$U" "/run/user/$U"
chmod 755 "$E2E/bin"
mkdir -p "$E2E/home/.config/containers"
sed 's|^runtime = .*|runtime = "gate"|' "$CONTAINERS_CONF" >"$E2E/home/.config/containers/containers.conf"
printf '[storage]\ndriver = "vfs"\n' >"$E2E/home/.config/containers/storage.conf"
cp "$E2E/image.tar" "$E2E/home/image.tar"
chown -R tester: "$E2E/home"
chmod 666 /dev/fuse 2>/dev/null || true
rootless() { (cd "$E2E/home" && setpriv --reuid "$U" --regid "$U" --init-groups env -u CONTAINERS_CONF -u CONTAINERS_STORAGE_CONF -u TMPDIR HOME="$E2E/home" XDG_RUNTIME_DIR="/run/user/$U" USER=tester PATH=/usr/bin:/bin:/usr/sbin timeout 60 "$@"); }
run rootless podman load -q -i image.tar
if [ "$rc" != 0 ]; then
    skip "rootless podman" "it cannot run here: $(tail -1 <<<"$out" | cut -c1-100)"
    e2e_end
    exit
fi
before=$(record_count)
run rootless podman run --rm --network none "$E2E_IMAGE" sh -c "$INSIDE"
worked "rootless podman run"
is "no new privileges, a filter" "1 2" "$(inside "$out" NoNewPrivs) $(inside "$out" Seccomp)"
run rootless podman run --rm --network none --pid=host "$E2E_IMAGE" true
has "a dangerous one is refused" 'sallyport: refused [0-9a-f]*: ' "$out"
is "the machine's log is not theirs to write" "$before" "$(record_count)"
has "their own log has it" '^[1-9]' "$(find "$E2E/home" "/run/user/$U" -path '*sallyport*' -type f 2>/dev/null | wc -l)"
e2e_end
