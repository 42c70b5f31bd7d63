#!/bin/bash
# What Sallyport adds to a container's start: `create` through the shim with a runtime that does nothing, in turn with
# that runtime alone and with a static wrapper that only execs it.   tests/bench/start.sh [ROUNDS] [DOCKERS-CONFIG.JSON]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/e2e/lib.sh
. "$here/../e2e/lib.sh"
e2e_begin bench "$@"
e2e_need jq busybox runc gcc

rounds=${1:-300}
# On a busy machine the commands would measure who else runs.
first=()
if chrt -f 10 true 2>/dev/null; then first=(chrt -f 10); fi
# shellcheck source=tests/bench/documents.sh
. "$here/documents.sh"
bench_documents "$rounds" "${2:-}"

for document in runc docker bind; do
    cp "$E2E/$document.json" "$B/config.json"
    run "$E2E_SHIM" "${args[@]}" "warm-$document"
    worked "create through the shim, $document's document"
done

measure() { # DOCUMENT WHERE-THE-LOG-IS
    local result config=$E2E/$1.json
    result=$("${first[@]}" "$E2E/bin/containerd-shim-runc-v2" "$rounds" "$config" "$B/config.json" \
        -- "$E2E/bin/noop" "${args[@]}" % -- "$E2E/bin/wrapper" "${args[@]}" % -- "$E2E_SHIM" "${args[@]}" % 2>/dev/null)
    is "every run worked, $1's document, log on $2" 0 "$(awk '{bad += $NF} END {print bad}' <<<"$result")"
    echo "# $1's document of $(stat -c %s "$config") bytes, log on $2: $rounds rounds in turn, microseconds and KiB"
    sed "s#^$E2E/bin/#\#   #" <<<"$result"
    awk '{m[NR] = $3; p[NR] = $5} END {
        printf "#   a wrapper that only execs adds %d, the gate adds %d (%.1f times); p99 adds %d and %d\n",
            m[2] - m[1], m[3] - m[1], (m[3] - m[1]) / (m[2] - m[1]), p[2] - p[1], p[3] - p[1]}' <<<"$result"
}

# The record must be durable before the runtime runs: what waiting for the disk costs is told apart.
syncs() {
    local r
    for ((r = 0; r < 20; r++)); do
        cp "$E2E/docker.json" "$B/config.json"
        "${first[@]}" strace -qq -T -e trace=fdatasync,fsync "$E2E_SHIM" "${args[@]}" "sync$r" 2>&1 >/dev/null | sed -nE 's/.*<([0-9.]+)>$/\1/p'
    done >"$E2E/syncs"
    sort -n "$E2E/syncs" | awk -v n=20 '{t[NR] = $1} END {
        printf "# syncs of a start: %.1f, median %d microseconds each\n", NR / n, t[int((NR + 1) / 2)] * 1e6}'
    cp "$E2E/docker.json" "$B/config.json"
    strace -qq -c -o "$E2E/calls" "$E2E_SHIM" "${args[@]}" calls >/dev/null 2>&1 || true
    awk '$NF == "total" {print "# system calls of a start, the runtime that does nothing included: " $(NF - 2)}' "$E2E/calls"
}

disk=$(findmnt -no FSTYPE -T /var/log/sallyport)
measure runc "$disk"
measure docker "$disk"
if command -v strace >/dev/null; then syncs; fi
mount -t tmpfs -o mode=700 tmpfs /var/log/sallyport
measure runc tmpfs
measure docker tmpfs
measure bind tmpfs
for ((i = 0; i < 1000; i++)); do mkdir "$E2E/points/$i"; done
seq -f "$E2E/points/%g" 0 999 | xargs -n 1 mount --bind "$E2E/files"
measure docker "tmpfs, 1,000 mounts"
measure bind "tmpfs, 1,000 mounts"
echo "# stages, medians of the records:"
records | jq -sr '[.[].metrics | select(. != null)] | (map(keys) | add | unique) as $k
    | $k[] as $n | "#   \($n) \([.[] | .[$n] | select(type == "number")] | sort | .[length / 2 | floor])"'

cp "$E2E/docker.json" "$B/config.json"
count=$( { perf stat -x, -e instructions:u "$E2E_SHIM" "${args[@]}" counted >/dev/null; } 2>&1 | grep instructions | cut -d, -f1 || true)
if [[ $count =~ ^[0-9]+$ ]]; then
    echo "# instructions: $count"
else
    echo "# instructions: this machine has no counters for them"
fi
e2e_end
