#!/bin/bash
# sallyport doctor --prove: which ways of starting a container pass the gate, told by throw-away containers.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
e2e_begin prove "$@"
e2e_need runc jq docker dockerd podman ldd
e2e_gate </dev/null
mkdir -p /usr/lib/sallyport "$E2E/lib"
mount --bind "$E2E/lib" /usr/lib/sallyport
install -m 755 "$E2E_TOP/scripts/prove" /usr/lib/sallyport/prove
e2e_docker
e2e_podman
images() { docker images -q | sort; docker ps -aq; podman images -q | sort; podman ps -aq; }
before=$(images)

E2E_TIMEOUT=170 run sallyport doctor --prove
is "a way leads round: exit 1" 1 "$rc"
has "docker run passes" '^passes +docker run$' "$out"
has "docker run with the gate by its name passes" '^passes +docker run --runtime gate$' "$out"
has "docker run --runtime runc goes round" '^round +docker run --runtime runc$' "$out"
has "docker exec passes" '^passes +docker exec$' "$out"
has "a classic build passes" '^passes +docker build .classic.$' "$out"
has "BuildKit's way is told, whichever it is" '^(round|failed|passes) +docker build .BuildKit.' "$out"
has "podman run passes" '^passes +podman run$' "$out"
has "podman --runtime runc goes round" '^round +podman --runtime runc run$' "$out"
has "podman exec passes" '^passes +podman exec$' "$out"
has "containerd is told as absent" '^absent +containerd$' "$out"
is "nothing is left behind" "$before" "$(images)"
umount /usr/lib/sallyport
e2e_end
