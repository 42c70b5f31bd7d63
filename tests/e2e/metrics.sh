#!/bin/bash
# What Prometheus is told: counted against the records, read by promtool, and every query of the dashboard.   tests/e2e/metrics.sh
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin metrics "$@"
e2e_need runc jq busybox promtool
e2e_gate <<'S'
host_labels: {tier: lab}
S
B=$E2E/b
mkdir -p "$B"
e2e_rootfs "$B/rootfs"
bundle() { e2e_spec "$B" '.process.args = ["true"]' "$@"; }
start() { bundle "${2:-.}" && { timeout 30 "$E2E_SHIM" --root "$E2E/r" run --bundle "$B" "$1" >/dev/null 2>&1 || true; }; }
value() { awk -v s="$1" 'substr($0, 1, length(s) + 1) == s " " { print $NF }' <<<"$out"; }
metrics() { run sallyport metrics "$@"; }
total() { awk '/^sallyport_decisions_total/ { n += $NF } END { print n + 0 }' <<<"$out"; }
host='.linux.namespaces |= map(select(.type != "pid"))'

metrics
worked "before any record"
is "nothing was decided" 0 "$(total)"
is "the policy is active and current" "1 1" "$(value sallyport_policy_active) $(value sallyport_policy_sources_current)"
start a
start b "$host"
start c "$host"
metrics
worked "after three starts"
records=$(sallyport audit export | wc -l)
is "each record counts" "$records" "$(total)"
is "by verdict" 2 "$(awk '/^sallyport_decisions_total.*verdict="refuse"/ { n += $NF } END { print n }' <<<"$out")"
is "refusals by rule" 2 "$(value 'sallyport_refusals_total{rule="host-pid-namespace"}')"
is "findings by rule, as the records have them" "$(sallyport audit export | jq -r '.result.findings[]?.rule' | sort | uniq -c | awk '{ print $2, $1 }')" \
    "$(sed -n 's/^sallyport_findings_total{rule="\(.*\)"} /\1 /p' <<<"$out")"
is "the histogram counts every record" "$records $records" "$(value sallyport_decision_duration_seconds_count) $(value 'sallyport_decision_duration_seconds_bucket{le="+Inf"}')"
is "its sum is the records'" "$(sallyport audit export | jq -s '[.[].metrics | .read_us + .facts_us + .decide_us + (.patch_us // 0)] | add')" \
    "$(awk '/^sallyport_decision_duration_seconds_sum/ { printf "%d", $NF * 1000000 + 0.5 }' <<<"$out")"
is "all of them wait for the log" "0 $records" "$(value sallyport_log_records) $(value sallyport_log_pending_records)"
is "promtool reads it" "" "$(promtool check metrics <<<"$out" 2>&1)"

before=$out
metrics
is "a second run counts nothing twice" "$(grep -v _bytes <<<"$before")" "$(grep -v _bytes <<<"$out")"
sallyport audit key --make --key "$E2E/key" --origin m.example >/dev/null 2>&1
sallyport audit integrate --key "$E2E/key" >/dev/null
metrics --output "$E2E/m.prom"
worked "--output"
out=$(cat "$E2E/m.prom")
is "the log holds them now" "$records 0" "$(value sallyport_log_records) $(value sallyport_log_pending_records)"
is "anybody may read the file" 644 "$(stat -c %a "$E2E/m.prom")"
chmod 400 /var/log/sallyport/spool/*.log
start d
sallyport audit integrate --key "$E2E/key" >/dev/null
run sallyport audit rotate --days 0
has "rotate leaves what was not counted, and drops the rest" 'dropped [01] segments' "$out"
metrics
is "what was dropped still counts" $((records + 1)) "$(total)"

sallyport waiver add --rules "$E2E/baseline" --rule host-pid-namespace --host-label tier=lab --statement s --owner o --days 3 --id soon >/dev/null
sallyport waiver add --rules "$E2E/baseline" --rule host-ipc-namespace --host-label tier=lab --statement s --owner o --days 20 --id later >/dev/null
metrics
is "a waiver that is not activated: the sources are newer" "0 0" "$(value sallyport_policy_sources_current) $(value 'sallyport_waivers{state="active"}')"
sallyport policy activate --baseline "$E2E/baseline" >/dev/null
metrics
is "waivers, and those that end soon" "1 2 1 2" "$(value sallyport_policy_sources_current) $(value 'sallyport_waivers{state="active"}') $(value 'sallyport_waivers_expiring{days="7"}') $(value 'sallyport_waivers_expiring{days="30"}')"

# --- the dashboard: each query is well formed and asks for what is there
dashboard=$E2E_TOP/scripts/grafana/sallyport.json
jq '{groups: [{name: "dashboard", rules: [.panels[].targets[].expr | {record: "dashboard:query", expr: gsub("\\$instance"; ".*")}] | unique}]}' "$dashboard" >"$E2E/rules.json"
run promtool check rules "$E2E/rules.json"
worked "every query is well formed"
is "and of metrics that there are" "" "$(comm -23 <(jq -r '.panels[].targets[].expr' "$dashboard" | grep -oE 'sallyport_[a-z_]+' | sort -u) \
    <(grep -oE '^sallyport_[a-z_]+' <<<"$(cat "$E2E/m.prom")"$'\n'"$before" | sort -u) | grep -v sallyport_waivers || true)"
is "each panel has a place of its own" "" "$(jq -r '[.panels[].gridPos | "\(.x) \(.y)"] | group_by(.)[] | select(length > 1)[0]' "$dashboard")"

segment=$(find /var/log/sallyport/spool -name '*.log' | sort | tail -1)
n=$(wc -l <"$segment")
start e
start f
sed -i "$((n + 1)),\$s/\"verdict\":\"[a-z]*\"/\"verdict\":\"admit!\"/" "$segment"
metrics
is "a broken log is a fault" 3 "$rc"
has "said" 'the spool is broken, counted up to there' "$out"
is "and told to Prometheus" 0 "$(value sallyport_spool_intact)"
printf '{}' >/var/log/sallyport/forward/metrics.json
metrics
is "a damaged file of counters is a fault" 3 "$rc"
is "which Prometheus is told too" 0 "$(value sallyport_metrics_up)"
e2e_end
