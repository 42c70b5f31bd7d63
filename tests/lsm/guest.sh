#!/bin/busybox sh
# shellcheck shell=dash
# shellcheck disable=SC1091 # the guest has it
# First program of the guests that tests/e2e/lsm.sh boots: /kind says apparmor or selinux, /checks what to do there.
if [ "$1" != second ]; then
    # A root that pivot_root can leave: the first file system's own cannot be.
    /bin/busybox mount --bind / /newroot
    cd /newroot || exit 1
    /bin/busybox mount --move . /
    exec /bin/busybox chroot . /init second
fi
/bin/busybox --install -s /bin
export PATH=/bin:/sbin:/usr/sbin:/usr/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t securityfs sec /sys/kernel/security
mount -t tmpfs -o mode=755 run /run
echo 0 >/proc/sys/kernel/printk_ratelimit
[ "$(cat /kind)" != selinux ] || mount -t selinuxfs se /sys/fs/selinux
mount -t cgroup2 cg /sys/fs/cgroup
n=0 bad=0
ok() { # TEXT CONDITION
    n=$((n + 1))
    if eval "$2"; then echo "ok - $1"; else echo "not ok - $1"; bad=$((bad + 1)); fi
}
# The container of /ct/NAME through the gate: $rc, $o.
go() {
    sallyport-runtime --root /run/r run --bundle "/ct/$1" "c-$1" >/run/out 2>&1 </dev/null
    rc=$?
    o=$(cat /run/out)
    echo "--- $1: exit $rc"
    head -c 1500 /run/out
}
has() { case "$o" in *"$1"*) return 0 ;; *) return 1 ;; esac; }
. /checks
echo "guest: $((n - bad)) passed, $bad failed"
reboot -f
