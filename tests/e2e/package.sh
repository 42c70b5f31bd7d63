#!/bin/bash
# The Debian package: installed, upgraded, removed and purged on a machine of the test's own, with containers that run on.
# shellcheck disable=SC2016 # dpkg-query has variables of its own
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin package "$@"
e2e_need runc jq busybox dpkg-deb dpkg-shlibdeps
RUNC=$(realpath "$(command -v runc)")

# --- the packages: this one, and one that counts as newer
scripts=$E2E_TOP/scripts/deb/build
(cd "$E2E_TOP" && "$scripts" "$E2E/one.deb" "${E2E_BUILD#"$E2E_TOP/"}") >/dev/null
ok "the package builds"
if command -v lintian >/dev/null; then
    run lintian --allow-root --fail-on error,warning "$E2E/one.deb"
    is "lintian has nothing to say" "0 " "$rc $(grep -v '^running with root' <<<"$out")"
else
    skip "lintian" "not installed"
fi
dpkg-deb -R "$E2E/one.deb" "$E2E/two"
sed -i 's/^Version: .*/Version: 99/' "$E2E/two/DEBIAN/control"
# Its programs are the next version's, which reads no policy that this one compiled, nor the other way round.
format=$("$E2E_BUILD/sallyport" version --format json | jq .image_format)
mode=$(basename "$E2E_BUILD")
make -s -C "$E2E_TOP" MODE="$mode" next >/dev/null
strip --strip-unneeded -o "$E2E/two/usr/bin/sallyport" "$E2E_BUILD/next/sallyport"
for p in sallyport-runtime sallyport-hook; do strip --strip-unneeded -o "$E2E/two/usr/lib/sallyport/$p" "$E2E_BUILD/next/$p"; done
"$E2E_BUILD/next/sallyport" policy activate --output "$E2E/image" --untrusted --settings "$E2E_TOP/scripts/sallyport.yaml" --baseline "$E2E_TOP/policy/baseline" >/dev/null
cp "$E2E/image" "$E2E/two/usr/share/sallyport/active.img"
dpkg-deb --root-owner-group -Znone -b "$E2E/two" "$E2E/two.deb" >/dev/null
# A newer runc: the installed one, with a byte more.
mkdir -p "$E2E/runc/DEBIAN"
dpkg -L runc | while read -r f; do [ -d "$f" ] || { [ -e "$f" ] && install -D "$f" "$E2E/runc$f"; } || true; done
printf x >>"$E2E/runc$RUNC"
dpkg-query -s runc | grep -vE '^(Status|Conffiles| /)' | sed 's/^Version: .*/Version: 99/' >"$E2E/runc/DEBIAN/control"
dpkg-deb --root-owner-group -Znone -b "$E2E/runc" "$E2E/runc.deb" >/dev/null

