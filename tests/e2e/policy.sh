#!/bin/bash
# The policy tools as their users call them, from files to output. Needs no root.
# OPA=FILE: an opa to compare with; GATEKEEPER_LIBRARY=DIR: the public library, all of whose Pod policies are activated.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
sallyport=$PWD/${SALLYPORT:-build/release/sallyport}
opa=${OPA:-$(command -v opa || true)}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
passed=0; failed=0; skipped=0
skip() { skipped=$((skipped + 1)); echo "ok $((passed + failed + skipped)) - $1 # SKIP $2"; }
ok() { passed=$((passed + 1)); echo "ok   $1"; }
no() { failed=$((failed + 1)); echo "FAIL $1"; }
check() { local what=$1; shift; if "$@" >"$dir/said" 2>&1; then ok "$what"; else no "$what"; sed 's/^/     /' "$dir/said" | head -20; fi; }
code() { local want=$1 got=0; shift; "$@" >"$dir/out" 2>"$dir/err" || got=$?; [ "$got" = "$want" ] || { echo "exit $got, not $want: $*"; cat "$dir/err" "$dir/out"; return 1; }; }
says() { grep -Eq -- "$1" "$dir/out" "$dir/err" || { echo "nothing says $1"; cat "$dir/out" "$dir/err"; return 1; }; }

# --- Gatekeeper's constraints in the image
activate() { "$sallyport" policy activate --untrusted --baseline policy/baseline --settings "$dir/settings.yaml" -o "$dir/img"; }
lint() { "$sallyport" lint --settings "$dir/settings.yaml" --rules policy/baseline --no-host "$@"; }
constraints() { printf 'runtime: /usr/sbin/runc\npolicies: [%s]\n%s\n' "$1" "${2:-}" >"$dir/settings.yaml"; }
gate=$PWD/tests/fixtures/gatekeeper/gate
constraints "$gate"
check "activation takes templates and constraints" code 0 activate
check "and says what reaches nothing" says 'of-other-kinds does not match Pods'
check "a privileged container is refused" code 1 lint tests/fixtures/docker-privileged.json
check "by the constraint's name" says 'refuse GatePrivileged/none: container .* is privileged'
check "a warning does not refuse" says 'warn GateRepos/ours'
check "explain knows it" code 0 "$sallyport" explain --image "$dir/img" GatePrivileged/none
constraints "$gate" 'rules: {GatePrivileged/none: {mode: warn}}'
lint tests/fixtures/docker-privileged.json >"$dir/out" 2>&1
check "settings weaken it by its name" says 'warn GatePrivileged/none'
mkdir "$dir/odd"; cp tests/fixtures/gatekeeper/good.yaml "$dir/odd"
constraints "$dir/odd"
check "an object that is no policy stops activation" code 3 activate
check "with its kind" says 'Pod takes no effect here'
library=${GATEKEEPER_LIBRARY:-}
if [ -d "$library/library/pod-security-policy" ]; then
    mkdir "$dir/psp"
    for t in "$library"/library/pod-security-policy/*/; do
        n=$(basename "$t"); mkdir "$dir/psp/$n"
        cp "$t/template.yaml" "$dir/psp/$n"
        cp "$(find "$t/samples" -name constraint.yaml | sort | head -1)" "$dir/psp/$n"
    done
    constraints "$dir/psp"
    check "the library's Pod security policies all activate" code 0 activate
    check "a privileged container is refused by them" code 1 lint tests/fixtures/cri-container-priv.json
    check "by the library's word" says 'K8sPSPPrivilegedContainer/psp-privileged-container: Privileged container is not allowed'
else
    skip "the library's Pod security policies" "no GATEKEEPER_LIBRARY"
fi

# --- the end
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
