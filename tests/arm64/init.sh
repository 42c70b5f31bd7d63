#!/bin/busybox sh
# shellcheck shell=dash
# shellcheck disable=SC2016,SC2034 # conditions are evaluated later
# First program of the machine that scripts/arm64 boots: the unit tests of /tests, then the gate with runc.
if [ "$1" != second ]; then
    # A root that pivot_root can leave: the first file system's own cannot be.
    /bin/busybox mount --bind / /newroot
    cd /newroot || exit 1
    /bin/busybox mount --move . /
    exec /bin/busybox chroot . /init second
fi
/bin/busybox --install -s /bin
export PATH=/bin:/sbin:/usr/sbin:/usr/bin CK_TIMEOUT_MULTIPLIER=20 HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t securityfs sec /sys/kernel/security
mount -t tmpfs -o mode=755 tmpfs /run
for d in /tmp /var/tmp; do mount -t tmpfs -o mode=1777 tmpfs "$d"; done
mount -t cgroup2 cg /sys/fs/cgroup
insmod /overlay.ko
ip link set lo up
cd /src || exit 1

# --- unit tests, on each processor a part
n=$(nproc) i=0
while [ "$i" -lt "$n" ]; do
    # shellcheck disable=SC2046 # one a word
    scripts/run-tests $(awk -v n="$n" -v i="$i" 'NR % n == i' /tests) >"/run/unit-$i" 2>&1 &
    i=$((i + 1))
done
wait
cat /run/unit-*
passed=0 failed=0
for f in /run/unit-*; do
    line=$(tail -n 1 "$f")
    case $line in
    'unit: '*) ;;
    *) line='unit: 0 passed, 1 failed' ;;
    esac
    # shellcheck disable=SC2086 # words
    set -- $line
    passed=$((passed + $2)) failed=$((failed + $4))
done

# --- the gate
ok() { # TEXT CONDITION
    if eval "$2"; then
        echo "ok - $1"
        passed=$((passed + 1))
    else
        echo "not ok - $1"
        echo "$o"
        failed=$((failed + 1))
    fi
}
go() { # COMMAND...: $rc, $o; the container keeps what it was given to write to, so a file
    "$@" >/run/out 2>&1 </dev/null
    rc=$?
    o=$(cat /run/out)
}
has() { echo "$o" | grep -qE -- "$1"; }
mkdir -p /etc/sallyport
echo 'runtime: /usr/sbin/runc' >/etc/sallyport/sallyport.yaml
go sallyport policy activate --baseline /src/policy/baseline
ok "policy activate" '[ "$rc" = 0 ]'
go sallyport-runtime --root /run/r run --bundle /ct/good good
ok "a container starts" '[ "$rc" = 0 ] && has "^aarch64"'
ok "not as root, without capabilities" 'has "^Uid:.[1-9]" && has "^CapEff:.0000000000000000"'
ok "no new privileges, a filter" 'has "^NoNewPrivs:.1" && has "^Seccomp:.2"'
go sallyport-runtime --root /run/r run --bundle /ct/bad bad
ok "the host's processes are refused" '[ "$rc" = 1 ] && has "refused bad: host-pid-namespace"'
go sallyport audit verify
ok "both are recorded" '[ "$rc" = 0 ] && has "^intact: 2 records"'
echo "$passed passed, $failed failed"
poweroff -f