# --- a machine: this one, and all that is written stays in memory
mkdir "$E2E/memory" "$E2E/machine"
mount -t tmpfs tmpfs "$E2E/memory"
mkdir "$E2E/memory"/{upper,work}
mount -t overlay -o "lowerdir=/,upperdir=$E2E/memory/upper,workdir=$E2E/memory/work" overlay "$E2E/machine"
M=$E2E/machine
mount --rbind /proc "$M/proc"
mount --rbind /sys "$M/sys"
mount --rbind /dev "$M/dev"
mount -t tmpfs tmpfs "$M/run"
mkdir "$M/pkg"
cp "$E2E"/*.deb "$M/pkg"
# Of a machine that lost a group, dpkg would do nothing at all.
while read -r _ group _; do getent group "$group" >/dev/null || echo "$group:x:$((60000 + RANDOM % 1000)):" >>"$M/etc/group"; done </var/lib/dpkg/statoverride
in_machine() { DEBIAN_FRONTEND=noninteractive chroot "$M" env PATH=/usr/sbin:/usr/bin:/sbin:/bin TMPDIR=/tmp "$@"; }
sallyport() { in_machine sallyport "$@"; }
install_package() { run in_machine dpkg --force-confold -i "/pkg/$1"; worked "$2"; }
digest() { sha256sum "$M$1" | cut -d' ' -f1; }
state() { sallyport divert status --format json | jq -r --arg r "$RUNC" '.[] | select(.runtime == $r) | .state'; }
e2e_rootfs "$M/bundle/rootfs"
bundle() { # [JQ-PROGRAM]
    rm -f "$M/bundle/config.json"
    in_machine sh -c "cd /bundle && $RUNC spec"
    jq '.process.terminal = false | .process.args = ["id", "-u"]' "$M/bundle/config.json" | jq "${1:-.}" >"$M/c"
    mv "$M/c" "$M/bundle/config.json"
}
start() { # ID COMMAND: a container that runs on
    bundle ".process.args = $2"
    in_machine "$RUNC" run --detach --bundle /bundle "$1" >/dev/null 2>&1 </dev/null
}
was=$(digest "$RUNC")
start before '["sleep", "600"]'

# --- installed
install_package one.deb "dpkg installs it"
is "a policy is in force" 0 "$(sallyport doctor --format json | jq -r '.[] | select(.check == "policy") | .health' | grep -cv good)"
is "its settings are root's to change" "/etc/sallyport/sallyport.yaml" "$(in_machine dpkg-query -W -f '${Conffiles}' sallyport | awk '{print $1}' | xargs)"
is "installing diverts nothing" off "$(state)"
run sallyport divert on
worked "divert on"
has "dpkg knows the diversion as the package's" "^diversion of $RUNC .* by sallyport" "$(in_machine dpkg-divert --list "$RUNC")"
bundle
run in_machine "$RUNC" run --bundle /bundle first
worked "a first container starts"
lacks "and is not root" '^0$' "$out"
is "with a record" "1 harden" "$(record_count) $(field "$(newest)" .result.verdict)"
run in_machine "$RUNC" exec before id -u
worked "exec in a container from before the installation"
start during '["sleep", "600"]'

# --- the runtime is upgraded
install_package runc.deb "runc is upgraded"
is "the new one is behind the gate" "on yes" "$(state) $([ "$(digest "$RUNC.sallyport-real")" != "$was" ] && echo yes)"
newer=$(digest "$RUNC.sallyport-real")
bundle '.linux.namespaces |= map(select(.type != "pid"))'
n=$(record_count)
run in_machine "$RUNC" run --bundle /bundle bad
refused "the host's process namespace" "$n" host-pid-namespace

# --- Sallyport is upgraded
echo 'host_labels: {tier: lab}' >>"$M/etc/sallyport/sallyport.yaml"
echo 'levl: baseline' >>"$M/etc/sallyport/sallyport.yaml"
install_package two.deb "an upgrade with a mistake in the settings"
has "tells it, and that the gate stays that reads the policy in force" 'the gate of the version before stays' "$out"
bundle
run in_machine "$RUNC" run --bundle /bundle between
worked "containers start"
sed -i '/^levl/d' "$M/etc/sallyport/sallyport.yaml"
# Containers start all the while, by the diverted name and by the gate's own.
bundle '.process.args = ["echo", "ran"]'
cp -a "$M/bundle" "$M/bundle2"
meanwhile() { # NAME BUNDLE PROGRAM
    local i=0
    until [ -e "$E2E/stop" ]; do
        i=$((i + 1))
        in_machine "$3" run --bundle "$2" "$1$i" 2>&1 </dev/null | tail -1
    done >"$E2E/$1"
}
meanwhile diverted /bundle "$RUNC" &
meanwhile direct /bundle2 /usr/bin/sallyport-runtime &
run in_machine dpkg-reconfigure sallyport
worked "the mistake is mended: the package is upgraded"
sleep 0.5
touch "$E2E/stop"
wait %1 %2
for p in diverted direct; do
    is "no start failed meanwhile ($p: $(wc -l <"$E2E/$p"))" ran "$(sort -u "$E2E/$p")"
done
is "the policy in force is the new version's; the old one's is kept for a gate that was not exchanged" "99 active.img.format-$format" \
    "$(sallyport version --format json | jq .image_format) $(in_machine ls /var/lib/sallyport/policy | grep format-)"
is "the newer gate has the name" "on 99 $newer" "$(state) $(in_machine dpkg-query -W -f '${Version}' sallyport) $(digest "$RUNC.sallyport-real")"
has "the machine's settings are kept, and in force" 'good sources' "$(sallyport doctor | tr -s ' ')"
run in_machine "$RUNC" exec during id -u
worked "exec in a container that was started before the upgrade"
echo 'levl: baseline' >>"$M/etc/sallyport/sallyport.yaml"
serial=$(cat "$M/var/lib/sallyport/policy/serial")
install_package one.deb "a downgrade with a mistake in the settings"
has "tells it" 'levl' "$out"
has "and that the policy before stays" 'stays in force' "$out"
is "it does" "$serial on" "$(cat "$M/var/lib/sallyport/policy/serial") $(state)"
bundle
run in_machine "$RUNC" run --bundle /bundle second
worked "containers start"

# --- removed, while containers run
mkdir -p "$M/etc/docker"
echo '{"runtimes": {"sallyport": {"path": "/usr/bin/sallyport-runtime"}}}' >"$M/etc/docker/daemon.json"
run in_machine dpkg --remove sallyport
worked "the package is removed"
is "runc has its name again" "$newer 0" "$(digest "$RUNC") $(find "$M/usr/sbin" "$M/usr/bin" -name '*sallyport-real*' | wc -l)"
is "dpkg has no diversion of it" "" "$(in_machine dpkg-divert --list "$RUNC")"
run in_machine "$RUNC" exec during id -u
worked "exec in a container that began behind the gate"
run in_machine /usr/bin/sallyport-runtime --version
has "the gate's path leads to the real runtime while an engine names it" '^runc version' "$out"
run in_machine "$RUNC" delete --force during
worked "delete"
run in_machine "$RUNC" delete --force before
worked "delete the other"

# --- again, and purged
install_package one.deb "installed once more"
bundle
run in_machine "$RUNC" run --bundle /bundle third
worked "a container starts"
run in_machine dpkg --purge sallyport
worked "the package is purged"
is "nothing is left but the records" /var/log/sallyport "$(cd "$M" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev \) -prune -o \( -path "./usr/*sallyport*" -o -path './etc/*sallyport*' -o -path ./var/lib/sallyport -o -path ./var/log/sallyport \) -print -prune | grep -v '^./tmp\|^./var/lib/dpkg' | sed 's/^\.//' | xargs)"
e2e_end
