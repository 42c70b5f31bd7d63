#!/bin/bash
# Podman: real podman and conmon, Sallyport as its runtime.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin podman "$@"
e2e_need podman conmon jq busybox
e2e_gate </dev/null
e2e_podman

echo "# $(podman --version), $("$E2E_RUNC" --version | head -1)"

n=$(record_count)
run podman run --rm --network none "$E2E_IMAGE" sh -c "$INSIDE"
worked "podman run starts an ordinary container"
hardened "podman run" "$out"
one_record "podman run" "$n" create harden
is "podman run: the record names the engine" podman "$(field "$(newest)" .sallyport.container.engine)"
replays "podman run"

run podman run -d --network none --name one "$E2E_IMAGE" sleep 300
worked "podman run -d"
n=$(record_count)
run podman exec one sh -c "$INSIDE"
worked "podman exec"
hardened "podman exec" "$out"
one_record "podman exec" "$n" exec 'admit|harden'
run podman stop -t 0 one
worked "podman stop"
run podman start one
worked "podman start again"
run podman rm -f -t 0 one
worked "podman rm -f"

danger() { # TEXT RULES OPTION...
    local text=$1 rules=$2 n
    shift 2
    n=$(record_count)
    run podman run --rm --network "${NETWORK:-none}" "$@" "$E2E_IMAGE" true
    refused "podman run $text" "$n" "$rules"
}
danger "--privileged" 'privileged-container' --privileged
danger "-v /:/host" 'host-mounts' -v /:/host
danger "--pid=host" 'host-pid-namespace' --pid=host
danger "--ipc=host" 'host-ipc-namespace' --ipc=host
danger "--cap-add SYS_ADMIN" 'dangerous-capabilities' --cap-add SYS_ADMIN
NETWORK=host danger "--network host" 'host-network-namespace'

n=$(record_count)
run podman run --rm --network none --security-opt seccomp=unconfined "$E2E_IMAGE" sh -c "$INSIDE"
is "podman run seccomp=unconfined: a filter is in force all the same" 2 "$(inside "$out" Seccomp)"

verifies
e2e_end
