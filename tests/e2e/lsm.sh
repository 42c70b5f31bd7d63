#!/bin/bash
# AppArmor and SELinux for real: Debian's kernel in qemu (by software alone, seconds), our gate and runc in it.
#
#   KERNEL_DEB=FILE tests/e2e/lsm.sh [apparmor|selinux]
#
# KERNEL_DEB: a linux-image-*-cloud-amd64 package; without it one is taken from the package manager, and kept in build/lsm.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# Inside there is no network.
if [ -z "${KERNEL_DEB:-}" ] && [ "${E2E_INSIDE:-}" != "$PPID" ] && [ "$(id -u)" = 0 ]; then
    mkdir -p "$E2E_TOP/build/lsm"
    if ! ls "$E2E_TOP"/build/lsm/*.deb >/dev/null 2>&1; then
        name=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | awk '/Depends:/ {print $2; exit}')
        (cd "$E2E_TOP/build/lsm" && apt-get download "$name" >/dev/null 2>&1) || true
    fi
    KERNEL_DEB=$(find "$E2E_TOP/build/lsm" -name '*.deb' | head -1)
    export KERNEL_DEB
fi
e2e_begin lsm "$@"
e2e_need qemu-system-x86_64 runc jq busybox apparmor_parser secilc
e2e_gate <<'YAML'
parameters: {apparmor-profile: {profile: sallyport-container}}
YAML

# --- this host, which may have neither ------------------------------------------------------------

here=$E2E_TOP/tests/lsm
mkdir -p "$E2E/b"
e2e_rootfs "$E2E/b/rootfs"
bundle() { # JQ PROGRAM
    jq --arg root "${ROOT:-$E2E/b/rootfs}" '.root.path = $root | .linux.cgroupsPath = "/sallyport-lsm"
        | .process.args = ["/bin/busybox", "sh", "-c", "cat /proc/self/attr/current; echo; echo x >/proc/self/attr/exec; echo work"]' \
        "$E2E_TOP/tests/breakouts/base.json" | jq "$1"
}
if ! grep -q apparmor /sys/kernel/security/lsm 2>/dev/null; then
    bundle . >"$E2E/b/config.json"
    run "$E2E_SHIM" --root "$E2E/r" run -b "$E2E/b" plain
    has "[A02] no profile is added where the kernel has no AppArmor" '^work' "$out"
    is "[A02] the document has none" null "$(jq -c .process.apparmorProfile "$E2E/b/config.json")"
fi

# --- the guests -------------------------------------------------------------------------------------

deb=${KERNEL_DEB:-}
if [ -z "$deb" ]; then
    skip "guests" "no kernel package (KERNEL_DEB)"
    e2e_end
    exit 0
fi
dpkg --fsys-tarfile "$deb" | tar -x -C "$E2E/tmp" --wildcards './boot/vmlinuz*'
kernel=$(find "$E2E/tmp/boot" -name 'vmlinuz*' | head -1)

put() { # ROOT PROGRAM: and the libraries that the loader names for it
    local l
    install -D "$2" "$1$2"
    { ldd "$2" 2>/dev/null || true; } | grep -o '/[^ ]*' | while read -r l; do [ -e "$1$l" ] || install -D "$l" "$1$l"; done
}

guest() { # KIND KERNEL-ARGUMENTS BUNDLE=JQ-PROGRAM...
    local kind=$1 append=$2 root=$E2E/tmp/$1 b line talk
    shift 2
    mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,etc,proc,sys,dev,tmp,run,newroot,ct,var/lib/sallyport/policy,var/log/sallyport}
    cp "$(command -v busybox)" "$root/bin/busybox"
    put "$root" "$E2E_RUNC"
    cp "$E2E_SHIM" "$root/bin/sallyport-runtime"
    cp /var/lib/sallyport/policy/* "$root/var/lib/sallyport/policy/"
    chmod 700 "$root/var/log/sallyport"
    cp -a "$E2E/b/rootfs" "$root/ct/rootfs"
    for b in "$@"; do
        mkdir -p "$root/ct/${b%%=*}"
        ROOT=$([ "$kind" = selinux ] && echo /box || echo /ct/rootfs) bundle "${b#*=}" >"$root/ct/${b%%=*}/config.json"
    done
    echo "$kind" >"$root/kind"
    cp "$here/$kind.sh" "$root/checks"
    install -m 755 "$here/guest.sh" "$root/init"
    if [ "$kind" = apparmor ]; then
        put "$root" "$(command -v apparmor_parser)"
        install -m 644 "$E2E_TOP/profiles/apparmor/sallyport-container" "$root/etc/sallyport-container"
        mkdir -p "$root/etc/apparmor.d"
        cp -r /etc/apparmor.d/abi "$root/etc/apparmor.d/"
    else
        put "$root" /usr/bin/chcon
        secilc -c 33 -M true -o "$root/etc/selinux.policy" -f /dev/null "$here/container.cil"
    fi
    (cd "$root" && find . | busybox cpio -o -H newc 2>/dev/null) >"$root.cpio"
    timeout -k 5 "${LSM_LIMIT:-170}" qemu-system-x86_64 -M microvm,acpi=off,pit=on,pic=on,isa-serial=on,rtc=on -accel tcg -cpu qemu64 -smp 1 \
        -m 512M -nodefaults -no-user-config -display none -no-reboot -serial "file:$root.console" -kernel "$kernel" -initrd "$root.cpio" \
        -append "console=ttyS0 quiet loglevel=3 reboot=t panic=-1 mitigations=off nokaslr random.trust_cpu=on $append" || true
    tr -d '\r\0' <"$root.console" >"$root.out"
    talk=$(grep -vE '^(not )?ok' "$root.out" | tail -15)
    while read -r line; do
        case $line in
        'ok - '*) ok "$kind: ${line#ok - }" ;;
        'not ok - '*) not_ok "$kind: ${line#not ok - }" "$talk" ;;
        esac
    done <"$root.out"
    has "$kind: the guest came to its end" '^guest: [0-9]+ passed' "$(tail -5 "$root.out")"
}

good='system_u:system_r:container_t:s0:c1,c2' files='system_u:object_r:container_file_t:s0:c1,c2'
want() { [ -z "$1" ] || [ "$1" = "$2" ]; }
if want "${1:-}" apparmor; then
    guest apparmor "apparmor=1 security=apparmor" 'none=.' 'unconfined=.process.apparmorProfile = "unconfined"' \
        'ours=.process.apparmorProfile = "sallyport-container"' 'missing=.process.apparmorProfile = "no-such-profile"'
fi
if want "${1:-}" selinux; then
    guest selinux "security=selinux selinux=1 enforcing=1" "good=.process.selinuxLabel = \"$good\" | .linux.mountLabel = \"$files\"" 'none=.' \
        'spc=.process.selinuxLabel = "system_u:system_r:spc_t:s0:c1,c2"' 'malformed=.process.selinuxLabel = "bogus"' \
        "mount=.process.selinuxLabel = \"$good\" | .linux.mountLabel = \"system_u:object_r:host_secret_t:s0\"" \
        'stranger=.process.selinuxLabel = "system_u:system_r:stranger_t:s0:c1,c2"'
fi
e2e_end
