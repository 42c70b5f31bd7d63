#!/bin/bash
# containerd: real containerd, ctr with Sallyport as the runtime's binary.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin containerd "$@"
e2e_need containerd ctr jq busybox
e2e_gate </dev/null
e2e_containerd

echo "# containerd $(containerd --version | cut -d' ' -f3), $("$E2E_RUNC" --version | head -1)"

n=$(record_count)
run ctr_run c1 -- sh -c "$INSIDE"
worked "ctr run starts an ordinary container"
hardened "ctr run" "$out"
one_record "ctr run" "$n" create harden
is "ctr run: the record names the engine" containerd "$(field "$(newest)" .sallyport.container.engine)"
is "ctr run: the record has the image's digest, from containerd's own store" \
    "$(ctr image ls "name==$E2E_IMAGE" | awk 'NR == 2 { print $3 }') containerd" \
    "$(field "$(newest)" '.sallyport.container.image | "\(.digest) \(.digest_source)"')"
replays "ctr run"

run ctr run -d --runtime io.containerd.runc.v2 --runc-binary "$E2E_SHIM" "$E2E_IMAGE" c2 sleep 300
worked "ctr run -d"
n=$(record_count)
run ctr task exec --exec-id e1 c2 sh -c "$INSIDE"
worked "ctr task exec"
hardened "ctr task exec" "$out"
one_record "ctr task exec" "$n" exec 'admit|harden'
run ctr task kill -s 9 c2
worked "ctr task kill"
run wait_for 10 ctr task delete c2
worked "ctr task delete"

danger() { # TEXT RULES OPTION...
    local text=$1 rules=$2 n
    shift 2
    n=$(record_count)
    run ctr_run "d$n" "$@" -- true
    refused "ctr run $text" "$n" "$rules"
}
danger "--privileged" 'privileged-container' --privileged
danger "--net-host" 'host-network-namespace' --net-host
danger "--mount /" 'host-mounts' --mount type=bind,src=/,dst=/host,options=rbind:rw
danger "--mount containerd.sock" 'engine-socket|host-mounts' --mount type=bind,src=/run/containerd/containerd.sock,dst=/run/c.sock,options=rbind:rw
danger "--with-ns pid" 'host-pid-namespace|namespace-paths' --with-ns pid:/proc/1/ns/pid
danger "--cap-add CAP_SYS_ADMIN" 'dangerous-capabilities' --cap-add CAP_SYS_ADMIN

verifies
e2e_end
