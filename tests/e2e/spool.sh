#!/bin/bash
# The log on the start path in bad days: health checks without end, a full disk, one that can only be read, one that fails,
# a torn tail, a lock that somebody keeps, a user's own log. Whatever happens, no container runs without its record.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin spool "$@"
e2e_need runc jq busybox strace setpriv
e2e_gate </dev/null
log=/var/log/sallyport
mkdir -p "$E2E/b"
e2e_rootfs "$E2E/b/rootfs"
n=0
start() { # [PREFIX COMMAND...]: a container that says it ran
    n=$((n + 1))
    e2e_spec "$E2E/b" '.process.args = ["echo", "ran"]'
    run "$@" "$E2E_SHIM" run -b "$E2E/b" "c$n"
}
settings() { # LINE...
    { printf 'runtime: %s\n' "$E2E_RUNC"; printf '%s\n' "$@"; } >/etc/sallyport/sallyport.yaml
    sallyport policy activate --skip-tests --untrusted --baseline "$E2E/baseline" >/dev/null 2>&1 ||
        sallyport policy activate --baseline "$E2E/baseline" >/dev/null
}
intact() {
    local json
    json=$(sallyport audit verify --format json)
    is "$1" true "$(jq .intact <<<"$json")"
}

# --- health checks
e2e_spec "$E2E/b" '.process.args = ["sleep", "300"]'
"$E2E_SHIM" run --detach -b "$E2E/b" probed >/dev/null 2>&1 </dev/null
before=$(record_count)
size=$(stat -c %s $log/spool/*.log)
for _ in {1..10}; do
    "$E2E_SHIM" exec probed test -d /tmp
    "$E2E_SHIM" exec probed test -e /etc
done
is "two probes, ten times each: one record for each" $((before + 2)) "$(record_count)"
has "and their documents, once" '^[0-9]{1,5}$' $(($(stat -c %s $log/spool/*.log) - size))
is "the others are counted with the container" '[9,9]' "$(find /run/sallyport -name probed.json -exec jq -c '[.recent[].count]' {} +)"
run "$E2E_SHIM" exec probed test -d /etc
is "another command is another record" $((before + 3)) "$(record_count)"
"$E2E_SHIM" kill probed KILL

# --- a day's documents
settings 'document_mib_per_day: 0'
before=$(record_count)
start
has "without room for documents containers start" '^ran$' "$out"
is "on record" $((before + 1)) "$(record_count)"
is "which says that its document is left out" true "$(field "$(newest)" .sallyport.left_out)"
run sallyport why --input "c$n"
has "and so does who asks for it" 'left_out' "$out"
settings
start
is "with room it is kept" "" "$(field "$(newest)" .sallyport.left_out)"
replays "and replays"

# --- torn tail: power went while somebody wrote
segment=$(find $log/spool -name '*.log' | sort | tail -1)
printf '%064d 900 {"decision_id":"torn' 0 >>"$segment"
start
has "after a torn tail containers start" '^ran$' "$out"
intact "and the log is intact"

# --- somebody keeps the lock
flock --no-fork $log/spool/lock sleep 20 &
holder=$!
sleep 0.2
from=$(date +%s%N)
before=$(record_count)
start
has "a lock that somebody keeps refuses" 'sallyport: refused .*lock: held by another' "$out"
lacks "nothing runs" '^ran$' "$out"
has "the wait is bounded: less than four seconds" '^[0-3]$' $((($(date +%s%N) - from) / 1000000000))
kill "$holder"
wait "$holder" 2>/dev/null || true
start
has "then they start again" '^ran$' "$out"

# --- the disk fails as the record is made durable
start strace -qq -o /dev/null -e trace=fdatasync -e inject=fdatasync:error=EIO:when=1
has "EIO refuses" 'sallyport: refused ' "$out"
lacks "and nothing runs" '^ran$' "$out"
is "that segment gets no more records" 400 "$(stat -c %a "$segment")"
start
has "the next start has a segment of its own" '^ran$' "$out"
is "indeed" 2 "$(find $log/spool -name '*.log' | wc -l)"
intact "and the chain goes on"

# --- a disk that can only be read
mount --bind $log $log
mount -o remount,bind,ro $log
start
has "a log that can only be read refuses, and says that it could not record it" 'sallyport: refused .*not recorded: ' "$out"
lacks "nothing runs" '^ran$' "$out"
umount $log
settings 'on_log_failure: warn'
mount --bind $log $log
mount -o remount,bind,ro $log
start
has "unless the settings rather have it run" '^ran$' "$out"
umount $log
settings

# --- a full disk
mount -t tmpfs -o size=12m,mode=700 tmpfs $log
start
has "on a disk of its own" '^ran$' "$out"
cat /dev/zero >$log/full 2>/dev/null || true
before=$(record_count)
for _ in {1..40}; do
    start
    [ "$rc" = 0 ] || break
done
has "a full disk refuses" 'sallyport: refused ' "$out"
lacks "nothing runs" '^ran$' "$out"
is "the refusal is on record: the reserve served" refuse "$(field "$(newest)" .result.verdict)"
lacks "and does not say otherwise" 'not recorded' "$out"
rm $log/full
start
has "with room again they start" '^ran$' "$out"
is "and there is a reserve again" 1048576 "$(stat -c %s $log/spool/reserve)"
intact "the log is intact"
umount $log

# --- a user's own
before=$(record_count)
install -d -o 1000 -g 1000 "$E2E/home" "$E2E/home/bundle"
cp -a "$E2E/b/." "$E2E/home/bundle"
chown -R 1000:1000 "$E2E/home"
chmod 755 "$E2E/bin"
# shellcheck disable=SC2016 # expanded inside
run setpriv --reuid 1000 --regid 1000 --clear-groups env HOME="$E2E/home" XDG_RUNTIME_DIR="$E2E/home" unshare -Ur \
    "$E2E_SHIM" --root "$E2E/home/r" run -b "$E2E/home/bundle" mine
if grep -q 'unshare failed' <<<"$out"; then
    skip "a user's own log" "no user namespaces here"
else
    is "in a user namespace the record goes to the user's own log" 1 \
        "$(sallyport audit tail --log "$E2E/home/.local/state/sallyport" --all --format json 2>/dev/null | jq -s 'map(select(.sallyport.follows == null)) | length')"
    is "and says that it is advisory" true "$(sallyport audit tail --log "$E2E/home/.local/state/sallyport" --all --format json | jq -s '.[0].sallyport.advisory')"
    is "the machine's log is not theirs" "$before" "$(record_count)"
fi
verifies
e2e_end
