#!/bin/bash
# `lifecycle_events: on`: the requests of start, kill and delete are recorded, and stop nothing whatever the log does.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin log_lifecycle "$@"
e2e_need runc jq busybox python3 strace
e2e_gate <<'S'
level: baseline
S
B=$E2E/b R=/run/runc
mkdir -p "$B"
e2e_rootfs "$B/rootfs"
e2e_spec "$B" '.process.args = ["sleep", "300"]'
gate() { timeout -k 1 30 "$E2E_SHIM" --root "$R" "$@"; }
created() { gate create --bundle "$B" "$1" >"$E2E/created" 2>&1 </dev/null || not_ok "create $1" "$(cat "$E2E/created")"; }
of() { records | jq -c "select(.sallyport.container.id == \"$1\")"; }
told() { of "$1" | jq -r '[.sallyport.operation, (.result.verdict | select(. == "pass")), .sallyport.request.signal // empty, (.sallyport.request.force // empty | tostring)] | join(" ")' | paste -sd,; }
policy() { printf '%s\n' "level: baseline" "$@" >/etc/sallyport/sallyport.yaml; run sallyport policy activate --baseline "$E2E/baseline"; }
life() { # ID: a whole one
    created "$1"
    gate start "$1" && gate state "$1" >/dev/null && gate kill "$1" KILL
    wait_for 5 sh -c "'$E2E_RUNC' --root $R state $1 | grep -q stopped"
    gate delete "$1"
}

# --- off, which is the default: nothing recorded, nothing opened
run life off
worked "a container lives and ends"
is "off: its create alone is recorded" "create" "$(told off)"
run strace -f -e trace=openat,open -o "$E2E/trace" "$E2E_SHIM" --root "$R" kill nobody TERM
lacks "off: kill opens neither image nor spool" 'active|img|spool' "$(cat "$E2E/trace")"

# --- on
policy 'lifecycle_events: "on"'
worked "the setting is activated"
before=$(record_count)
run life on
worked "on: a container lives and ends"
is "on: create, start, kill, delete, in that order" "create,start pass,kill pass KILL,delete pass" "$(told on)"
is "and nothing of state" $((before + 4)) "$(record_count)"
is "each names the record that admitted the container" "$(of on | head -1 | jq -r .decision_id)" "$(of on | tail -n +2 | jq -r .sallyport.follows | sort -u)"
is "and is described by the schema" "" "$(of on >"$E2E/on.jsonl"; python3 - "$E2E_TOP/policy/schema/record.schema.json" "$E2E/on.jsonl" <<'P'
import json, sys
try: import jsonschema
except ImportError: sys.exit()
s = json.load(open(sys.argv[1]))
for line in open(sys.argv[2]):
    for e in jsonschema.Draft202012Validator(s).iter_errors(json.loads(line)): print(e.message)
P
)"
created forced
run gate delete --force forced
worked "on: delete --force"
is "says so" "create,delete pass true" "$(told forced)"
run gate kill stranger 9
is "on: a container that the runtime does not know stays its affair" "1 kill pass 9" "$rc $(told stranger)"
verifies

# --- what reads the log copes with it
run sallyport audit query --operation kill --count
is "query --operation kill" 2 "$out"
run sallyport audit query --verdict pass --count
is "query --verdict pass" 5 "$out"
run sallyport audit tail -n 1
has "tail tells the signal" 'pass kill stranger 9$' "$out"
run sallyport why "$(of on | sed -n 3p | jq -r .decision_id)"
has "why tells what was asked and whom it follows" 'follows' "$out"
has "and the request" '"signal":"KILL"' "$out"
run sallyport why on
has "why CONTAINER is still about its start" 'operation +create' "$out"
run sallyport policy simulate --rules "$E2E/baseline" -f json
is "simulate judges the starts alone" "3 0" "$(jq -r '"\(.records) \(.cannot_tell)"' <<<"$out")"
run sallyport report --data "$E2E_TOP/policy" -f json
is "report counts the starts alone" 3 "$(jq .totals.starts <<<"$out")"
run sallyport metrics
has "metrics count requests apart" 'sallyport_requests_total\{engine="[a-z]+",operation="kill"\} [12]' "$out"
lacks "and not as decisions" 'decisions_total.*operation="kill"' "$out"
for f in ocsf cef syslog otlp text; do
    run sallyport audit export --format "$f" --verdict pass
    is "export $f" "0 5" "$rc $(wc -l <<<"$out")"
done
run sallyport audit key --make --origin lifecycle.example
run sallyport audit integrate
worked "they are integrated"
run sallyport evidence collect --data "$E2E_TOP/policy" --framework k8s-pss -o "$E2E/e.tgz"
run sallyport evidence verify --key /etc/sallyport/log.key.pub "$E2E/e.tgz"
worked "and stand in evidence"
has "each proven" '8 records .*8 proven, 3 decided again' "$out"

# --- it stops nothing
created held
exec 9>/var/log/sallyport/spool/lock
flock 9
s=$(date +%s%N)
run gate kill held KILL
ms=$((($(date +%s%N) - s) / 1000000))
flock -u 9
worked "with the spool held by another, kill kills"
if [ "$ms" -lt 1000 ]; then ok "within $ms ms"; else not_ok "kill took $ms ms"; fi
mount -t tmpfs -o size=4k,ro tmpfs /var/log/sallyport
run gate delete --force held
worked "with a log that cannot be written, delete deletes"
umount /var/log/sallyport
is "neither is in the log" "create" "$(told held)"
created noimage
mv /var/lib/sallyport/policy/active.img "$E2E/img"
run gate delete --force noimage
mv "$E2E/img" /var/lib/sallyport/policy/active.img
worked "without a policy image, delete deletes"
is "and is recorded" "create,delete pass true" "$(told noimage)"
verifies

# --- a runtime whose name the gate has taken has no need of the hints, but for this
mkdir -p "$E2E/bin/diverted"
cp "$E2E_SHIM" "$E2E/bin/diverted/runc"
cp "$E2E_RUNC" "$E2E/bin/diverted/runc.sallyport-real"
run "$E2E/bin/diverted/runc" --root "$R" kill diverted TERM
is "a diverted runtime records too" "kill pass TERM" "$(told diverted)"

# --- followed as they come
sallyport audit tail -f -n 0 --container followed >"$E2E/follow" 2>&1 &
E2E_PIDS+=($!)
sleep 0.5
gate kill other TERM 2>/dev/null || true
gate kill followed HUP 2>/dev/null || true
if wait_for 5 grep -q 'pass kill followed HUP' "$E2E/follow"; then ok "tail -f tells a record as it comes"; else not_ok "tail -f" "$(cat "$E2E/follow")"; fi
is "and what was not asked for it does not" 1 "$(wc -l <"$E2E/follow")"
kill "$!"
wait "$!" 2>/dev/null || true

policy 'lifecycle_events: "off"'
run life again
is "switched off again" "create" "$(told again)"
policy 'lifecycle_events: yes'
has "another word is an error with its place" 'sallyport.yaml:2:19: .*want on or off' "$out"
e2e_end
