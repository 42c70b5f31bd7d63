#!/bin/bash
# What a start costs in system calls, memory and syncs stays within a budget: what grows it is seen, and either paid for
# elsewhere or decided on here. Counted from exec of the gate to exec of the runtime, in a run of `create`.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/bench/documents.sh
. "$(dirname "$0")/../bench/documents.sh"
e2e_begin calls "$@"
e2e_need jq busybox runc gcc strace
bench_documents 10

# DOCUMENT CALLS KIB: no more than these. Docker's has its identity read from Docker's files; `bind` reads the table of mounts.
# `mapped` gets a user namespace and pays for its mapping.
# One start in sixteen collects what is left over and makes about 18 calls more.
budgets='runc 345 4096
docker 365 4096
bind 370 4096
mapped 430 4096'

start() { # DOCUMENT ID [COMMAND...]: create it as containerd's shim would
    "${@:3}" "$E2E/bin/containerd-shim-runc-v2" 1 "$E2E/$1.json" "$B/config.json" -- "$E2E_SHIM" "${args[@]}" "$2"
}

n=0
while read -r document calls kib; do
    run start "$document" "b$n"
    has "$document: the start worked" 'failed 0' "$out"
    rss=$(sed -nE 's/.* rss ([0-9]+) .*/\1/p' <<<"$out")
    is "$document: at most $kib KiB resident (now $rss)" yes "$([ "${rss:-999999}" -le "$kib" ] && echo yes)"
    run start "$document" "b$((n + 1))" strace -qq -ff -o "$E2E/trace"
    trace=$(grep -lF "execve(\"$E2E_SHIM\"" "$E2E"/trace.*)
    awk -v gate="execve(\"$E2E_SHIM\"" -v noop="execve(\"$E2E/bin/noop\"" 'index($0, gate) == 1 {on = 1} index($0, noop) == 1 {exit} on' \
        "$trace" >"$E2E/counted"
    used=$(wc -l <"$E2E/counted")
    is "$document: at most $calls system calls (now $used)" yes "$([ "$used" -gt 50 ] && [ "$used" -le "$calls" ] && echo yes)"
    is "$document: one sync" 1 "$(grep -cE '^(fdatasync|fsync|sync|syncfs|sync_file_range)\(' "$E2E/counted")"
    [ "$used" -le "$calls" ] || sed -E 's/\(.*//' "$E2E/counted" | sort | uniq -c | sort -rn | sed -n '1,15s/^/    # /p'
    rm "$E2E"/trace.*
    n=$((n + 2))
done <<<"$budgets"
e2e_end
