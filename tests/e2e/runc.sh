#!/bin/bash
# The shim called as an engine would call runc: bundles made by hand, every way a runtime can be addressed.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin runc "$@"
e2e_need runc jq busybox
e2e_gate </dev/null

echo "# $("$E2E_RUNC" --version | head -1)"

B=$E2E/b
mkdir -p "$B"
e2e_rootfs "$B/rootfs"
bundle() { # [JQ-PROGRAM]: a fresh config.json
    rm -f "$B/config.json"
    (cd "$B" && "$E2E_RUNC" spec)
    jq --arg inside "$INSIDE" '.process.terminal = false | .process.args = ["sh", "-c", $inside]
        | .process.capabilities |= map_values(["CAP_CHOWN", "CAP_NET_RAW"])
        | .root.readonly = false | .process.noNewPrivileges = false' "$B/config.json" |
        jq "${1:-.}" >"$B/c" && mv "$B/c" "$B/config.json"
}
gate_run() { # ID [ARGUMENT...]: through the shim
    local id=$1
    shift
    timeout 30 "$E2E_SHIM" --root "$E2E/r" "$@" run --bundle "$B" "$id"
}

bundle
n=$(record_count)
run gate_run a
worked "run starts an ordinary bundle"
hardened "run" "$out"
one_record "run" "$n" run harden
replays "run"
before=$(sha256sum <"$B/config.json")
run gate_run a2
worked "run: a hardened bundle runs again"
is "run: hardening is idempotent" "$before" "$(sha256sum <"$B/config.json")"

# The record's input gives the same findings again, evaluated by itself.
id=$(field "$(newest)" .decision_id)
sallyport why --input "$id" >"$E2E/input.json"
is "the recorded input is the document judged" "$id" "$(field "$(newest)" .decision_id)"
run sallyport policy eval --active -i "$E2E/input.json" data.sallyport.main.decision
is "the recorded input, evaluated by the active policy, finds what the record says" \
    "$(newest | jq -c '[.result.findings[] | [.rule, .path]] | sort')" \
    "$(jq -c '[.result[0].expressions[0].value.findings[] | [.rule, .path]] | sort' <<<"$out")"
has "the recorded input carries facts" '"facts"' "$(cat "$E2E/input.json")"

# Ways to name the bundle that a wrapper may overlook.
refuse_form() { # TEXT ARGUMENT...
    local n text=$1
    shift
    n=$(record_count)
    run timeout 30 "$@"
    refused "$text" "$n" 'host-pid-namespace'
}
host_pid='.linux.namespaces |= map(select(.type != "pid"))'
bundle "$host_pid"
refuse_form "--bundle DIR" "$E2E_SHIM" --root "$E2E/r" run --bundle "$B" f1
refuse_form "--bundle=DIR" "$E2E_SHIM" --root "$E2E/r" run "--bundle=$B" f2
refuse_form "-b DIR" "$E2E_SHIM" --root "$E2E/r" run -b "$B" f3
refuse_form "-bundle DIR (one dash)" "$E2E_SHIM" -root "$E2E/r" run -bundle "$B" f4
refuse_form "an option after the id" "$E2E_SHIM" --root "$E2E/r" run f5 --bundle "$B"
refuse_form "the last of two bundles" "$E2E_SHIM" --root "$E2E/r" run --bundle /nowhere --bundle "$B" f6
# shellcheck disable=SC2016 # expands in the inner shell
refuse_form "the current directory" bash -c 'cd "$1" && exec "$2" --root "$3" run f7' - "$B" "$E2E_SHIM" "$E2E/r"
refuse_form "create" "$E2E_SHIM" --root "$E2E/r" create --bundle "$B" f8

# The error goes to the --log file in its format, once.
rm -f "$E2E/log.json"
run timeout 30 "$E2E_SHIM" --root "$E2E/r" --log "$E2E/log.json" --log-format json create --bundle "$B" g1
is "--log: one line" 1 "$(wc -l <"$E2E/log.json")"
has "--log: the line is JSON with level error" '^error sallyport: refused g1: host-pid-namespace' "$(jq -r '.level + " " + .msg' "$E2E/log.json")"
is "the exit status of a refusal is 1" 1 "$rc"
run "$E2E_RUNC" --root "$E2E/r" list -q
is "nothing was made" "" "$out"

