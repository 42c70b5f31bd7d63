#!/bin/bash
# crun behind the gate: by its own command line, and as Podman's default, on a cgroup version 2 of the test's own.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin crun "$@"
e2e_need crun podman conmon jq busybox
# crun takes no mixture of the two versions.
umount -R /sys/fs/cgroup 2>/dev/null || true
if ! mount -t cgroup2 cgroup2 /sys/fs/cgroup; then
    skip crun "no cgroup version 2 here"
    e2e_end
    exit
fi
CRUN=$(command -v crun)
E2E_RUNC=$CRUN e2e_gate </dev/null
echo "# $("$CRUN" --version | head -1), $(podman --version)"

B=$E2E/b
mkdir -p "$B"
e2e_rootfs "$B/rootfs"
bundle() { # [JQ-PROGRAM]
    rm -f "$B/config.json"
    (cd "$B" && "$CRUN" spec)
    jq '.process.terminal = false | .process.args = ["sleep", "300"] | del(.linux.resources)' "$B/config.json" | jq "${1:-.}" >"$E2E/c"
    mv "$E2E/c" "$B/config.json"
}
gate() { timeout 60 "$E2E_SHIM" --cgroup-manager disabled --root "$E2E/r" "$@"; }

bundle
# The container keeps what it was given to write to: a file, not our pipe.
rc=0
gate create --bundle "$B" --pid-file "$E2E/pid" one >"$E2E/created" 2>&1 </dev/null || rc=$?
out=$(cat "$E2E/created")
if [ "$rc" != 0 ] && grep -qi 'cgroup' <<<"$out"; then
    skip "crun" "its control groups cannot be had here: $(tail -1 <<<"$out" | cut -c1-120)"
    e2e_end
    exit
fi
worked "create"
is "one record, hardened" "1 harden" "$(record_count) $(field "$(newest)" .result.verdict)"
run gate start one
worked "start"
run gate state one
is "state" running "$(jq -r .status <<<"$out")"
n=$(record_count)
run gate exec one sh -c "$INSIDE"
worked "exec"
hardened "exec" "$out"
one_record "exec" "$n" exec 'admit|harden'
n=$(record_count)
run gate exec --cap CAP_SYS_ADMIN one true
refused "exec --cap CAP_SYS_ADMIN" "$n" 'exec-privileged|dangerous-capabilities|drop-capabilities'
n=$(record_count)
run gate mounts add one "$B/config.json"
has "a verb that would go round is refused" "verb 'mounts' is not known" "$out"
run gate kill one KILL
worked "kill"
run gate delete --force one
worked "delete"
bundle '.linux.namespaces |= map(select(.type != "pid"))'
n=$(record_count)
run gate run --bundle "$B" two
refused "the host's processes" "$n" host-pid-namespace
bundle
cp "$B/config.json" "$B/other.json"
n=$(record_count)
run gate run --bundle "$B" --config "$B/other.json" three
has "another name of the document is refused" 'sallyport: refused three' "$out"

e2e_podman
sed -i 's/^runtime = .*/runtime = "gate"/; s/^cgroup_manager = .*/&\nruntime_supports_nocgroup = ["gate"]/' "$E2E/podman/containers.conf"
n=$(record_count)
run podman --runtime-flag cgroup-manager=disabled run --rm --network none --cgroups disabled "$E2E_IMAGE" sh -c "$INSIDE"
if [ "$rc" != 0 ] && grep -qi 'cgroup' <<<"$out"; then
    skip "podman with crun" "its control groups cannot be had here: $(tail -1 <<<"$out" | cut -c1-120)"
else
    worked "podman run with crun"
    hardened "podman with crun" "$out"
    n=$(record_count)
    run podman --runtime-flag cgroup-manager=disabled run --rm --network none --cgroups disabled -v /:/host "$E2E_IMAGE" true
    refused "podman with crun, -v /:/host" "$n" host-mounts
fi
verifies
e2e_end
