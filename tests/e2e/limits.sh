#!/bin/bash
# The resource policy of the settings, on real containers: required, by default, lowered but never raised, other in a scope,
# and no update beyond it. What was changed stands in the record, what holds in the container's own control group.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin limits "$@"
e2e_need dockerd docker containerd jq busybox
e2e_gate <<'YAML'
parameters:
  resource-limits:
    memory: {default: 64m, max: 128m}
    swap: {max: 0}
    cpus: {max: 1.5}
    pids: {default: 50, max: 100}
    block-io-weight: {max: 500}
    rlimits: {NOFILE: {max: 2k}, CORE: {default: 0}}
    tmpfs: {default: 8m, max: 16m}
scopes:
  - selector: {engine: [unknown]}
    parameters:
      resource-limits: {memory: {require: true, default: none, max: 256m}}
YAML
e2e_docker

group() { # NAME FILE: of the container's own control group, of either version
    local pid controller=${2%%.*}
    pid=$(docker inspect -f '{{.State.Pid}}' "$1")
    cat "/sys/fs/cgroup/$controller$(sed -nE "s/^[0-9]+:([a-z_,]*,)?$controller(,[a-z_,]*)?:(.*)/\3/p" "/proc/$pid/cgroup")/$2" 2>/dev/null ||
        cat "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$pid/cgroup")/$2" 2>/dev/null
}
memory() { group "$1" memory.limit_in_bytes || group "$1" memory.max; }
changes() { jq -r '[.result.patch[]? | select(.path | test("resources|rlimits|options")) | "\(.path)=\(.value | if type == "object" then .hard // "{}" else . end)"] | join(" ")' <<<"$(newest)"; }

# --- by default
run docker run -d --name plain --tmpfs /scratch "$E2E_IMAGE" sleep 300
worked "a container that asks for nothing starts"
is "and gets the default memory" $((64 << 20)) "$(memory plain)"
is "and processes" 50 "$(group plain pids.max)"
run docker exec plain sh -c 'ulimit -Hc; ulimit -Hn; df -k /scratch | tail -1 | awk "{print \$2}"'
is "and limits of the process, and a tmpfs of the default size" "0 2048 8192" "$(xargs <<<"$out")"
run docker rm -f plain

# --- lowered, never raised
run docker run -d --name greedy -m 1g --memory-swap 2g --cpus 2 --pids-limit 5000 --ulimit nofile=100000 --tmpfs /scratch:size=1g "$E2E_IMAGE" sleep 300
worked "one that asks for too much starts"
is "with the most of memory" $((128 << 20)) "$(memory greedy)"
is "with the most of processes" 100 "$(group greedy pids.max)"
has "with the most of processors" '^150000( 100000)?$' "$(group greedy cpu.cfs_quota_us || group greedy cpu.max)"
has "the record tells each change" 'memory/limit=134217728' "$(changes)"
has "that of swap" 'memory/swap=134217728' "$(changes)"
has "that of files" 'rlimits/[0-9]+=2048' "$(changes)"
has "that of the tmpfs" 'options/[-0-9]+=size=16777216' "$(changes)"
has "and why names both" 'asked for of memory, where 134217728 is the most' "$(sallyport why greedy)"

# --- update
n=$(record_count)
run docker update -m 100m --memory-swap 100m greedy
worked "an update within it"
is "is done" $((100 << 20)) "$(memory greedy)"
run docker update -m 512m --memory-swap 512m greedy
worked "an update beyond it"
is "gets the most" $((128 << 20)) "$(memory greedy)"
one_record "and is recorded" $((n + 1)) update harden
run docker update --pids-limit 4000 greedy
is "so does one of processes" 100 "$(group greedy pids.max)"
run docker update --cpus 1.9 greedy
is "and of processors" 150000 "$(group greedy cpu.cfs_quota_us || group greedy cpu.max | cut -d' ' -f1)"
n=$(record_count)
run docker update --pids-limit -1 greedy
refused "an update that lifts the limit" "$n" 'update-limits'
is "which stands" 100 "$(group greedy pids.max)"
run docker rm -f greedy

run docker run -d --name modest -m 32m --memory-swap 32m --cpus 0.5 --pids-limit 20 --ulimit nofile=64 --tmpfs /scratch:size=1m "$E2E_IMAGE" sleep 300
worked "one that asks for less starts"
is "and keeps it" "$((32 << 20)) 20" "$(memory modest) $(group modest pids.max)"
lacks "nothing of it is changed" 'memory|pids|cpu|NOFILE|size=1m' "$(changes)"
run docker rm -f modest

# --- a scope of its own, by a bundle of nobody's
mkdir -p "$E2E/b"
e2e_rootfs "$E2E/b/rootfs"
e2e_spec "$E2E/b" '.process.args = ["true"]'
n=$(record_count)
run "$E2E_SHIM" run -b "$E2E/b" bare
refused "a scope that requires memory" "$n" resource-limits
has "says of what" 'memory must be limited' "$out"
e2e_spec "$E2E/b" '.process.args = ["true"] | .linux.resources.memory = {limit: 268435456}'
run "$E2E_SHIM" run -b "$E2E/b" limited
worked "and takes what its own maximum allows"

# --- settings that cannot mean anything
sed -i 's/default: 64m/default: 64 megs/' /etc/sallyport/sallyport.yaml
run sallyport policy activate --baseline "$E2E/baseline"
has "an amount that is none is named with its place" 'sallyport.yaml:4:23: neither a number nor one with a unit.*64 megs' "$out"
sed -i 's/default: 64 megs/defualt: 64m/' /etc/sallyport/sallyport.yaml
run sallyport policy activate --baseline "$E2E/baseline"
has "and so is a key" "unknown key 'defualt'; did you mean 'default'" "$out"
verifies
e2e_end
