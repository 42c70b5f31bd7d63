#!/bin/bash
# The engines without Sallyport: what the other scripts build on works on this machine.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
e2e_begin engines "$@"
e2e_need dockerd docker containerd ctr podman jq busybox
e2e_plain

e2e_docker
run docker run --rm "$E2E_IMAGE" id -u
is "docker run" 0 "$out"
run docker run -d --name one "$E2E_IMAGE" sleep 60
worked "docker run -d"
run docker exec one cat /proc/1/comm
is "docker exec" sleep "$out"
run docker rm -f one
worked "docker rm"

e2e_containerd
run ctr_run c1 -- id -u
is "ctr run" 0 "$out"

e2e_podman
run podman run --rm --network none "$E2E_IMAGE" id -u
is "podman run" 0 "$out"

e2e_end