# Bytes that parsers read differently.
bundle
sed -i '0,/"process"/s//"root": {"path": "\/"}, "process"/' "$B/config.json"
n=$(record_count)
run gate_run h1
if [ "$rc" != 0 ]; then ok "a duplicate key is refused"; else not_ok "a duplicate key is refused" "$out"; fi
bundle '.hooks.prestart = [{path: "/bin/true"}] | .hooks.createRuntime = [{path: "/tmp/evil"}]'
n=$(record_count)
run gate_run h2
refused "a hook from the bundle" "$n" hooks
bundle '.linux.sysctl = {"kernel.core_pattern": "|/tmp/evil"}'
n=$(record_count)
run gate_run h4
refused "a sysctl of the host's kernel" "$n" sysctls
rm -f "$B/config.json"
ln -s /etc/hostname "$B/config.json"
run gate_run h3
if [ "$rc" != 0 ]; then ok "a symbolic link for config.json is refused"; else not_ok "a symbolic link is refused" "$out"; fi
rm -f "$B/config.json"

# Verbs that pass are the real runtime's, byte for byte.
run "$E2E_SHIM" --version
ours=$out
run "$E2E_RUNC" --version
is "--version is the real runtime's" "$out" "$ours"
n=$(record_count)
run "$E2E_SHIM" --root "$E2E/r" list -q
worked "list passes"
run "$E2E_SHIM" --root "$E2E/r" delete --force nothing
worked "delete --force of an unknown id passes"
run "$E2E_SHIM" --root "$E2E/r" state nothing
has "state's error is the real runtime's" 'does not exist' "$out"
run "$E2E_SHIM" --root "$E2E/r" frobnicate x
if [ "$rc" != 0 ]; then ok "an unknown verb is refused"; else not_ok "an unknown verb is refused" "$out"; fi
run gate_run z1 --no-such-option
if [ "$rc" != 0 ]; then ok "an unknown option is refused"; else not_ok "an unknown option is refused" "$out"; fi

# A container that the gate did not admit: a warning without a word of the settings, a refusal with one.
bundle '.process.args = ["sleep", "600"]'
"$E2E_RUNC" --root "$E2E/r" run -d -b "$B" stranger </dev/null >/dev/null 2>&1
gate_exec() { timeout 30 "$E2E_SHIM" --root "$E2E/r" exec --cap CAP_SYS_ADMIN stranger sh -c 'echo inside'; }
n=$(record_count)
run gate_exec
refused "a stranger's exec that asks for more than the container has" "$n" 'dangerous-capabilities|exec-privileged'
echo 'on_unknown_container: refuse' >>/etc/sallyport/sallyport.yaml
run sallyport policy activate --baseline "$E2E/baseline"
worked "on_unknown_container is a setting"
n=$(record_count)
run gate_exec
refused "a stranger's exec, by that setting" "$n" 'dangerous-capabilities|exec-privileged'
"$E2E_RUNC" --root "$E2E/r" delete --force stranger >/dev/null 2>&1

# Without a policy nothing starts.
bundle
mv /var/lib/sallyport/policy/active.img /var/lib/sallyport/policy/gone.img
run gate_run y1
if [ "$rc" != 0 ]; then ok "without an active policy nothing starts"; else not_ok "without an active policy nothing starts" "$out"; fi
run "$E2E_SHIM" --root "$E2E/r" list -q
worked "without an active policy, list still passes"
head -c 100 /var/lib/sallyport/policy/gone.img >/var/lib/sallyport/policy/active.img
run gate_run y2
if [ "$rc" != 0 ]; then ok "a torn policy starts nothing"; else not_ok "a torn policy starts nothing" "$out"; fi
mv /var/lib/sallyport/policy/gone.img /var/lib/sallyport/policy/active.img

# A log that cannot be written refuses; a tampered one is told.
mount -t tmpfs -o ro tmpfs /var/log/sallyport
run gate_run x1
if [ "$rc" != 0 ]; then ok "without a log nothing starts"; else not_ok "without a log nothing starts" "$out"; fi
umount /var/log/sallyport
run gate_run x2
worked "with the log back, it starts"
verifies
segment=$(find /var/log/sallyport/spool -name '*.log' | sort | head -1)
sed -i '0,/harden/s//admits/' "$segment"
run sallyport audit verify --format json
is "a changed record is told: exit" 1 "$rc"
is "a changed record is told: intact" false "$(jq .intact <<<"$out")"
has "a changed record is told: where" 'line [0-9]+' "$(jq -r .fault <<<"$out")"

e2e_end
