#!/bin/bash
# What Sallyport adds to a container's start: `create` through the shim with a runtime that does nothing, in turn with
# that runtime alone and with a static wrapper that only execs it.   tests/bench/start.sh [ROUNDS] [CONFIG.JSON]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/e2e/lib.sh
. "$here/../e2e/lib.sh"
e2e_begin bench "$@"
e2e_need jq busybox runc gcc

rounds=${1:-300}
gcc -O2 -static -o "$E2E/bin/start" "$here/start.c"
gcc -O2 -static -o "$E2E/bin/noop" "$here/start_noop.c"
gcc -O2 -static -DTARGET="\"$E2E/bin/noop\"" -o "$E2E/bin/wrapper" "$here/start_noop.c"
E2E_RUNC=$E2E/bin/noop e2e_gate <<<'family: runc'

B=$E2E/b
mkdir -p "$B"
e2e_rootfs "$B/rootfs"
if [ -n "${2:-}" ]; then
    jq --arg r "$B/rootfs" '.root.path = $r' "$2" >"$E2E/config.json"
else
    (cd "$B" && command runc spec)
    jq '.process.terminal = false' "$B/config.json" >"$E2E/config.json"
fi
args=(--root "$E2E/r" --log "$E2E/log.json" --log-format json create --bundle "$B" --pid-file "$E2E/pid")

cp "$E2E/config.json" "$B/config.json"
run "$E2E/bin/sallyport-runtime" "${args[@]}" warm
worked "create through the shim"

measure() { # WHERE-THE-LOG-IS
    local result
    result=$("$E2E/bin/start" "$rounds" "$E2E/config.json" "$B/config.json" \
        -- "$E2E/bin/noop" "${args[@]}" % -- "$E2E/bin/wrapper" "${args[@]}" % -- "$E2E_SHIM" "${args[@]}" %)
    is "every run worked, log on $1" 0 "$(awk '{bad += $NF} END {print bad}' <<<"$result")"
    echo "# log on $1: $rounds rounds in turn, config.json of $(stat -c %s "$E2E/config.json") bytes, microseconds and KiB"
    sed "s#^$E2E/bin/#\#   #" <<<"$result"
    awk '{m[NR] = $3; p[NR] = $5} END {
        printf "#   a wrapper that only execs adds %d, the gate adds %d (%.1f times); p99 adds %d and %d\n",
            m[2] - m[1], m[3] - m[1], (m[3] - m[1]) / (m[2] - m[1]), p[2] - p[1], p[3] - p[1]}' <<<"$result"
}
measure "$(findmnt -no FSTYPE -T /var/log/sallyport)"
mount -t tmpfs -o mode=700 tmpfs /var/log/sallyport
measure tmpfs
echo "# stages, medians of the records:"
records | jq -sr '[.[].metrics | select(. != null)] | (map(keys) | add | unique) as $k
    | $k[] as $n | "#   \($n) \([.[] | .[$n] | select(type == "number")] | sort | .[length / 2 | floor])"'

cp "$E2E/config.json" "$B/config.json"
count=$( { perf stat -x, -e instructions:u "$E2E_SHIM" "${args[@]}" counted >/dev/null; } 2>&1 | grep instructions | cut -d, -f1 || true)
if [[ $count =~ ^[0-9]+$ ]]; then
    echo "# instructions: $count"
else
    echo "# instructions: this machine has no counters for them"
fi
e2e_end
