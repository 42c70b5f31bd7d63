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
gcc -O2 -static -o "$E2E/bin/start" "$here/start.c"
gcc -O2 -static -o "$E2E/bin/noop" "$here/start_noop.c"
gcc -O2 -static -DTARGET="\"$E2E/bin/noop\"" -o "$E2E/bin/wrapper" "$here/start_noop.c"
E2E_RUNC=$E2E/bin/noop e2e_gate <<<'family: runc'

# The bundle in memory, as containerd has it; the root file system on disk.
B=/run/containerd/io.containerd.runtime.v2.task/moby/web
mkdir -p "$B"
e2e_rootfs "$E2E/rootfs"
(cd "$B" && command runc spec)
jq --arg r "$E2E/rootfs" '.process.terminal = false | .root.path = $r' "$B/config.json" >"$E2E/runc.json"
# Docker's document where Docker has it: an overlay and the container's files below its data root, called by containerd's shim.
D=$E2E/docker HEX=$(printf '%064d' 7)
mkdir -p "$D/overlay2/$HEX"/{upper,work,merged} "$D/containers/$HEX"
mount -t overlay -o "lowerdir=$E2E/rootfs,upperdir=$D/overlay2/$HEX/upper,workdir=$D/overlay2/$HEX/work" overlay "$D/overlay2/$HEX/merged"
touch "$D/containers/$HEX/"{resolv.conf,hostname,hosts}
jq -n '{Name: "/web", Image: "sha256:1", Config: {Image: "nginx:1", Labels: {a: "b"}, Healthcheck: null}}' >"$D/containers/$HEX/config.v2.json"
for ((i = 0; i < rounds; i++)); do
    mkdir "$D/containers/b$i"
    ln "$D/containers/$HEX/config.v2.json" "$D/containers/b$i/"
done
jq --arg r "$D/overlay2/$HEX/merged" --arg f "$D/containers/$HEX/" '.root.path = $r | del(.hooks, .linux.cgroupsPath)
    | .mounts[] |= if .type == "bind" then .source = $f + (.source | split("/") | last) else . end' \
    "${2:-$here/../fixtures/docker-default.json}" >"$E2E/docker.json"
cp "$E2E/bin/start" "$E2E/bin/containerd-shim-runc-v2"
# What somebody binds is looked for among all mounts of the host.
mkdir "$E2E/data" "$E2E/files" "$E2E/points"
jq --arg d "$E2E/data" '.mounts += [{destination: "/data", type: "bind", source: $d, options: ["rbind", "ro"]}]' "$E2E/runc.json" >"$E2E/bind.json"
args=(--root "$E2E/r" --log "$E2E/log.json" --log-format json create --bundle "$B" --pid-file "$E2E/pid")

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
