#!/bin/bash
# Another policy tried on what was recorded, before it is in force; rules that count for a share of the containers.
# shellcheck disable=SC2016 # the programs of jq have dollars of their own
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin simulate "$@"
e2e_need runc jq busybox
e2e_gate <<'S'
level: baseline
S
B=$E2E/b
mkdir -p "$B"
e2e_rootfs "$B/rootfs"
bundle() { e2e_spec "$B" '.process.args = ["true"]' "$@"; }
gate_run() { timeout 30 "$E2E_SHIM" --root "$E2E/r" run --bundle "$B" "$1"; }
simulate() { sallyport policy simulate --rules "$E2E/baseline" "$@"; }
settings() { { printf 'runtime: %s\n' "$E2E_RUNC"; cat; } >"$E2E/new.yaml"; }
count() { jq -r '"\(.records) \(.same) \(.findings_only) \(.changed) \(.cannot_tell)"' <<<"$out"; }

for c in a b; do bundle; run gate_run "$c"; worked "container $c starts"; done
bundle '.linux.namespaces |= map(select(.type != "pid"))'
run gate_run hostpid
is "one with the host's processes is refused" 1 "$rc"

settings <<<'level: baseline'
run simulate --settings "$E2E/new.yaml" -f json
is "the same policy decides everything alike" "0 3 3 0 0 0" "$rc $(count)"
run sallyport policy simulate
is "without another policy there is nothing to try" 2 "$rc"

settings <<<'level: restricted'
run simulate --settings "$E2E/new.yaml" -f json
is "a stricter level: exit 1" 1 "$rc"
is "two more would be refused" "2 admit refuse, harden refuse" "$(jq -r '[.changes[] | select(.now == "refuse")] | "\(length) admit refuse, harden refuse"' <<<"$out")"
has "and why" 'resource-memory' "$(jq -r '.changes[].appeared[].rule' <<<"$out" | sort -u)"
is "counted by rule" true "$(jq '.rules["resource-memory"].appeared >= 2' <<<"$out")"
one=$out
run simulate --settings "$E2E/new.yaml" -f json --jobs 1
is "one at a time says the same as all at once" "" "$(diff <(jq -S . <<<"$one") <(jq -S . <<<"$out"))"
run simulate --settings "$E2E/new.yaml"
has "for people: who and what" 'a \(run\): [a-z]+ -> refuse, 1 times, last [0-9A-Z]{26}' "$out"
has "the new finding" '\+ resource-memory: ' "$out"
run simulate --settings "$E2E/new.yaml" -f json --container a
is "one container" "1 1" "$(jq -r '"\(.records) \(.changed)"' <<<"$out")"
run simulate --settings "$E2E/new.yaml" -f json --until 2020-01-01
is "no record in the range" "0 0" "$rc $(jq .records <<<"$out")"
run simulate --level restricted -f json
is "--level alone will do" 1 "$rc"

settings <<<'rules: {host-pid-namespace: {mode: warn}}'
run simulate --settings "$E2E/new.yaml" -f json
is "a rule that warns: the refused one starts" "hostpid refuse" "$(jq -r '.changes[] | select(.now != "refuse") | "\(.container) \(.was)"' <<<"$out")"

mkdir "$E2E/mine"
printf 'package own\n\ndeny contains {"msg": "no tty settings", "path": "/config"} if input.config.process.args[0] == "true"\n' >"$E2E/mine/own.rego"
settings <<<"policies: [$E2E/mine]"
run simulate --settings "$E2E/new.yaml" -f json
is "a rule of one's own is named" own.deny "$(jq -r '[.changes[].appeared[].rule] | unique | join(" ")' <<<"$out")"
printf 'package own\n\ndeny contains {"msg": "cannot tell x", "path": "/config", "undetermined": true, "unknown": ["/facts/x"]}\n' >"$E2E/mine/own.rego"
run simulate --settings "$E2E/new.yaml" -f json
is "a fact that was not recorded is no verdict" "1 2" "$rc $(jq .cannot_tell <<<"$out")"

# A compiled policy, and one in force.
settings <<<'level: restricted'
run sallyport policy activate --settings "$E2E/new.yaml" --baseline "$E2E/baseline" --output "$E2E/new.img" --untrusted
worked "compile it"
run sallyport policy simulate --policy "$E2E/new.img" -f json
is "a compiled policy says what its settings say" "$(jq -c '[.changes[] | [.decision, .now]]' <<<"$one")" "$(jq -c '[.changes[] | [.decision, .now]]' <<<"$out")"
is "nothing was put in force" baseline "$(newest | jq -r .sallyport.policy.level)"
is "and nothing was recorded" 3 "$(record_count)"

# --- a share of the containers
share() { # PERCENT: how many of 20 recorded starts would be refused
    settings <<<"rules: {host-pid-namespace: {percent: $1}}"
    run simulate --settings "$E2E/new.yaml" -f json --since 2020-01-01
    jq '[.changes[] | select(.was == "refuse" and .now != "refuse")] | length' <<<"$out"
}
for i in $(seq 1 19); do run gate_run "p$i"; done
is "at 100 percent all stay refused" 0 "$(share 100)"
is "at 0 percent all twenty would start" 20 "$(share 0)"
n=$(share 50)
if [ "$n" -gt 3 ] && [ "$n" -lt 17 ]; then ok "at 50 percent some would ($n)"; else not_ok "at 50 percent" "$n of 20"; fi
more=$(share 25)
if [ "$more" -ge "$n" ]; then ok "at 25 percent no fewer ($more)"; else not_ok "at 25 percent" "$more, but $n at 50"; fi
settings <<<'rules: {host-pid-namespace: {percent: 0, otherwise: audit}}'
cp "$E2E/new.yaml" /etc/sallyport/sallyport.yaml
run sallyport policy activate --baseline "$E2E/baseline"
worked "in force"
run gate_run canary
worked "outside the share the container starts"
is "with a record of what the rule found" "audit" "$(newest | jq -r '.result.findings[] | select(.rule == "host-pid-namespace") | .enforcement')"
settings <<'S'
rules: {host-pid-namespace: {percent: 0}}
scopes:
  - {name: lab, selector: {engine: [none, unknown, runc, ctr]}, rules: {host-pid-namespace: {percent: 100}}}
S
run sallyport config check --rules "$E2E/baseline" "$E2E/new.yaml"
worked "shares may stand in a scope"
settings <<'S'
scopes:
  - {name: lab, selector: {label: {x: "1"}}, rules: {host-pid-namespace: {percent: 10}}}
S
run sallyport config check --rules "$E2E/baseline" "$E2E/new.yaml"
has "but not in one that the requester chooses" 'may not weaken' "$out"
settings <<<'rules: {host-pid-namespace: {percent: 101}}'
run sallyport config check --rules "$E2E/baseline" "$E2E/new.yaml"
has "a share is 0 to 100" 'too large' "$out"
e2e_end
