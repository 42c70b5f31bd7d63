#!/bin/bash
# CRI: real containerd through its CRI, crictl in kubelet's place, Sallyport as the runtime of every pod.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_build_crictl
e2e_begin cri "$@"
e2e_need runc containerd ctr jq busybox "$E2E_CRICTL" /usr/lib/cni/bridge
e2e_gate </dev/null
e2e_cri
printf 'runtime-endpoint: %s\ntimeout: 60\n' "$CONTAINER_RUNTIME_ENDPOINT" >"$E2E/crictl.yaml"
crictl() { timeout 60 "$E2E_CRICTL" --config "$E2E/crictl.yaml" "$@"; }
echo "# containerd $(containerd --version | cut -d' ' -f3), crictl $(sed -n 's/.*cri-tools v//p' "$E2E_TOP/tests/e2e/crictl/go.mod"), $("$E2E_RUNC" --version | head -1)"

pods=0 attempts=0
pod() { # [JQ-PROGRAM]: start a sandbox; its id in $pod
    pods=$((pods + 1))
    jq -n --arg n "$pods" '{metadata: {name: "web-\($n)", namespace: "shop", uid: "uid-\($n)", attempt: 0}, hostname: "web",
        log_directory: "/tmp", linux: {security_context: {namespace_options: {}}}}' | jq "${1:-.}" >"$E2E/pod.json"
    run crictl runp "$E2E/pod.json"
    pod=$(tail -1 <<<"$out")
}
container() { # JQ-PROGRAM COMMAND...: create and start a container in $pod; its id in $ctr
    local program=$1
    shift
    attempts=$((attempts + 1))
    jq -n --arg image "$E2E_IMAGE" --argjson attempt "$attempts" '{metadata: {name: "app", attempt: $attempt}, image: {image: $image}, command: $ARGS.positional,
        log_path: "app.log", linux: {security_context: {}}}' --args -- "$@" | jq "$program" >"$E2E/ctr.json"
    run crictl create --no-pull "$pod" "$E2E/ctr.json" "$E2E/pod.json"
    ctr=$(tail -1 <<<"$out")
    [ "$rc" != 0 ] || run crictl start "$ctr"
}
drop_pod() { crictl rmp -f "$pod" >/dev/null 2>&1 || true; }

# --- an ordinary pod
n=$(record_count)
pod
worked "a pod's sandbox starts"
is "its record: a sandbox of CRI's" "cri sandbox shop" \
    "$(field "$(newest)" '.sallyport.container | "\(.engine) \(.scope) \(.kubernetes.namespace)"')"
is "one record" $((n + 1)) "$(record_count)"
n=$(record_count)
container . sleep 600
worked "a container starts in it"
one_record "the container" "$n" create harden
is "the record names pod and container" "cri pod shop web-1 app" \
    "$(field "$(newest)" '.sallyport.container | "\(.engine) \(.scope) \(.kubernetes.namespace) \(.kubernetes.pod) \(.kubernetes.container)"')"
digest=$(ctr -n k8s.io image ls "name==$E2E_IMAGE" | awk 'NR == 2 { print $3 }')
is "and the image by its digest, from containerd's own store" "$E2E_IMAGE $digest containerd true" \
    "$(field "$(newest)" '.sallyport.container.image | "\(.name) \(.digest) \(.digest_source) \(.trusted)"')"
replays "the container"
n=$(record_count)
run crictl exec -s "$ctr" sh -c "$INSIDE"
worked "crictl exec"
hardened "crictl exec" "$out"
one_record "crictl exec" "$n" exec 'admit|harden'
run crictl stats -o json "$ctr"
worked "crictl stats"
n=$(record_count)
run crictl update --memory 67108864 "$ctr"
worked "crictl update"
one_record "crictl update" "$n" update 'admit|harden'
run crictl stop -t 1 "$ctr"
worked "crictl stop"
run crictl rm "$ctr"
worked "crictl rm"

# A second container of the pod shares its namespaces with the sandbox, which is no stranger's.
container '.command = ["sh", "-c", "ip addr show eth0 && exit 3"]' true
worked "another container of the pod starts"
run crictl logs "$ctr"
worked "crictl logs"
drop_pod

# --- what Kubernetes' own settings ask for stays
pod
container '.linux.security_context = {run_as_user: {value: 1000}, run_as_group: {value: 1000}, readonly_rootfs: true, no_new_privs: true,
    capabilities: {drop_capabilities: ["ALL"]}, seccomp: {profile_type: 0}}' sleep 600
worked "a container of the restricted kind starts"
run crictl exec -s "$ctr" id -u
is "as the user that it asked for" "0 1000" "$rc $out"
drop_pod

# --- dangerous ones
danger() { # TEXT RULES PROGRAM
    local n
    n=$(record_count)
    container "$3" true
    refused "$1" "$n" "$2"
}
pod
worked "a pod for what follows"
danger "hostPath /" 'host-mounts' '.mounts = [{host_path: "/", container_path: "/host"}]'
danger "hostPath of containerd's socket" 'engine-socket|host-mounts' '.mounts = [{host_path: "/run/containerd/containerd.sock", container_path: "/c.sock"}]'
danger "SYS_ADMIN" 'dangerous-capabilities' '.linux.security_context.capabilities = {add_capabilities: ["SYS_ADMIN"]}'
n=$(record_count)
container '.linux.security_context.seccomp = {profile_type: 1}' sleep 600
worked "seccomp unconfined starts"
run crictl exec -s "$ctr" sh -c "$INSIDE"
is "with a filter all the same" 2 "$(inside "$out" Seccomp)"
drop_pod
n=$(record_count)
pod '.linux.security_context.namespace_options = {network: 2}'
refused "a pod in the host's network" "$n" 'host-network-namespace'
n=$(record_count)
pod '.linux.security_context.namespace_options = {pid: 2}'
refused "a pod among the host's processes" "$n" 'host-pid-namespace'
n=$(record_count)
pod '.linux.security_context.privileged = true'
container '.linux.security_context.privileged = true' true
has "a privileged pod is refused" 'sallyport: refused' "$out"
drop_pod

verifies
e2e_end
