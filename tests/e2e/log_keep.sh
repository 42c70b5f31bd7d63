#!/bin/bash
# What is kept and for how long: a document is redacted and the log stays whole; old records leave the spool, then the log.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin log_keep "$@"
e2e_need runc jq busybox python3
e2e_gate <<'S'
level: baseline
S
B=$E2E/b spool=/var/log/sallyport/spool
mkdir -p "$B"
e2e_rootfs "$B/rootfs"
gate_run() { e2e_spec "$B" '.process.args = ["true"]' "$@"; timeout 30 "$E2E_SHIM" --root "$E2E/r" run --bundle "$B" "$name"; }
name=a run gate_run '.process.env += ["WHO=Ada Lovelace"]'
name=b run gate_run
ids=$(records | jq -r .decision_id)
a=$(sed -n 1p <<<"$ids") b=$(sed -n 2p <<<"$ids")
sallyport audit key --make --origin keep.example >/dev/null
sallyport audit integrate >/dev/null
sallyport audit prove "$a" --output "$E2E/p" --record "$E2E/rec" >/dev/null

# --- redaction
is "the document says who" 1 "$(cat $spool/*.log | grep -c 'Ada Lovelace')"
run sallyport audit redact "$a"
is "redact wants a reason" "2 1" "$rc $(grep -c -- '--reason' <<<"$out")"
run sallyport audit redact "$a" --reason "asked for by the person, ticket 12"
worked "audit redact"
is "the document is gone" 0 "$(cat $spool/*.log | grep -c 'Ada Lovelace' || true)"
is "a record says which, why and of which record" "redact pass $a asked for by the person, ticket 12" \
    "$(newest | jq -r '"\(.sallyport.operation) \(.result.verdict) \(.sallyport.follows) \(.sallyport.error)"')"
run sallyport audit verify
worked "the log verifies"
has "and tells that there is one less" '^documents redacted: 1' "$out"
run sallyport audit check-proof --key /etc/sallyport/log.key.pub "$E2E/p" "$E2E/rec"
worked "the record's proof holds as before"
run sallyport why --input "$a"
has "why --input says so" 'the document was redacted' "$out"
run sallyport why "$a"
worked "why has the record all the same"
run sallyport policy simulate --rules "$E2E/baseline" -f json
is "simulate cannot tell of it" "2 1" "$(jq -r '"\(.records) \(.cannot_tell)"' <<<"$out")"
sallyport audit integrate >/dev/null
run sallyport evidence collect --data "$E2E_TOP/policy" --framework k8s-pss -o "$E2E/e.tgz"
worked "evidence is collected"
run sallyport evidence verify --key /etc/sallyport/log.key.pub "$E2E/e.tgz"
worked "and verified"
has "without the document" '3 proven, 1 decided again' "$out"
python3 - $spool/*.log <<'P'
import sys
p = sys.argv[1]
t = open(p, "rb").read()
i = t.index(b',"value":{', t.rindex(b'{"kind":"blob"')); j = t.index(b"\n", i)
mark = b',"value":null,"redacted":true}'
open(p, "wb").write(t[:i] + mark + b" " * (j - i - len(mark)) + t[j:])
P
run sallyport audit verify
is "a document that is gone without a record is a fault" 1 "$rc"
has "said" 'was taken away without a record of it' "$out"
run sallyport audit redact "$b" --reason "recorded after the fact"
run sallyport audit verify
worked "a record of it mends that"

# --- retention
chmod 400 $spool/*.log
name=c run gate_run
sallyport audit integrate >/dev/null
run sallyport audit rotate --days 1 --log-days 0
is "the log keeps no less than the spool" "2 1" "$rc $(grep -c 'at least as long' <<<"$out")"
run sallyport audit rotate --days 0 --log-days 0 -f json
is "whole segments leave the spool; of the log no whole bundle is old" "4 4 0 0" "$(jq -r '"\(.records) \(.minimum) \(.log_entries) \(.log_minimum)"' <<<"$out")"
python3 - "$E2E" <<'P'
import os, subprocess, sys
e = sys.argv[1]
for i in range(300):
    subprocess.run([e + "/bin/sallyport-runtime", "--root", e + "/r", "run", "--bundle", "/nowhere", "x%d" % i],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
P
chmod 400 $spool/*.log
name=d run gate_run
sallyport audit integrate >/dev/null
run sallyport audit rotate --days 0 --log-days 0
has "once there are, they go" 'dropped 256 entries of the log; its first is record 256' "$out"
run sallyport audit verify
worked "the log verifies without them"
has "and says from where on" '^records below 256 were pruned' "$out"
is "query has what is left" 50 "$(sallyport audit query --count)"
run sallyport audit prove 10
has "an entry that is gone is named" 'it was pruned' "$out"
run sallyport audit prove 260 --output "$E2E/p" --record "$E2E/rec"
run sallyport audit check-proof --key /etc/sallyport/log.key.pub "$E2E/p" "$E2E/rec"
worked "one that stays is proven"
e2e_end
