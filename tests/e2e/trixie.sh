#!/bin/bash
# A newer Debian's engines behind the gate: its packages in a directory, kept in build/e2e/RELEASE, and in it the programs
# and the scripts of here.
#
#   [RELEASE=trixie] tests/e2e/trixie.sh [SCRIPT...]
#
# RELEASE: trixie, or sid, which moves. SCRIPT: names of scripts beside this one. Needs debootstrap and a mirror
# ($MIRROR, else this machine's own).
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
release=${RELEASE:-trixie}
E2E_NAME=$release
[ $# != 0 ] || set -- docker containerd podman crun pods divert
if [ "$(id -u)" != 0 ]; then
    skip "$release" "needs root"
    e2e_end
    exit
fi
e2e_need debootstrap unshare
packages=(runc crun docker.io docker-cli docker-buildx containerd podman conmon netavark buildah catatonit jq busybox-static
    iproute2 iptables procps uidmap libyaml-0-2 libgmp10 libarchive13 libcurl4 libaudit1 libyajl2 libnettle8)

# inside ROOT COMMAND...: in the directory as a machine of its own; the mounts end with it
inside() {
    # shellcheck disable=SC2016 # expanded inside
    unshare -m --propagation private bash -euc '
        root=$1 top=$2
        shift 2
        mount --bind "$root" "$root"
        cd "$root"
        mkdir -p old ".$top"
        for d in proc sys dev; do mount --rbind "/$d" "$d"; done
        mount --bind -o ro "$top" ".$top"
        mount -t tmpfs -o mode=755 tmpfs run
        cp -L /etc/resolv.conf etc/resolv.conf 2>/dev/null || true
        pivot_root . old
        umount -l /old
        cd "$top"
        exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb "$@"' \
        inside "$1" "$E2E_TOP" "${@:2}"
}

root=$E2E_TOP/build/e2e/$release
log=$root.log
made=$root/.made-$(cksum <<<"${packages[*]}" | cut -d' ' -f1)
# shellcheck disable=SC2016 # expanded elsewhere
make_root() {
    local mirror quick=(-qqy --no-install-recommends -o Dpkg::Options::=--force-unsafe-io)
    quick+=(-o 'Dpkg::Options::=--path-exclude=/usr/share/doc/*' -o 'Dpkg::Options::=--path-exclude=/usr/share/man/*')
    mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -1)}
    rm -rf --one-file-system "$root" && mkdir -p "$root" &&
        debootstrap --variant=minbase --include=ca-certificates "$release" "$root" "$mirror" &&
        printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" && chmod 755 "$root/usr/sbin/policy-rc.d" &&
        inside "$root" apt-get -qq update &&
        inside "$root" DEBIAN_FRONTEND=noninteractive apt-get "${quick[@]}" install "${packages[@]}" &&
        inside "$root" apt-get clean && : >"$made"
}
if [ ! -e "$made" ]; then
    mkdir -p "${log%/*}"
    if ! make_root >"$log" 2>&1; then
        skip "$release" "its packages cannot be had: $(tail -1 "$log" | cut -c1-160)"
        e2e_end
        exit
    fi
fi

# shellcheck disable=SC2016 # dpkg-query has variables of its own
echo "# $release: $(inside "$root" dpkg-query -W -f '${Package} ${Version}, ' docker.io containerd podman runc crun | sed 's/, $//')"
for script; do
    echo "# --- $script"
    out=$(inside "$root" timeout -k 10 300 "tests/e2e/$script.sh" 2>&1 </dev/null) || true
    total=$(grep -E '^[0-9]+ passed, [0-9]+ failed' <<<"$out" | tail -1)
    sed -nE '/^(#|ok|not ok|    #)/p' <<<"$out"
    if [ -z "$total" ]; then
        not_ok "$script ends with its totals" "$(tail -5 <<<"$out")"
        continue
    fi
    read -r p f s < <(sed -E 's/^([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?$/\1 \2 \4/' <<<"$total")
    e2e_n=$((e2e_n + p + f + ${s:-0})) e2e_failed=$((e2e_failed + f)) e2e_skipped=$((e2e_skipped + ${s:-0}))
done
e2e_end
