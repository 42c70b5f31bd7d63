#!/bin/bash
# What an operator does about a refusal: a waiver, an emergency, the settings; each through the real gate, before and after.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin operator "$@"
e2e_need runc jq busybox
e2e_gate <<'S'
host_labels: {tier: lab}
S
B=$E2E/b
mkdir -p "$B"
e2e_rootfs "$B/rootfs"
bundle() { # [JQ-PROGRAM]
    e2e_spec "$B" '.process.args = ["id", "-u"] | .linux.namespaces |= map(select(.type != "pid"))' "$@"
}
gate_run() { timeout 30 "$E2E_SHIM" --root "$E2E/r" run --bundle "$B" "$1"; }
activate() { run sallyport policy activate --baseline "$E2E/baseline"; worked "$1"; }
waiver() { sallyport waiver "$1" --rules "$E2E/baseline" "${@:2}"; }

bundle
n=$(record_count)
run gate_run a
refused "the host's process namespace" "$n" host-pid-namespace

# --- a waiver
run waiver add --rule host-pid-namespace --host-label tier=lab --statement "a monitor of the host" --owner lab --ticket T-1 --days 2 --id lab-pid
worked "waiver add"
run sallyport config check --rules "$E2E/baseline"
worked "config check reads waivers too"
run waiver check
is "a waiver that is not activated is told" 1 "$rc"
has "by its state" 'lab-pid host-pid-namespace: not activated' "$out"
activate "activation takes it"
bundle
run gate_run b
worked "the container starts under the waiver"
is "the record names the waiver" lab-pid "$(newest | jq -r '.result.findings[] | select(.rule == "host-pid-namespace") | .waived')"
replays "the waived start"
run waiver list --format json
is "waiver list: active, used once" "active 1" "$(jq -r '.[0] | "\(.state) \(.used)"' <<<"$out")"
run waiver check --seen-within 1
worked "waiver check is content"
touch -d '40 days ago' /etc/sallyport/waivers/lab-pid.yaml
run waiver check
worked "an old waiver that is used stays"
run waiver add --rule engine-socket --engine podman --statement s --owner o --id idle
activate "activation takes the second"
touch -d '40 days ago' /etc/sallyport/waivers/idle.yaml
run waiver check
is "an old waiver that nobody used is useless" "1 idle engine-socket: useless" "$rc $(head -1 <<<"$out" | cut -d, -f1)"
rm /etc/sallyport/waivers/idle.yaml
sed -i 's/expires: .*/expires: "2020-01-01"/' /etc/sallyport/waivers/lab-pid.yaml
activate "an expired waiver stops no activation"
has "but is told" 'lab-pid.*expired' "$out"
bundle
n=$(record_count)
run gate_run c
refused "an expired waiver's container" "$n" host-pid-namespace
run waiver check
is "waiver check tells of it" 1 "$rc"
rm /etc/sallyport/waivers/lab-pid.yaml
activate "the waivers are gone"

# --- an emergency
run sallyport emergency
is "no emergency at first" "0 none" "$rc $out"
run sallyport emergency --minutes 5
is "an emergency needs a reason" 2 "$rc"
n=$(record_count)
run sallyport emergency --minutes 5 --reason "the registry is down"
worked "emergency"
is "its beginning is a record" "$((n + 1)) emergency" "$(record_count) $(newest | jq -r .sallyport.operation)"
has "with the reason and who" 'until .* declared by .*: the registry is down' "$(newest | jq -r '.sallyport.error // .error // ([.. | strings] | join(" "))')"
bundle
run gate_run d
worked "what would be refused starts"
is "its record is a warning" "admit warn" "$(newest | jq -r '"\(.result.verdict) \(.result.findings[] | select(.rule == "host-pid-namespace") | .enforcement)"')"
is "its record says until when" "$(sallyport emergency -f json | jq -r .until)" "$(newest | jq -r .sallyport.policy.emergency)"
replays "the start in the emergency"
bundle '.mounts += [{"destination": "/tmp\u0000"}]'
run gate_run e
is "a document that can be read in two ways is refused all the same" 1 "$rc"
run sallyport emergency
is "status tells" 1 "$rc"
n=$(record_count)
run sallyport emergency --end
worked "emergency --end"
is "its end is a record" "$((n + 1)) emergency" "$(record_count) $(newest | jq -r .sallyport.operation)"
bundle
n=$(record_count)
run gate_run f
refused "after the end" "$n" host-pid-namespace
# It ends by itself: the policy goes by the time of the call.
run sallyport emergency --minutes 1 --reason "soon over"
jq -c '.until = "2020-01-01T00:00:00Z" | .since = "2019-12-31T00:00:00Z"' /var/lib/sallyport/policy/emergency >"$E2E/x"
cat "$E2E/x" >/var/lib/sallyport/policy/emergency
bundle
n=$(record_count)
run gate_run g
refused "an emergency that is over" "$n" host-pid-namespace
n=$(record_count)
run sallyport emergency
is "the end of one that is over is recorded by who looks first" "$((n + 1)) over" "$(record_count) $(head -1 <<<"$out")"
run sallyport emergency --minutes 5 --reason "once more"
chmod 666 /var/lib/sallyport/policy/emergency
bundle
n=$(record_count)
run gate_run h
refused "an emergency that others could have written does not count" "$n" host-pid-namespace

# --- a question is no container
n=$(record_count)
run "$E2E/bin/sallyport-hook" --help
has "sallyport-hook --help tells how to call it" '^usage: sallyport-hook' "$out"
is "and that is nothing to record" "0 $n" "$rc $(record_count)"
verifies
e2e_end
