#!/bin/bash
# The OCI runtime-tools validation suite through the gate in audit mode: the same lines as under the bare runtime.
#
#   tests/e2e/runtime_tools.sh [--all | NAME...]
#
# Without arguments the quick ones; --all takes some minutes. The suite is built by scripts/runtime-tools (into
# build/runtime-tools or $RUNTIME_TOOLS).
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
e2e_begin runtime_tools "$@"
e2e_need runc jq
suite=${RUNTIME_TOOLS:-$E2E_TOP/build/runtime-tools}
if [ ! -x "$suite/runtimetest" ]; then
    skip "runtime_tools" "the suite is not built (scripts/runtime-tools)"
    e2e_end
    exit 0
fi
e2e_gate <<'YAML'
mode: audit
YAML

quick=(create default delete hooks hostname kill linux_cgroups_pids linux_devices linux_masked_paths linux_ns_nopath
    linux_readonly_paths linux_seccomp linux_sysctl linux_uid_mappings mounts pidfile prestart prestart_fail process
    process_capabilities process_rlimits process_user root_readonly_true start state)
case ${1:-} in
--all)
    quick=()
    for t in "$suite"/*.t; do quick+=("$(basename "$t" .t)"); done
    ;;
'') ;;
*) quick=("$@") ;;
esac

# What a test says, in any order (the suite walks Go's maps), without numbers and what differs between two runs of one
# runtime: containers' ids and directories.
lines() { # RUNTIME NAME
    (cd "$suite" && RUNTIME=$1 timeout -k 5 100 "./$2.t" 2>/dev/null </dev/null) | grep -E '^(not )?ok ' |
        sed -E 's/^((not )?ok) [0-9]+/\1/; s/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/ID/g; s#/tmp/[A-Za-z0-9_./-]*[0-9]{6,}#DIR#g' | sort
}

same=0 good=0 bad=0
for name in "${quick[@]}"; do
    # The suite's own pidfile test reads the file while the runtime may still write it, under the bare runtime too: what
    # differs is asked again.
    for _ in 1 2 3; do
        bare=$(lines "$E2E_RUNC" "$name" || true)
        gated=$(lines "$E2E_SHIM" "$name" || true)
        [ "$bare" != "$gated" ] || break
    done
    good=$((good + $(grep -c '^ok' <<<"$gated" || true)))
    bad=$((bad + $(grep -c '^not ok' <<<"$gated" || true)))
    if [ "$bare" = "$gated" ]; then
        same=$((same + 1))
        ok "$name: $(grep -cE '^(not )?ok' <<<"$gated" || true) lines, the same"
    else
        not_ok "$name: the same lines" "$(diff <(echo "$bare") <(echo "$gated") | head -10)"
    fi
done
echo "# $same of ${#quick[@]} tests the same: $good ok, $bad not ok, as under the bare runtime"
has "what would have been refused or hardened is recorded" '[1-9]' "$(record_count)"
e2e_end
