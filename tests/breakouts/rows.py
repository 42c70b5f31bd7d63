"""The rows of the breakout catalogue as data: what each changes in base.json, and how it must end.

Run to write rows.json (kept in the tree; the tests read that). Fields of a row:
  id, patch (RFC 6902 over config.json; @TMP@, @ROOTFS@ stand for the test's directories),
  want: refuse | harden | warn | pass (not refused); rules: any of these must be named;
  after: conditions on the hardened config ({path or mount, is | absent | lacks | has}, or {seccomp: call[, arg, value],
  runs}: whether its filter lets the call through);
  live: a command for busybox sh in the container and the pattern (ERE) that its output has when the
  condition works, tried under the bare runtime and under the gate (tests/e2e/breakouts.sh);
  live's runtime: the only one under which it works.
  host: instead, a file below @TMP@ that then exists. `@NS:pid@` stands for the host's inode.
"""
import json

BIND = lambda src, dst="/mnt/x", *opt: [{"op": "add", "path": "/mounts/-", "value": {
    "destination": dst, "type": "bind", "source": src, "options": list(opt) or ["rbind", "rw", "nosuid", "nodev"]}}]
MOUNT = lambda type_, dst, *opt, source=None: [{"op": "add", "path": "/mounts/-", "value": {
    "destination": dst, "type": type_, "source": source or type_, "options": list(opt)}}]
SET = lambda path, value: [{"op": "add", "path": path, "value": value}]
REPLACE = lambda path, value: [{"op": "replace", "path": path, "value": value}]
DEL = lambda path: [{"op": "remove", "path": path}]
CAP = lambda cap, *sets: [{"op": "add", "path": f"/process/capabilities/{s}", "value": [cap]} for s in (sets or ("bounding", "effective", "permitted"))]
NOCAPS = [{"op": "add", "path": "/process/capabilities", "value": {}}]
SECCOMP = lambda **kw: SET("/linux/seccomp", {"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"],
    "syscalls": [{"names": ["read", "write", "exit", "exit_group", "execve", "brk", "mmap", "openat", "close"], "action": "SCMP_ACT_ALLOW"}], **kw})
NS = lambda *types: SET("/linux/namespaces", [{"type": t} if isinstance(t, str) else t for t in types])
ALL = ("mount", "network", "uts", "pid", "ipc")
USERNS = lambda host, size=65536: NS(*ALL, "user") + SET("/linux/uidMappings", [{"containerID": 0, "hostID": host, "size": size}]) + \
    SET("/linux/gidMappings", [{"containerID": 0, "hostID": host, "size": size}])
ANNOT = lambda key, value="1": SET("/annotations", {key: value})
HOOK = lambda stage, path="/bin/true", **kw: SET("/hooks", {stage: [{"path": path, **kw}]})
MANAGED = ["drop-capabilities"]

rows = []
def row(id, patch, want, *rules, after=(), live=None, host=None, runtime=None):
    r = {"id": id, "patch": patch, "want": want, "rules": list(rules), "after": list(after)}
    if live:
        r["live"] = {"run": live[0], "works": live[1]} | ({"runtime": runtime} if runtime else {})
    if host:
        r["host"] = host
    rows.append(r)
NOCAP = lambda cap: [{"path": f"/process/capabilities/{s}", "lacks": cap} for s in ("bounding", "effective", "permitted", "inheritable", "ambient")]

# mounts
row("M01", BIND("/", "/host"), "refuse", "host-mounts", live=("head -c 4 /host/etc/passwd", "^root"))
for p in ("/var", "/run", "/usr", "/opt/..", "/lib"):
    row("M02", BIND(p), "refuse", "host-mounts", live=("ls /mnt/x | sed 's/^/have /'", "^have "))
row("M03", BIND("@TMP@/link-etc"), "refuse", "host-mounts", live=("head -c 4 /mnt/x/passwd", "^root"))
row("M03", BIND("@TMP@/link-etc/ssl"), "refuse", "host-mounts")
row("M04", BIND("/proc/self/root/etc"), "refuse", "host-mounts", live=("head -c 4 /mnt/x/passwd", "^root"))
row("M04", BIND("/proc/1/cwd"), "refuse", "host-mounts")
row("M05", [{"op": "add", "path": "/mounts/-", "value": {"destination": "/x", "type": "tmpfs", "source": "/etc", "options": ["rbind"]}}], "refuse", "host-mounts", live=("head -c 4 /x/passwd", "^root"))
row("M05", [{"op": "add", "path": "/mounts/-", "value": {"destination": "/x", "source": "/etc", "options": ["bind"]}}], "refuse", "host-mounts")
row("M06", MOUNT("overlay", "/x", "lowerdir=/etc:/usr"), "refuse", "mount-types", "host-mounts", live=("head -c 4 /x/passwd", "^root"))
row("M06", MOUNT("overlay", "/x", "lowerdir=@TMP@/dir,upperdir=/etc,workdir=/var/tmp"), "refuse", "mount-types", "host-mounts")
for t in ("ext4", "xfs", "btrfs", "vfat", "squashfs", "erofs"):
    row("M07", MOUNT(t, "/x", "ro", source="/dev/vda"), "refuse", "mount-types")
for t in ("9p", "virtiofs", "nfs", "nfs4", "cifs", "ceph", "fuse", "fuse.sshfs"):
    row("M08", MOUNT(t, "/x", source="server:/x"), "refuse", "mount-types")
row("M09", MOUNT("devtmpfs", "/mnt/dev"), "refuse", "mount-types", live=("ls /mnt/dev", "^(vd|sd|nvme|loop)"))
row("M10", MOUNT("binfmt_misc", "/x"), "refuse", "mount-types", live=("ls /x", "^register"))
row("M10", BIND("/proc/sys/fs/binfmt_misc"), "refuse", "host-mounts")
for t in ("debugfs", "tracefs", "securityfs", "bpf", "configfs", "efivarfs", "pstore", "selinuxfs"):
    row("M11", MOUNT(t, "/x"), "refuse", "mount-types", live=("ls /x; grep -q ' /x ' /proc/mounts && echo MOUNTED", "MOUNTED") if t in ("debugfs", "tracefs", "securityfs", "bpf") else None)
row("M12", MOUNT("proc", "/proc2"), "refuse", "mount-types", "mount-destinations", live=("[ -w /proc2/sys/kernel/core_pattern ] && echo WRITABLE", "WRITABLE"))
row("M13", MOUNT("sysfs", "/sys2", "ro"), "refuse", "mount-types", "mount-destinations", live=("ls /sys2/firmware; grep -q ' /sys2 sysfs' /proc/mounts && echo SECOND", "SECOND"))
row("M13", SET("/mounts/3/options", ["nosuid", "noexec", "nodev"]), "harden", "sysfs-and-cgroup-read-only", after=[{"mount": "/sys", "has": "ro"}])
row("M14", BIND("/proc", "/hostproc", "rbind", "ro"), "refuse", "host-mounts", live=("ls -d /hostproc/self /hostproc/1 && echo HOST", "HOST"))
row("M14", BIND("/proc/sys", "/x"), "refuse", "host-mounts")
for p in ("/sys", "/sys/fs/cgroup", "/sys/kernel", "/sys/devices"):
    row("M15", BIND(p, "/x"), "refuse", "host-mounts")
row("M16", SET("/mounts/4/options", ["nosuid", "noexec", "nodev"]), "harden", "sysfs-and-cgroup-read-only", after=[{"mount": "/sys/fs/cgroup", "has": "ro"}], live=("grep ' /sys/fs/cgroup/pids cgroup' /proc/mounts", " rw,"))
row("M16", MOUNT("cgroup", "/cg", "rw"), "harden", "sysfs-and-cgroup-read-only", after=[{"mount": "/cg", "has": "ro"}])
row("M17", REPLACE("/mounts/4", {"destination": "/sys/fs/cgroup", "type": "cgroup2", "source": "cgroup2", "options": ["rw"]}), "harden", "sysfs-and-cgroup-read-only", "host-cgroup-namespace",
    after=[{"mount": "/sys/fs/cgroup", "has": "ro"}])
row("M18", BIND("@TMP@/run/any.sock", "/s.sock"), "refuse", "engine-socket", live=("[ -S /s.sock ] && echo SOCKET", "SOCKET"))
row("M18", BIND("@TMP@/run/docker.sock", "/var/run/docker.sock"), "refuse", "engine-socket", live=("[ -S /var/run/docker.sock ] && echo SOCKET", "SOCKET"))
row("M19", BIND("/run", "/x", "rbind", "ro"), "refuse", "host-mounts", "engine-socket", live=("ls /x && echo SEEN", "SEEN"))
row("M19", BIND("/var/run", "/x", "rbind", "ro"), "refuse", "host-mounts", "engine-socket")
for p in ("/dev", "/dev/mem", "/dev/pts", "/dev/net", "/dev/kmsg"):
    row("M20", BIND(p), "refuse", "host-mounts", "devices", live=("ls /mnt/x/null && echo HOSTDEV", "HOSTDEV") if p == "/dev" else None)
for p in ("/etc", "/etc/passwd", "/etc/ssl", "/etc/cron.d"):
    row("M21", BIND(p, "/mnt/file" if p == "/etc/passwd" else "/mnt/x"), "refuse", "host-mounts", live=("cat /mnt/x/passwd /mnt/file 2>/dev/null | head -c 4", "^root") if "passwd" in p or p == "/etc" else None)
for p in ("/root", "/home"):
    row("M22", BIND(p), "refuse", "host-mounts", live=("ls -a /mnt/x && echo SEEN", "SEEN"))
row("M24", BIND("/var/lib"), "refuse", "host-mounts", live=("ls /mnt/x", "^dpkg"))
row("M25", BIND("/var/log"), "refuse", "host-mounts", live=("ls /mnt/x && echo SEEN", "SEEN"))
for p in ("/boot", "/usr/bin", "/bin", "/sbin", "/lib"):
    row("M26", BIND(p), "refuse", "host-mounts", live=("[ -w /mnt/x ] && echo WRITABLE", "WRITABLE"))
for p in ("/lib/systemd", "/usr/local/bin"):
    row("M27", BIND(p), "refuse", "host-mounts")
row("M29", BIND("/usr/sbin/runc"), "refuse", "host-mounts")
row("M30", BIND("@TMP@/dir", "/x", "rbind", "rshared"), "refuse", "mount-propagation", live=("grep ' /x ' /proc/self/mountinfo", "shared:"))
row("M30", BIND("@TMP@/dir", "/x", "rbind", "shared"), "refuse", "mount-propagation")
row("M31", SET("/linux/rootfsPropagation", "shared"), "harden", "rootfs-propagation", after=[{"path": "/linux/rootfsPropagation", "is_not": "shared"}])
row("M32", BIND("@TMP@/dir", "/x", "rbind", "ro"), "harden", "mount-options")
row("M33", BIND("@TMP@/dir", "/x", "rbind", "rw"), "harden", "mount-options", after=[{"mount": "/x", "has": "nosuid"}, {"mount": "/x", "has": "nodev"}], live=("grep ' /x ' /proc/mounts | grep -v nosuid", "/x"))
row("M34", BIND("@TMP@/dir", "/x", "rbind", "suid", "dev", "exec"), "harden", "mount-options", after=[{"mount": "/x", "lacks": o} for o in ("suid", "dev")])
row("M35", MOUNT("proc", "/proc", "remount", "rw"), "refuse", "mount-options", "mount-destinations")
row("M35", MOUNT("tmpfs", "/dev"), "refuse", "mount-options", "mount-destinations")
for d in ("relative", "/a/../../x", "/", "/proc/self", "/proc/sys/kernel", "/sys/kernel/x"):
    row("M36", MOUNT("tmpfs", d), "refuse", "mount-destinations")
row("M37", BIND("@TMP@/dir", "/dev/null"), "refuse", "mount-destinations")
row("M37", BIND("@TMP@/dir", "/dev"), "refuse", "mount-destinations")
row("M38", DEL("/mounts/1"), "harden", "rootfs-path", after=[{"mount": "/dev", "has": "nosuid"}])
row("M40", [{"op": "add", "path": "/mounts/-", "value": {"destination": "/x", "type": "bind", "source": "@TMP@/dir", "options": ["rbind", "idmap"],
    "uidMappings": [{"containerID": 0, "hostID": 0, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 0, "size": 1}]}}], "refuse", "mount-options", "id-mapping-ranges", "user-namespace")
for o in ("copy-symlink", "src-nofollow", "dest-nofollow", "tmpcopyup", "idmap=uids=0-0-1"):
    row("M41" if "idmap" not in o else "M40", BIND("@TMP@/dir", "/x", "rbind", o), "refuse", "mount-options", "id-mapping-ranges", "user-namespace")
row("M42", MOUNT("tmpfs", "/x", "nosuid", "nodev"), "harden", "tmpfs-size", live=("grep ' /x ' /proc/mounts | grep -v size=", "/x"))
row("M43", BIND("/dev/shm", "/dev/shm"), "refuse", "host-mounts", "mount-destinations")
row("M44", MOUNT("tmpfs", "/x", "context=system_u:object_r:etc_t:s0"), "refuse", "mount-options", "selinux-label")

# namespaces
row("N01", NS("mount", "network", "uts", "ipc"), "refuse", "host-pid-namespace", live=("echo pid:$(readlink /proc/self/ns/pid)", "pid:pid:.@NS:pid@"))
row("N03", NS("mount", "uts", "pid", "ipc"), "refuse", "host-network-namespace", live=("echo net:$(readlink /proc/self/ns/net)", "net:net:.@NS:net@"))
row("N04", NS("mount", {"type": "network", "path": "/proc/self/ns/net"}, "uts", "pid", "ipc"), "refuse", "host-network-namespace", live=("echo net:$(readlink /proc/self/ns/net)", "net:net:.@NS:net@"))
row("N05", NS("mount", "network", "uts", {"type": "pid", "path": "/proc/self/ns/pid"}, "ipc"), "refuse", "host-pid-namespace")
row("N05", NS("mount", "network", "uts", "pid", {"type": "ipc", "path": "/proc/self/ns/ipc"}), "refuse", "host-ipc-namespace", live=("echo ipc:$(readlink /proc/self/ns/ipc)", "ipc:ipc:.@NS:ipc@"))
row("N05", NS("mount", "network", {"type": "uts", "path": "/proc/self/ns/uts"}, "pid", "ipc"), "refuse", "host-uts-namespace")
row("N05", NS(*ALL, {"type": "cgroup", "path": "/proc/self/ns/cgroup"}), "refuse", "host-cgroup-namespace")
row("N05", NS(*ALL, {"type": "user", "path": "/proc/self/ns/user"}), "refuse", "user-namespace")
row("N07", NS("network", "uts", "pid", "ipc"), "refuse", "mount-namespace")
row("N07", NS({"type": "mount", "path": "/proc/self/ns/mnt"}, "network", "uts", "pid", "ipc"), "refuse", "mount-namespace")
row("N08", NS("mount", "network", "uts", "pid"), "refuse", "host-ipc-namespace", live=("echo ipc:$(readlink /proc/self/ns/ipc)", "ipc:ipc:.@NS:ipc@"))
row("N09", NS("mount", "network", "pid", "ipc") + DEL("/hostname"), "harden", "host-uts-namespace", after=[{"path": "/linux/namespaces", "has": {"type": "uts"}}], live=("echo uts:$(readlink /proc/self/ns/uts)", "uts:uts:.@NS:uts@"))
row("N10", [], "harden", "host-cgroup-namespace", after=[{"path": "/linux/namespaces", "has": {"type": "cgroup"}}], live=("echo cg:$(readlink /proc/self/ns/cgroup)", "cg:cgroup:.@NS:cgroup@"))
row("N12", USERNS(0), "refuse", "user-namespace", live=("cat /proc/self/uid_map", "^ *0 +0 "))
row("N12", USERNS(500, 100), "refuse", "id-mapping-ranges")
row("N13", NS(*ALL, {"type": "user", "path": "/proc/1/ns/user"}), "refuse", "user-namespace")
row("N14", USERNS(100000) + SET("/linux/gidMappings", [{"containerID": 0, "hostID": 6, "size": 1}]), "refuse", "id-mapping-ranges")
row("N16", NS(*ALL, {"type": "ipc", "path": "/proc/self/ns/ipc"}), "refuse", "namespace-conflicts", live=("echo ipc:$(readlink /proc/self/ns/ipc)", "ipc:ipc:.@NS:ipc@"), runtime="crun")
row("N16", NS(*ALL, {"type": "pid", "path": "/proc/1/ns/pid"}), "refuse", "namespace-conflicts")
row("N17", SET("/linux/netDevices", {"eth0": {}}), "refuse", "network-devices")

# process
row("P01", CAP("CAP_SYS_ADMIN") + DEL("/linux/maskedPaths") + DEL("/linux/readonlyPaths") + SET("/linux/resources/devices", [{"allow": True, "access": "rwm"}]), "refuse", "dangerous-capabilities", "device-cgroup")
for c in ("SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "DAC_READ_SEARCH", "SYS_RAWIO", "SYS_BOOT", "BPF", "PERFMON", "MAC_ADMIN", "MAC_OVERRIDE", "CHECKPOINT_RESTORE", "SYSLOG"):
    row({"SYS_ADMIN": "P02", "SYS_MODULE": "P03", "SYS_PTRACE": "P04", "DAC_READ_SEARCH": "P05"}.get(c, "P06"), CAP("CAP_" + c), "refuse", "dangerous-capabilities",
        live=("grep CapEff /proc/self/status", "CapEff:[[:space:]]0*[1-9a-f]") if c != "CHECKPOINT_RESTORE" else None)
row("P07", CAP("CAP_MKNOD"), "harden", "drop-capabilities", after=NOCAP("CAP_MKNOD"), live=("grep CapEff /proc/self/status", "CapEff:[[:space:]]*0000000008000000"))
row("P08", CAP("CAP_NET_RAW"), "harden", "drop-capabilities", after=NOCAP("CAP_NET_RAW"), live=("grep CapEff /proc/self/status", "CapEff:[[:space:]]*0000000000002000"))
row("P08", CAP("CAP_NET_ADMIN"), "harden", "drop-capabilities", after=NOCAP("CAP_NET_ADMIN"))
row("P09", [], "harden", "drop-capabilities", after=NOCAP("CAP_SETFCAP") + NOCAP("CAP_SYS_CHROOT"))
row("P10", NOCAPS + CAP("CAP_SYS_ADMIN", "bounding"), "refuse", "dangerous-capabilities", live=("grep CapEff /proc/self/status", "CapEff:[[:space:]]*0000000000200000"))
row("P11", NOCAPS + CAP("CAP_CHOWN", "inheritable", "bounding", "permitted"), "harden", "drop-capabilities", after=NOCAP("CAP_CHOWN"))
row("P12", SET("/process/user", {"uid": 1000, "gid": 1000}) + CAP("CAP_CHOWN", "ambient", "inheritable", "permitted", "effective", "bounding"), "harden", "drop-capabilities", after=NOCAP("CAP_CHOWN"), live=("grep CapAmb /proc/self/status", "CapAmb:[[:space:]]*0000000000000001"))
row("P13", CAP("CAP_FROM_THE_FUTURE"), "refuse", "dangerous-capabilities", "document-shape", "drop-capabilities")
row("P14", SET("/process/noNewPrivileges", False), "harden", "no-new-privileges", after=[{"path": "/process/noNewPrivileges", "is": True}], live=("grep NoNewPrivs /proc/self/status", "NoNewPrivs:[[:space:]]*0"))
row("P15", [], "harden", "run-as-non-root", after=[{"path": "/process/user/uid", "is_not": 0}], live=("[ $(id -u) = 0 ] && grep -q ' 0 *0 *4294967295' /proc/self/uid_map && echo HOSTROOT", "HOSTROOT"))
row("P16", SET("/process/user", {"uid": 1000, "gid": 0, "additionalGids": [6]}), "harden", "no-root-group", after=[{"path": "/process/user/additionalGids", "lacks": 6}], live=("id -G", "(^| )6( |$)"))
row("P17", SET("/process/user/uid", 4294967296), "refuse", "document-shape", "run-as-non-root")
row("P18", SET("/process/cwd", "/proc/self/fd/7"), "refuse", "working-directory")
row("P18", SET("/process/cwd", "relative"), "refuse", "working-directory")
row("P23", SET("/process/oomScoreAdj", -999), "harden", "oom-controls", after=[{"path": "/process/oomScoreAdj", "is": 0}])
row("P25", SET("/process/scheduler", {"policy": "SCHED_FIFO", "priority": 50}), "refuse", "realtime-scheduling")
row("P25", SET("/process/ioPriority", {"class": "IOPRIO_CLASS_RT", "priority": 0}), "refuse", "realtime-scheduling")
row("P26", SET("/process/user/umask", 0), "warn", "process-umask")
row("P27", SET("/linux/personality", {"domain": "LINUX32"}), "harden", "kernel-personality", after=[{"path": "/linux/personality", "absent": True}])
row("P28", SET("/vm", {"hypervisor": {"path": "/bin/sh"}}), "refuse", "document-shape", "document-shape")
row("P21", [{"op": "add", "path": "/process/env/-", "value": "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}], "warn", "secrets-in-env")

# seccomp
row("S01", [], "harden", "seccomp-profile", after=[{"path": "/linux/seccomp/defaultAction", "is": "SCMP_ACT_ERRNO"}], live=("grep ^Seccomp: /proc/self/status", "Seccomp:[[:space:]]*0"))
for d in ("ALLOW", "LOG", "TRACE"):
    row("S02", SECCOMP(defaultAction="SCMP_ACT_" + d), "harden", "seccomp-profile", after=[{"path": "/linux/seccomp/defaultAction", "is": "SCMP_ACT_ERRNO"}])
row("S03", SECCOMP(syscalls=[{"names": ["read", "write", "execve", "exit_group", "mount", "bpf", "init_module", "kexec_load", "setns", "unshare", "ptrace", "open_by_handle_at"], "action": "SCMP_ACT_ALLOW"}]), "harden", "seccomp-profile", "seccomp-allowed-syscalls")
row("S06", SECCOMP(listenerPath="@TMP@/run/any.sock", syscalls=[{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]), "refuse", "seccomp-notify-agent")
row("S07", SECCOMP(flags=["SECCOMP_FILTER_FLAG_SPEC_ALLOW"]), "harden", "seccomp-profile", "seccomp-allowed-syscalls", after=[{"path": "/linux/seccomp/flags", "lacks": "SECCOMP_FILTER_FLAG_SPEC_ALLOW"}])
row("S08", SECCOMP(syscalls=[{"names": ["read", "write", "execve", "exit_group", "clone", "clone3"], "action": "SCMP_ACT_ALLOW"}]), "harden", "seccomp-allowed-syscalls", "seccomp-profile")
row("S10", SECCOMP(syscalls=[{"names": ["read", "write", "execve", "exit_group", "io_uring_setup", "userfaultfd", "keyctl"], "action": "SCMP_ACT_ALLOW"}]), "harden", "seccomp-allowed-syscalls", "seccomp-profile")
row("S11", SECCOMP(syscalls=[{"names": ["read", "write", "execve", "exit_group", "socket"], "action": "SCMP_ACT_ALLOW"}]), "harden", "seccomp-allowed-syscalls", "seccomp-profile")

# devices, cgroups
row("D01", SET("/linux/resources/devices", [{"allow": False, "access": "rwm"}, {"allow": True, "access": "rwm"}]), "refuse", "device-cgroup", live=("mknod /tmp/k c 10 237; head -c 0 /tmp/k && echo OPENED", "OPENED"))
row("D02", DEL("/linux/resources/devices"), "harden", "device-cgroup", after=[{"path": "/linux/resources/devices/0", "is": {"allow": False, "access": "rwm"}}])
for t, ma, mi in (("b", 8, 0), ("c", 1, 1), ("c", 1, 2), ("c", 1, 4), ("c", 10, 237), ("b", None, None), ("c", 10, 232), ("c", 1, 11)):
    rule = {"allow": True, "type": t, "access": "rwm"}
    if ma is not None:
        rule |= {"major": ma, "minor": mi}
    row("D03", [{"op": "add", "path": "/linux/resources/devices/-", "value": rule}], "refuse", "device-cgroup", "devices")
row("D04", SET("/linux/devices", [{"path": "/dev/sda", "type": "b", "major": 8, "minor": 0, "fileMode": 438}]), "refuse", "devices")
row("D04", SET("/linux/devices", [{"path": "/etc/x", "type": "c", "major": 1, "minor": 3}]), "refuse", "devices")
for p in ("/", "/../x", "/system.slice/ssh.service", "/docker/0123456789012345678901234567890123456789012345678901234567890123", "/init.scope"):
    row("D06", SET("/linux/cgroupsPath", p), "refuse", "cgroup-parent")
row("D08", SET("/linux/resources/unified", {"cgroup.procs": "1"}), "harden", "cgroup-unified", after=[{"path": "/linux/resources/unified/cgroup.procs", "absent": True}])
row("D08", SET("/linux/resources/unified", {"../x/memory.max": "max"}), "harden", "cgroup-unified", after=[{"path": "/linux/resources/unified/..~1x~1memory.max", "absent": True}])
row("D09", [], "harden", "resource-pids", after=[{"path": "/linux/resources/pids/limit", "is_not": -1}], live=("cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null", "max"))
row("D09", SET("/linux/resources/pids", {"limit": -1}), "harden", "resource-pids", after=[{"path": "/linux/resources/pids/limit", "is_not": -1}])
row("D10", SET("/linux/resources/memory", {"disableOOMKiller": True}), "harden", "oom-controls", after=[{"path": "/linux/resources/memory/disableOOMKiller", "is_not": True}])
row("D14", SET("/linux/intelRdt", {"closID": "/"}), "refuse", "cache-allocation")

# kernel knobs
row("K01", DEL("/linux/readonlyPaths"), "harden", "readonly-paths", after=[{"path": "/linux/readonlyPaths", "has": "/proc/sys"}], live=("( : >>/proc/sys/kernel/core_pattern ) && echo WRITABLE", "WRITABLE"))
row("K01", SET("/linux/readonlyPaths", []), "harden", "readonly-paths", after=[{"path": "/linux/readonlyPaths", "has": "/proc/sys"}], live=("( : >>/proc/sys/kernel/core_pattern ) && echo WRITABLE", "WRITABLE"))
row("K02", SET("/linux/readonlyPaths", ["/proc/sys"]), "harden", "readonly-paths", after=[{"path": "/linux/readonlyPaths", "has": "/proc/sysrq-trigger"}, {"path": "/linux/readonlyPaths", "has": "/proc/bus"}], live=("( : >>/proc/irq/default_smp_affinity ) && echo WRITABLE", "WRITABLE"))
row("K03", DEL("/linux/maskedPaths"), "harden", "masked-paths", after=[{"path": "/linux/maskedPaths", "has": "/proc/kcore"}, {"path": "/linux/maskedPaths", "has": "/sys/firmware"}], live=("cat /proc/keys >/dev/null && wc -c /proc/timer_list", "^[1-9]"))
row("K04", SET("/linux/readonlyPaths", ["/proc/./bus", "//proc/fs", "/proc/irq/", "/proc/self/../sys", "proc/sysrq-trigger"]), "refuse", "readonly-paths")
for k in ("kernel.core_pattern", "kernel.modprobe", "vm.overcommit_memory", "fs.file-max", "dev.tty.legacy_tiocsti", "kernel.yama.ptrace_scope"):
    row("K08", SET("/linux/sysctl", {k: "1"}), "refuse", "sysctls")
row("K09", NS("mount", {"type": "network", "path": "/proc/1/ns/net"}, "uts", "pid", "ipc") + SET("/linux/sysctl", {"net.ipv4.ip_forward": "1"}), "refuse", "sysctls", "host-network-namespace")
row("K09", NS("mount", "network", "uts", "pid") + SET("/linux/sysctl", {"kernel.shmmax": "1"}), "refuse", "sysctls", "host-ipc-namespace")
row("K10", SET("/linux/sysctl", {"kernel/shm_rmid_forced": "1+kernel.core_pattern=|/x"}), "refuse", "sysctls")
row("K10", SET("/linux/sysctl", {"net.ipv4.tcp_syncookies": "1\nkernel.core_pattern=x"}), "refuse", "sysctls")
row("K11", SET("/linux/sysctl", {"net.ipv4.conf.all.route_localnet": "1"}), "warn", "sysctls")

# root filesystem
row("F01", SET("/root/path", "/etc"), "refuse", "rootfs-path")
row("F01", SET("/root/path", "/"), "refuse", "rootfs-path")
row("F02", SET("/root/path", "@TMP@/link-rootfs"), "refuse", "rootfs-path", live=("echo RAN", "^RAN"), runtime="crun")
row("F03", [], "harden", "read-only-rootfs", after=[{"path": "/root/readonly", "is": True}], live=("touch /written && echo WRITTEN", "WRITTEN"))
row("F05", SET("/root/path", "@TMP@/rootfs-linked"), "refuse", "rootfs-path", "rootfs-path")
row("F08", NS("mount", "network", "pid", "ipc"), "harden", "host-uts-namespace", after=[{"path": "/linux/namespaces", "has": {"type": "uts"}}])

# hooks, annotations, labels
for s in ("prestart", "createRuntime", "createContainer", "poststart", "poststop", "startContainer"):
    row("H01" if s != "startContainer" else "H02", HOOK(s, "/bin/touch", args=["touch", "@TMP@/hooked"]), "refuse", "hooks",
        host="hooked" if s in ("prestart", "createRuntime", "poststart", "poststop") else None)
row("H03", HOOK("createRuntime", "@TMP@/hook"), "refuse", "hooks")
for k, i in (("run.oci.hooks.stdout", "H05"), ("run.oci.hooks.stderr", "H05"), ("run.oci.seccomp.plugins", "H06"), ("run.oci.seccomp_bpf_data", "H07"), ("run.oci.seccomp.receiver", "H08"),
             ("run.oci.pidfd_receiver", "H08"), ("run.oci.keep_original_groups", "H09"), ("run.oci.handler", "H10"), ("module.wasm.image/variant", "H10"), ("run.oci.systemd.subgroup", "H11"),
             ("run.oci.delegate-cgroup", "H11"), ("run.oci.systemd.force_cgroup_v1", "H11"), ("run.oci.mount_context_type", "H12"), ("run.oci.timens_offset", "H12"),
             ("org.systemd.property.SuccessAction", "H13"), ("org.criu.config", "H14"), ("io.katacontainers.config.hypervisor.path", "H15"), ("dev.gvisor.flag.debug", "H15"),
             ("io.kubernetes.cri-o.Devices", "H16"), ("cdi.k8s.io/x", "H17"), ("containerd.io/restart.loguri", "H18")):
    row(i, ANNOT(k), "refuse", "annotations")
row("A03", SET("/process/selinuxLabel", "system_u:system_r:unconfined_t:s0"), "refuse", "selinux-label")

# --- other spellings of the same -----------------------------------------------------------------
B = lambda src, *opt, dst="/mnt/x", **more: [{"op": "add", "path": "/mounts/-", "value": {"destination": dst, "type": "bind", "source": src, "options": list(opt) or ["rbind", "ro", "nosuid", "nodev"], **more}}]
for s in ("/.", "//", "/proc/1/root", "/usr/..", "/./", "../../../../../../../.."):
    row("M01", B(s), "refuse", "host-mounts")
row("M01", B("/", "bind", "ro"), "refuse", "host-mounts")
row("M01", [{"op": "add", "path": "/mounts/-", "value": {"destination": "/mnt/x", "source": "/", "options": ["rro", "rbind"]}}], "refuse", "host-mounts")
for s in ("/var/", "/run/.", "/opt", "/var/lib", "//usr", "/var/../var", "/home/"):
    row("M02", B(s), "refuse", "host-mounts")
row("M03", B("@TMP@/link-etc/"), "refuse", "host-mounts")
row("M03", B("@TMP@/dir/../link-etc"), "refuse", "host-mounts")
row("M03", B("@TMP@/dir/linked/passwd"), "refuse", "host-mounts")
row("M04", B("/proc/self/cwd"), "refuse", "host-mounts")
row("M04", B("/proc/thread-self/root/etc"), "refuse", "host-mounts")
row("M04", B("@TMP@/bound/etc"), "refuse", "host-mounts")
row("M04", B("@TMP@/bound/etc/certs"), "refuse", "host-mounts")
row("M04", B("@TMP@/file", dst="/mnt/file"), "refuse", "host-mounts")
row("M04", B("@TMP@/bound", "rbind", "ro"), "refuse", "host-mounts")
row("M04", B("@TMP@/proc", "bind", "ro"), "refuse", "host-mounts")
row("M04", B("@TMP@/holds", "rbind", "ro"), "refuse", "host-mounts")
row("M05", [{"op": "add", "path": "/mounts/-", "value": {"destination": "/x", "type": "proc", "source": "/etc", "options": ["ro", "bind"]}}], "refuse", "host-mounts")
row("M05", [{"op": "add", "path": "/mounts/-", "value": {"destination": "/x", "type": "", "source": "/etc", "options": ["bind"]}}], "refuse", "host-mounts")
for o in (["lowerdir=@TMP@/dir", "lowerdir+=/etc"], ["lowerdir+=/etc", "lowerdir+=@TMP@/dir"], ["lowerdir=@TMP@/dir:/etc"], ["lowerdir=@TMP@/dir::/etc"], ["lowerdir=@TMP@/dir", "datadir+=/etc"],
          ["lowerdir=@TMP@/dir,upperdir=/etc/x", "workdir=@TMP@/run"], ["lowerdir=@TMP@/link-etc"], ["lowerdir=/proc/1/root/etc"], ["lowerdir=../../../../../../../etc"]):
    row("M06", MOUNT("overlay", "/x", *o), "refuse", "host-mounts", "mount-types")
for t in ("ext2", "ntfs3", "iso9660", "f2fs", "hfsplus", "EXT4", "zfs"):
    row("M07", MOUNT(t, "/x", source="@TMP@/others/x"), "refuse", "mount-types")
for t in ("fuseblk", "afs", "lustre", "glusterfs", "autofs", "nothing-known"):
    row("M08", MOUNT(t, "/x"), "refuse", "mount-types")
row("M10", B("@TMP@/holds/proc/sys/fs/binfmt_misc"), "refuse", "host-mounts")
for t in ("hugetlbfs", "resctrl", "rpc_pipefs", "functionfs"):
    row("M11", MOUNT(t, "/x"), "refuse", "mount-types")
row("M12", MOUNT("proc", "/proc/"), "refuse", "mount-destinations")
row("M12", MOUNT("proc", "/a/../proc2"), "refuse", "mount-destinations", "mount-types")
row("M13", SET("/mounts/3/options", ["nosuid", "noexec", "nodev", "rw"]), "harden", "sysfs-and-cgroup-read-only", after=[{"mount": "/sys", "has": "ro"}])
row("M13", SET("/mounts/3/options", ["nosuid", "noexec", "nodev", "ro", "rw"]), "harden", "sysfs-and-cgroup-read-only")
row("M13", SET("/mounts/3/options", ["nosuid,ro"]), "harden", "sysfs-and-cgroup-read-only", after=[{"mount": "/sys", "has": "ro"}])
row("M14", B("/proc/sys/kernel"), "refuse", "host-mounts")
row("M14", B("/proc/self"), "refuse", "host-mounts")
row("M15", B("/sys/kernel/debug"), "refuse", "host-mounts")
row("M15", B("/sys/class"), "refuse", "host-mounts")
row("M16", B("/sys/fs/cgroup", "rbind", "rw", dst="/cg"), "refuse", "host-mounts")
row("M17", MOUNT("cgroup2", "/cg", "ro"), "harden", "host-cgroup-namespace", "mount-options", after=[{"path": "/linux/namespaces", "has": {"type": "cgroup"}}])
row("M18", B("/run/docker.sock", dst="/s"), "refuse", "host-mounts", "engine-socket")
row("M19", B("@TMP@/run"), "refuse", "engine-socket")
row("M19", B("@TMP@/deep"), "refuse", "engine-socket")
for s in ("/run/systemd", "/run/dbus", "/run/user/1000", "/var/run/docker", "/run/containerd", "/var/run/nri", "/run/credentials"):
    row("M19", B(s), "refuse", "host-mounts", "engine-socket")
for s in ("/dev/kvm", "/dev/fuse", "/dev/net/tun", "/dev/mapper", "/dev/disk/by-id", "/dev/vfio", "/dev/null", "/dev/port"):
    row("M20", B(s), "refuse", "host-mounts", "devices")
for s in ("/etc/shadow", "/etc/sudoers.d", "/etc/ld.so.preload", "/etc/ssh", "/etc/kubernetes/pki", "/etc/docker", "/etc/containers/oci/hooks.d", "/etc/systemd/system", "/etc/resolv.conf/..", "/etc/ssl/../shadow"):
    row("M21", B(s), "refuse", "host-mounts")
row("M21", B("/etc/resolv.conf", "rbind", "rw", "nosuid", "nodev", dst="/mnt/file"), "refuse", "host-mounts")
row("M21", B("/etc/resolv.conf", "rbind", "x,ro", "nosuid", "nodev", dst="/mnt/file"), "refuse", "host-mounts")
for s in ("/root/.ssh", "/home/a", "/home/a/.kube/config", "/home/a/.aws", "/home/a/x/.gnupg", "/root/.docker/config.json"):
    row("M22", B(s), "refuse", "host-mounts")
for s in ("/var/lib/kubelet", "/var/lib/kubelet/pki", "/var/lib/kubelet/pods", "/var/lib/etcd", "/var/lib/etcd/member", "/etc/kubernetes", "/etc/kubernetes/admin.conf",
          "/var/lib/kubelet/pods/0aaa0aaa-0000-0000-0000-000000000000/volumes/kubernetes.io~projected/kube-api-access-x", "/var/lib/kubelet/pods/0aaa0aaa-0000-0000-0000-000000000000/volumes"):
    row("M23", B(s), "refuse", "host-mounts")
for s in ("/var/lib/docker", "/var/lib/docker/overlay2", "/var/lib/containerd", "/var/lib/containers/storage", "/run/containerd/io.containerd.runtime.v2.task", "/run/runc", "/var/lib/docker/volumes", "/run/sallyport"):
    row("M24", B(s), "refuse", "host-mounts")
row("M24", B("@TMP@", dst="/run/secrets"), "refuse", "host-mounts")
row("M25", B("/var/log", "rbind", "rw", "nosuid", "nodev"), "refuse", "host-mounts")
row("M25", B("/var/log/pods", "rbind", "rw", "nosuid", "nodev"), "refuse", "host-mounts")
row("M25", B("/var/log"), "warn", "host-mounts")
row("M25", B("/var/log/apt"), "warn", "host-mounts")
for s in ("/lib/modules", "/usr/src", "/usr", "/usr/lib/x86_64-linux-gnu"):
    row("M26", B(s, "rbind", "rw", "nosuid", "nodev"), "refuse", "host-mounts")
row("M26", B("/usr/bin"), "refuse", "host-mounts")
row("M26", B("/lib/modules"), "pass")
for s in ("/var/spool/cron", "/var/spool/cron/crontabs", "/etc/cron.d", "/var/spool/at", "/run/systemd/system", "/usr/local/sbin", "/etc/profile.d", "/run/udev/rules.d", "/var/lib/dpkg/info", "/usr/local/lib/x", "/opt/cni/bin"):
    row("M27", B(s), "refuse", "host-mounts")
for s in ("/var/lib/lxcfs", "/var/lib/lxcfs/cgroup", "/var/lib/lxcfs/"):
    row("M28", B(s, "rbind", "rw", "nosuid", "nodev"), "refuse", "host-mounts")
for s in ("/usr/sbin/runc", "/sbin/runc", "/var/lib/sallyport", "/var/log/sallyport", "/etc/sallyport", "/usr/bin/docker", "/run/sallyport"):
    row("M29", B(s), "refuse", "host-mounts")
row("M30", MOUNT("tmpfs", "/x", "rshared", "size=1m", "nosuid", "nodev"), "refuse", "mount-propagation")
row("M30", B("@TMP@/dir", "rbind", "rslave", "rshared"), "refuse", "mount-propagation")
row("M30", B("@TMP@/dir", "rbind", "ro", "x,rshared"), "refuse", "mount-propagation")
for p in ("rshared", "unbindable", "runbindable", "nonsense"):
    row("M31", SET("/linux/rootfsPropagation", p), "harden", "rootfs-propagation", after=[{"path": "/linux/rootfsPropagation", "is": "rslave"}])
row("M32", B("@TMP@/dir", "rbind", "ro", "nosuid", "nodev"), "harden", "mount-options", after=[{"mount": "/mnt/x", "has": "rro"}])
row("M32", B("@TMP@/dir", "rbind", "rro", "rrw", "nosuid", "nodev"), "harden", "mount-options", after=[{"mount": "/mnt/x", "lacks": "rrw"}])
row("M33", B("@TMP@/dir", "rbind", "ro", "nosuid,nodev"), "harden", "mount-options", after=[{"mount": "/mnt/x", "has": "nosuid"}, {"mount": "/mnt/x", "has": "nodev"}])
row("M33", B("@TMP@/dir", "rbind", "ro"), "harden", "mount-options", after=[{"mount": "/mnt/x", "has": "nosuid"}, {"mount": "/mnt/x", "has": "nodev"}])
for o in ("suid", "dev", "rsuid", "rdev", "rexec"):
    row("M34", B("@TMP@/dir", "rbind", "nosuid", "nodev", o), "harden", "mount-options", after=[{"mount": "/mnt/x", "lacks": o}, {"mount": "/mnt/x", "has": "nosuid"}, {"mount": "/mnt/x", "has": "nodev"}])
row("M34", B("@TMP@/dir", "rbind", "nosuid", "nodev", "noexec,suid"), "refuse", "mount-options")
row("M35", B("@TMP@/dir", "bind", "remount", "rw", dst="/proc"), "refuse", "mount-options", "mount-destinations")
row("M35", B("@TMP@/dir", "bind", "x,remount", "rw", dst="/mnt/y"), "refuse", "mount-options", "mount-destinations")
for d in ("/proc/", "/sys//", "/dev/../proc"):
    row("M35", MOUNT("tmpfs", d, "size=1m"), "refuse", "mount-destinations")
row("M35", B("@TMP@/dir") + B("@TMP@/others", dst="/mnt//x/"), "refuse", "mount-destinations")
for d in ("/proc/self/attr", "/sys/kernel", "/linked-proc", "/linked-proc/kernel", "/x/..", "/proc/1"):
    row("M36", B("@TMP@/dir", dst=d), "refuse", "mount-destinations")
for d in ("/dev/pts", "/dev/ptmx", "/dev/console", "/dev/pts/0", "/linked-dev", "/linked-dev/null", "/dev/./null"):
    row("M37", B("@TMP@/dir", dst=d), "refuse", "mount-destinations")
row("M39", B("@TMP@/dir", "rbind", "rw", "nosuid", "nodev", dst="/vol") + B("@TMP@/others", dst="/vol/sub"), "refuse", "mount-destinations")
row("M39", B("@TMP@/dir", "rbind", "rw", "nosuid", "nodev", dst="/vol") + MOUNT("tmpfs", "/vol/sub", "size=1m", "nosuid", "nodev"), "refuse", "mount-destinations")
row("M39", B("@TMP@/dir", "rbind", "rw", "nosuid", "nodev", dst="/vol") + B("@TMP@/others", dst="/vol/linked/x"), "refuse", "mount-destinations")
row("M40", B("@TMP@/dir", "rbind", "idmap", "nosuid", "nodev", uidMappings=[{"containerID": 0, "hostID": 1000, "size": 1}], gidMappings=[{"containerID": 0, "hostID": 1000, "size": 1}]), "refuse", "mount-options")
row("M40", B("@TMP@/dir", "rbind", "ro", "nosuid", "nodev", "ridmap=uids=0-1000-1;gids=0-0-1"), "refuse", "mount-options")
row("M40", B("@TMP@/dir", "rbind", "rw", "nosuid", "nodev", "idmap"), "refuse", "mount-options")
row("M41", MOUNT("tmpfs", "/x", "size=1m", "nosuid", "nodev", "copy-symlink"), "refuse", "mount-options")
row("M42", MOUNT("tmpfs", "/x", "nosuid", "nodev", "size=0"), "harden", "tmpfs-size")
row("M42", MOUNT("tmpfs", "/x", "nosuid", "nodev", "size=100%"), "harden", "tmpfs-size")
row("M42", MOUNT("tmpfs", "/x", "nosuid", "nodev", "size=99999999g"), "harden", "tmpfs-size")
row("M42", MOUNT("tmpfs", "/x", "size=1m"), "harden", "tmpfs-size", after=[{"mount": "/x", "has": "nosuid"}])
row("M42", MOUNT("ramfs", "/x", "nosuid", "nodev"), "refuse", "mount-types")
row("M43", B("/dev/mqueue", dst="/dev/mqueue"), "refuse", "host-mounts", "mount-destinations")
row("M43", B("/dev/shm", dst="/x"), "refuse", "host-mounts")
row("M44", MOUNT("tmpfs", "/x", "size=1m", "nosuid", "nodev", "x,context=system_u:object_r:etc_t:s0"), "refuse", "mount-options")
row("M44", SET("/linux/mountLabel", "system_u:object_r:container_file_t:s0:c1,c2") + MOUNT("tmpfs", "/x", "size=1m", "nosuid", "nodev", 'context="system_u:object_r:etc_t:s0"'), "refuse", "mount-options")
for s in ("/var/lib/cloud", "/etc/machine-id", "/run/secrets", "/var/lib/waagent", "/run/credentials/x", "/var/lib/cloud/instance/user-data.txt"):
    row("M45", B(s), "refuse", "host-mounts")
for o in ("symfollow", "rsymfollow"):
    row("M46", B("@TMP@/dir", "rbind", "rro", "nosuid", "nodev", o), "warn", "mount-options")

row("N02", SET("/process/user", {"uid": 1000, "gid": 1000}) + NOCAPS + NS("mount", "network", "uts", "ipc"), "refuse", "host-pid-namespace")
for p in ("/proc/1/ns/net", "/proc/self/task/../ns/net", "/proc/thread-self/ns/net"):
    row("N04", NS("mount", {"type": "network", "path": p}, "uts", "pid", "ipc"), "refuse", "host-network-namespace")
row("N05", NS(*ALL, {"type": "time", "path": "/proc/self/ns/time"}), "refuse", "time-namespace")
row("N05", NS("mount", "network", {"type": "uts", "path": "/proc/1/ns/uts"}, "pid", "ipc", "cgroup"), "refuse", "host-uts-namespace")
row("N05", NS("mount", "network", "uts", {"type": "pid", "path": "/proc/1/ns/pid_for_children"}, "ipc"), "refuse", "host-pid-namespace")
row("N06", NS("mount", {"type": "network", "path": "/run/netns/none"}, "uts", "pid", "ipc"), "refuse", "host-network-namespace")
row("N07", NS("network", "uts", "pid", "ipc", {"type": "mount", "path": "/proc/1/ns/mnt"}), "refuse", "mount-namespace")
row("N11", [], "harden", "run-as-non-root", after=[{"path": "/process/user/uid", "is_not": 0}])
row("N12", USERNS(999, 65536), "refuse", "id-mapping-ranges")
row("N12", USERNS(1, 100), "refuse", "id-mapping-ranges")
row("N12", NS(*ALL, "user") + SET("/linux/uidMappings", [{"containerID": 0, "hostID": 100000, "size": 10}, {"containerID": 10, "hostID": 0, "size": 1}]) + SET("/linux/gidMappings", [{"containerID": 0, "hostID": 100000, "size": 10}]), "refuse", "user-namespace")
row("N12", NS(*ALL, "user"), "refuse", "user-namespace")
row("N13", NS(*ALL, {"type": "user", "path": "/proc/self/ns/user"}) + SET("/linux/uidMappings", [{"containerID": 0, "hostID": 100000, "size": 10}]), "refuse", "user-namespace")
for g in (6, 42, 27):
    row("N14", USERNS(100000) + SET("/linux/gidMappings", [{"containerID": 0, "hostID": 100000, "size": 10}, {"containerID": 10, "hostID": g, "size": 1}]), "refuse", "id-mapping-ranges", "user-namespace")
row("N15", NS(*ALL, "time") + SET("/linux/timeOffsets", {"monotonic": {"secs": -100000}}), "warn", "time-namespace")
row("N16", NS(*ALL, {"type": "network", "path": "/proc/1/ns/net"}), "refuse", "namespace-conflicts")
row("N16", NS({"type": "pid", "path": "/proc/1/ns/pid"}, *ALL), "refuse", "namespace-conflicts")
row("N16", NS(*ALL, "pid"), "refuse", "namespace-conflicts")
row("N16", NS(*ALL, "Network"), "refuse", "namespace-conflicts")

for s in ("effective", "permitted", "ambient", "inheritable", "bounding"):
    row("P02", NOCAPS + CAP("CAP_SYS_ADMIN", s), "refuse", "dangerous-capabilities")
row("P03", CAP("CAP_SYS_MODULE", "ambient"), "refuse", "dangerous-capabilities")
for c in ("cap_sys_admin", "SYS_ADMIN", "CAP_SYS_ADMIN ", "ALL", "CAP_63"):
    row("P13", CAP(c), "refuse", "dangerous-capabilities", "drop-capabilities", "document-shape")
row("P14", [{"op": "add", "path": "/process/noNewPrivileges", "value": None}], "harden", "no-new-privileges", after=[{"path": "/process/noNewPrivileges", "is": True}])
for g in (0, 6, 42, 27, "@GID:docker@"):
    row("P16", SET("/process/user", {"uid": 1000, "gid": 1000, "additionalGids": [g, 1001]}), "harden", "no-root-group", after=[{"path": "/process/user/additionalGids", "is": [1001]}])
row("P16", SET("/process/user", {"uid": 1000, "gid": 6}), "refuse", "no-root-group")
row("P16", SET("/process/user", {"uid": 1000, "gid": 0}), "warn", "no-root-group")
for u in (-1, 4294967295, 2147483648, 4294967296, 18446744073709551616, 1.5, "0"):
    row("P17", SET("/process/user", {"uid": u, "gid": 1000}), "refuse", "document-shape")
row("P17", SET("/process/user", {"uid": 1000, "gid": 4294967295}), "refuse", "document-shape")
row("P17", SET("/process/user", {"uid": 1000, "gid": 1000, "username": "root"}), "refuse", "document-shape")
for c in ("/proc", "/proc/self/fd/7/", "/proc/self/cwd", "/x/../proc/self", "/linked-cwd", "/linked-cwd/..", "//proc/self/fd/3", "/./proc/1/root", ""):
    row("P18", SET("/process/cwd", c), "refuse", "working-directory")
row("P19", SET("/process/args", ["/proc/self/exe"]), "warn", "runtime-program")
row("P19", SET("/process/env", ["PATH=/proc/self/fd:/bin"]), "warn", "runtime-program")
row("P20", SET("/process/env/-", "LD_PRELOAD=/x.so") + HOOK("createContainer"), "refuse", "hooks")
row("P22", [], "harden", "seccomp-profile", after=[{"seccomp": "ioctl", "arg": 1, "value": 0x5412, "runs": False}])
row("P22", SECCOMP(syscalls=[{"names": ["read", "write", "execve", "exit_group", "ioctl"], "action": "SCMP_ACT_ALLOW"}]), "harden", "seccomp-allowed-syscalls",
    after=[{"seccomp": "ioctl", "arg": 1, "value": v, "runs": r} for v, r in ((0x5412, False), (0x541c, False), (0x1_0000_5412, False), (0x5401, True), (0x5413, True), (0x541b, True), (0x80045430, True), (0xffffffff, True))])
row("P23", SET("/process/oomScoreAdj", -1), "harden", "oom-controls", after=[{"path": "/process/oomScoreAdj", "is": 0}])
row("P24", SET("/process/rlimits", [{"type": "RLIMIT_CORE", "hard": 18446744073709551615, "soft": 18446744073709551615}]), "harden", "rlimits")
row("P24", SET("/process/rlimits", [{"type": "RLIMIT_NPROC", "hard": 18446744073709551615, "soft": 10}, {"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}]), "harden", "rlimits")
for p in ("SCHED_RR", "SCHED_DEADLINE"):
    row("P25", SET("/process/scheduler", {"policy": p, "priority": 1}), "refuse", "realtime-scheduling")
row("P27", SET("/linux/personality", {"domain": "LINUX"}), "harden", "kernel-personality", after=[{"path": "/linux/personality", "absent": True}])
for k, v in (("commandLine", "x"), ("execCPUAffinity", {"initial": "0"})):
    row("P28", SET("/process/" + k, v), "refuse", "document-shape")
for k in ("windows", "solaris", "zos", "freebsd"):
    row("P28", SET("/" + k, {}), "refuse", "document-shape")

row("S02", SECCOMP(defaultAction="SCMP_ACT_ALLOW", syscalls=[{"names": ["mount"], "action": "SCMP_ACT_ERRNO"}]), "harden", "seccomp-profile", after=[{"seccomp": "bpf", "runs": False}])
row("S04", SECCOMP(architectures=["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], syscalls=[{"names": ["read", "execve"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 38, "op": "SCMP_CMP_NE"}]}]), "harden", "seccomp-allowed-syscalls",
    after=[{"seccomp": "socketcall", "runs": False}, {"seccomp": "socket", "arg": 0, "value": 38, "runs": False}, {"seccomp": "socket", "arg": 0, "value": 40, "runs": False}])
row("S05", SECCOMP(architectures=[]), "harden", "seccomp-profile", after=[{"path": "/linux/seccomp/architectures/0", "is": "SCMP_ARCH_X86_64"}])
row("S06", SECCOMP(defaultAction="SCMP_ACT_NOTIFY"), "refuse", "seccomp-notify-agent")
row("S06", SECCOMP(listenerPath="/run/docker.sock"), "refuse", "seccomp-notify-agent")
row("S08", SECCOMP(syscalls=[{"names": ["read", "execve", "clone3"], "action": "SCMP_ACT_LOG"}]), "harden", "seccomp-allowed-syscalls", after=[{"seccomp": "clone3", "runs": False}])
row("S09", SECCOMP(syscalls=[{"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_NE"}, {"index": 0, "value": 0x40000, "op": "SCMP_CMP_NE"}]}]), "warn", "seccomp-lint")
for c in ("mount", "umount2", "pivot_root", "setns", "unshare", "fsopen", "move_mount", "open_tree", "bpf", "perf_event_open", "add_key", "io_uring_enter", "open_by_handle_at", "finit_module", "kexec_load", "ptrace",
          "process_vm_readv", "pidfd_getfd", "kcmp", "iopl", "swapon", "reboot", "acct", "quotactl", "quotactl_fd", "fanotify_init", "syslog", "clock_settime", "vhangup", "fspick", "sethostname"):
    row("S10", SECCOMP(syscalls=[{"names": ["read", "execve", c], "action": "SCMP_ACT_ALLOW"}]), "harden", "seccomp-allowed-syscalls", after=[{"seccomp": c, "runs": False}])
for f in (38, 40, 17, 15, 30, 21):
    row("S11", SECCOMP(syscalls=[{"names": ["read", "execve", "socket"], "action": "SCMP_ACT_ALLOW"}]), "harden", "seccomp-allowed-syscalls", after=[{"seccomp": "socket", "arg": 0, "value": f, "runs": f == 17}, {"seccomp": "socket", "arg": 0, "value": 0x1_0000_0000 + f, "runs": False}])
row("S11", SECCOMP(syscalls=[{"names": ["read", "execve"], "action": "SCMP_ACT_ALLOW"}, {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 21, "op": "SCMP_CMP_EQ"}]}]), "harden", "seccomp-allowed-syscalls",
    after=[{"seccomp": "socket", "arg": 0, "value": 21, "runs": False}])
row("S12", SECCOMP(syscalls=[{"names": ["read", "execve"], "action": "SCMP_ACT_ALLOW"}, {"names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 0x5412, "op": "SCMP_CMP_NE"}]}]), "harden", "seccomp-allowed-syscalls",
    after=[{"seccomp": "ioctl", "arg": 1, "value": v, "runs": False} for v in (0x5412, 0x541c, 0x1_0000_5412)])
row("S13", SECCOMP(syscalls=[{"names": ["read", "execve", "personality", "modify_ldt", "memfd_create", "execveat"], "action": "SCMP_ACT_ALLOW"}]), "warn", "seccomp-lint")
row("S15", SECCOMP(syscalls=[{"names": ["read", "execve", "from_the_future"], "action": "SCMP_ACT_ALLOW"}]), "warn", "seccomp-lint")
row("S16", SECCOMP(syscalls=[{"names": ["read", "execve"], "action": "SCMP_ACT_ALLOW"}]), "warn", "seccomp-lint")

row("D01", SET("/linux/resources/devices", [{"allow": True, "type": "a", "access": "rwm"}]), "refuse", "device-cgroup")
row("D01", SET("/linux/resources/devices", [{"allow": False, "access": "rwm"}, {"allow": True, "type": "a", "major": 8, "minor": 0, "access": "rwm"}]), "refuse", "device-cgroup")
row("D01", SET("/linux/resources/devices", [{"allow": True, "type": "c", "access": "rwm"}, {"allow": True, "type": "b", "access": "rwm"}]), "refuse", "device-cgroup")
row("D01", SET("/linux/resources/devices", [{"allow": True, "access": "rwm"}, {"allow": False, "type": "b", "major": 8, "access": "rwm"}]), "refuse", "device-cgroup")
row("D02", SET("/linux/resources/devices", []), "harden", "device-cgroup", after=[{"path": "/linux/resources/devices/0", "is": {"allow": False, "access": "rwm"}}])
row("D02", SET("/linux/resources/devices", None), "harden", "device-cgroup", after=[{"path": "/linux/resources/devices/0", "is": {"allow": False, "access": "rwm"}}])
row("D02", SET("/linux/resources/devices", [{"allow": True, "type": "c", "major": 1, "minor": 3, "access": "rwm"}]), "harden", "device-cgroup", after=[{"path": "/linux/resources/devices/0", "is": {"allow": False, "access": "rwm"}}])
for t, ma, mi in (("b", 7, -1), ("b", 253, None), ("c", 10, 229), ("c", 10, 223), ("c", 89, 0), ("c", 21, 0), ("c", 254, 0), ("b", 259, 0), ("c", 1, None), ("c", 1, -1), ("c", -1, -1), ("c", 10, 196)):
    rule = {"allow": True, "type": t, "access": "rw"}
    for k, v in (("major", ma), ("minor", mi)):
        if v is not None:
            rule[k] = v
    row("D03", [{"op": "add", "path": "/linux/resources/devices/-", "value": rule}], "refuse", "device-cgroup")
for d in ({"path": "/dev/x", "type": "c", "major": 1, "minor": 1}, {"path": "/dev/../etc/x", "type": "c", "major": 1, "minor": 3}, {"path": "/dev//null", "type": "c", "major": 1, "minor": 3},
          {"path": "/dev/null", "type": "c", "major": 1, "minor": 5}, {"path": "/dev/null", "type": "b", "major": 253, "minor": 0}, {"path": "dev/x", "type": "c", "major": 1, "minor": 3}, {"path": "/dev/x", "type": "u", "major": 1, "minor": 1},
          {"path": "/linked-dev/x", "type": "c", "major": 1, "minor": 3}, {"path": "/dev/kvm", "type": "c", "major": 10, "minor": 232, "fileMode": 438}):
    row("D04", SET("/linux/devices", [d]), "refuse", "devices")
row("D05", CAP("CAP_MKNOD"), "harden", "drop-capabilities", after=NOCAP("CAP_MKNOD"))
for p in ("//", "/.", "/x/../..", "system.slice:x:../../y", "/init.scope/x", "/docker/0123456789012345678901234567890123456789012345678901234567890123/x", "/user.slice", "-.slice:x:y/z"):
    row("D06", SET("/linux/cgroupsPath", p), "refuse", "cgroup-parent")
row("D07", SET("/linux/cgroupsPath", "@CGROUP@"), "refuse", "cgroup-parent")
row("D07", SET("/linux/cgroupsPath", "@CGROUP@/holder"), "refuse", "cgroup-parent")
for k, v in (("cgroup.freeze", "1"), ("cgroup.subtree_control", "+memory"), ("/memory.max", "1"), ("memory.max/x", "1"), ("devices.allow", "a"), ("release_agent", "/x"), ("memory.force_empty", "1"), ("pids.max", "max"), ("cpuset.cpus.partition", "root"), ("MEMORY.MAX", "1")):
    row("D08", SET("/linux/resources/unified", {k: v}), "harden", "cgroup-unified", after=[{"path": "/linux/resources/unified", "is": {}}])
for n in (0, -1, 4194304, 9223372036854775807):
    row("D09", SET("/linux/resources/pids", {"limit": n}), "harden", "resource-pids", after=[{"path": "/linux/resources/pids/limit", "is": 4096}])
row("D10", SET("/linux/resources/memory", {"swap": -1}), "harden", "oom-controls", after=[{"path": "/linux/resources/memory/swap", "absent": True}])
row("D10", SET("/linux/resources/memory", {"swap": -1, "limit": 1000000}), "harden", "oom-controls", after=[{"path": "/linux/resources/memory/swap", "is": 2000000}])
row("D10", SET("/linux/resources/memory", {"useHierarchy": False, "limit": 1000000000}), "harden", "oom-controls", after=[{"path": "/linux/resources/memory/useHierarchy", "absent": True}])
row("D11", SET("/linux/resources/cpu", {"realtimeRuntime": 100000}), "refuse", "realtime-scheduling")
row("D12", SET("/linux/resources/network", {"classID": 1048577}), "warn", "shared-resources")
row("D12", SET("/linux/resources/network", {"priorities": [{"name": "eth0", "priority": 1}]}), "warn", "shared-resources")
row("D12", SET("/linux/resources/hugepageLimits", [{"pageSize": "2MB", "limit": 18446744073709551615}]), "warn", "shared-resources")
row("D13", [], "warn", "shared-resources")
row("D10", [], "warn", "shared-resources")
row("D11", [], "warn", "shared-resources")
row("P24", [], "warn", "rlimits")
row("D14", SET("/linux/intelRdt", {"closID": "web", "schemata": ["L3:0=ff"]}), "refuse", "cache-allocation")
row("D14", SET("/linux/intelRdt", {"l3CacheSchema": "L3:0=ff"}), "refuse", "cache-allocation")
for c in ("../x", ".", "a/b", ""):
    row("D14", SET("/linux/intelRdt", {"closID": c}), "refuse", "cache-allocation")
row("D16", CAP("CAP_SYS_ADMIN") + MOUNT("cgroup", "/cg", "rw", "devices"), "refuse", "dangerous-capabilities")
row("D15", CAP("CAP_SYS_ADMIN") + MOUNT("cgroup", "/cg", "rw"), "refuse", "dangerous-capabilities")
row("D17", SET("/linux/memoryPolicy", {"mode": "MPOL_BIND", "nodes": "0"}), "warn", "shared-resources")

row("K01", SET("/linux/readonlyPaths", None), "harden", "readonly-paths", after=[{"path": "/linux/readonlyPaths", "has": "/proc/sys"}])
row("K01", SET("/linux/readonlyPaths", ["/proc/sys/kernel"]), "harden", "readonly-paths", after=[{"path": "/linux/readonlyPaths", "has": "/proc/sys"}])
row("K02", SET("/linux/readonlyPaths", ["/proc/sys", "/proc/bus", "/proc/fs", "/proc/irq"]), "harden", "readonly-paths", after=[{"path": "/linux/readonlyPaths", "has": "/proc/sysrq-trigger"}])
row("K03", SET("/linux/maskedPaths", ["/proc/kcore"]), "harden", "masked-paths", after=[{"path": "/linux/maskedPaths", "has": p} for p in ("/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/proc/scsi", "/proc/acpi", "/sys/firmware", "/sys/devices/virtual/powercap", "/proc/interrupts")])
for p in ("/proc/./kcore", "//proc/kcore", "/proc/kcore/", "/proc/self/../kcore", "proc/kcore"):
    row("K04", SET("/linux/maskedPaths", [p]), "refuse", "masked-paths")
row("K05", MOUNT("tmpfs", "/proc/sys", "size=1m"), "refuse", "mount-destinations")
row("K05", B("@TMP@/dir", dst="/sys/firmware"), "refuse", "mount-destinations")
row("K06", B("@TMP@/dir", dst="/dev"), "refuse", "mount-destinations")
row("K06", DEL("/mounts/1"), "harden", "rootfs-path", after=[{"mount": "/dev", "has": "nosuid"}])
row("K07", SET("/mounts/0/options", []), "harden", "mount-options", after=[{"mount": "/proc", "has": o} for o in ("nosuid", "noexec", "nodev")])
row("K07", DEL("/mounts/0/options"), "harden", "mount-options", after=[{"mount": "/proc", "has": o} for o in ("nosuid", "noexec", "nodev")])
for k in ("kernel.hotplug", "kernel.poweroff_cmd", "kernel.sysrq", "kernel.panic", "kernel.randomize_va_space", "kernel.kptr_restrict", "kernel.dmesg_restrict", "kernel.unprivileged_bpf_disabled", "fs.suid_dumpable", "fs.mqueue", "net", "kernel/core_pattern", "user.max_user_namespaces"):
    row("K08", SET("/linux/sysctl", {k: "1"}), "refuse", "sysctls")
row("K09", NS("mount", "uts", "pid", "ipc") + SET("/linux/sysctl", {"net.ipv4.ip_forward": "1"}), "refuse", "sysctls", "host-network-namespace")
for k, v in (("net/ipv4.ip_forward", "1"), ("net..ipv4", "1"), ("net.ipv4.ip_forward", "1+x"), ("net.ipv4/../../kernel/core_pattern", "x"), ("net.ipv4.conf.a b.x", "1")):
    row("K10", SET("/linux/sysctl", {k: v}), "refuse", "sysctls")
for k in ("net.ipv4.ip_forward", "net.core.bpf_jit_enable"):
    row("K11", SET("/linux/sysctl", {k: "1"}), "warn", "sysctls")
row("K12", SET("/mounts/3/options", ["rw"]) + DEL("/linux/readonlyPaths"), "harden", "readonly-paths", after=[{"mount": "/sys", "has": "ro"}, {"path": "/linux/readonlyPaths", "has": "/proc/sys"}])

for p in ("/usr", "/home", "/var/lib/docker", "/proc/1/root", "/root", "/opt", "/.", "/etc/.."):
    row("F01", SET("/root/path", p), "refuse", "rootfs-path")
row("F01", SET("/root/path", "../../../../../../etc"), "refuse", "rootfs-path")
row("F01", SET("/root/path", "@TMP@/bound/etc"), "refuse", "rootfs-path")
row("F02", SET("/root/path", "@TMP@/dir/../link-rootfs/."), "refuse", "rootfs-path")
row("F04", SET("/root/path", "@TMP@/rootfs-others"), "refuse", "rootfs-path", live=("echo RAN", "^RAN"))
row("F01", SET("/root/path", "@TMP@/rootfs-holds"), "refuse", "rootfs-path", live=("head -c 4 /mnt/passwd", "^root"))
for p in ("/srv", "/mnt", "/media"):
    row("F01", SET("/root/path", p), "refuse", "rootfs-path")
row("M04", B("@TMP@/layers"), "refuse", "host-mounts", live=("head -c 4 /mnt/x/passwd", "^root"))
row("M04", B("@TMP@/layers/ssl"), "refuse", "host-mounts")
row("M06", MOUNT("overlay", "/x", "lowerdir=@TMP@/dir:@TMP@/others"), "refuse", "mount-types", live=("grep ' /x overlay' /proc/mounts && echo MOUNTED", "MOUNTED"))
row("D02", DEL("/linux/resources/devices"), "harden", "device-cgroup", live=("mknod /tmp/k c 10 237; head -c 0 /tmp/k && echo OPENED", "OPENED"), runtime="crun")
row("F06", CAP("CAP_DAC_READ_SEARCH", "bounding"), "refuse", "dangerous-capabilities")
row("F07", [], "harden", "no-new-privileges", after=[{"path": "/process/noNewPrivileges", "is": True}])
row("F08", NS("mount", "network", "pid", "ipc") + SET("/domainname", "x"), "harden", "host-uts-namespace", after=[{"path": "/linux/namespaces", "has": {"type": "uts"}}])

row("H01", SET("/hooks", {"prestart": [{"path": "/usr/bin/../bin/true"}]}), "refuse", "hooks")
row("H03", HOOK("createRuntime", "true"), "refuse", "hooks")
row("H03", HOOK("createRuntime", "@ROOTFS@/bin/busybox"), "refuse", "hooks")
row("H03", HOOK("createRuntime", "/proc/self/exe"), "refuse", "hooks")
row("H04", HOOK("prestart", "/usr/bin/nvidia-container-runtime-hook"), "refuse", "hooks")
for k, i in (("run.oci.hooks.stdout ", "H05"), ("run.oci.anything_new", "H05"), ("run.oci.keep_original_groups", "H09"), ("krun.ram_mib", "H10"), ("org.systemd.property.ExecStart", "H13"), ("org.systemd.property.Slice", "H13"),
             ("org.criu.anything", "H14"), ("io.katacontainers.x", "H15"), ("io.kubernetes.cri-o.userns-mode", "H16"), ("io.kubernetes.cri-o.UnifiedCgroup.web", "H16"), ("io.kubernetes.cri-o.cgroup2-mount-hierarchy-rw", "H16"),
             ("io.kubernetes.cri-o.TrySkipVolumeSELinuxLabel", "H16"), ("devices.nri.io/container.x", "H17"), ("cdi.k8s.io/nvidia", "H17"), ("containerd.io/restart.logpath", "H18")):
    row(i, ANNOT(k, ""), "refuse", "annotations")
row("S14", ANNOT("run.oci.seccomp_bpf_data"), "refuse", "annotations")
row("A03", SET("/process/selinuxLabel", "system_u:system_r:spc_t:s0:c1,c2"), "refuse", "selinux-label")
row("A03", SET("/process/selinuxLabel", "container_t"), "refuse", "selinux-label")
row("A04", SET("/linux/mountLabel", "system_u:object_r:etc_t:s0"), "refuse", "selinux-label")
row("A05", MOUNT("proc", "/proc3"), "refuse", "mount-types")
row("A06", MOUNT("tmpfs", "/proc/self/attr", "size=1m"), "refuse", "mount-destinations")

# --- what an ordinary container holds starts, and nothing is said of it -----------------------------
for p in ([], B("@TMP@/dir", "rbind", "rro", "nosuid", "nodev"), B("@TMP@/dir", "rbind", "rw", "nosuid", "nodev"), B("/etc/localtime", "rbind", "ro", dst="/etc/localtime"), MOUNT("tmpfs", "/x", "nosuid", "nodev", "noexec", "size=64m"),
          SET("/process/user", {"uid": 1000, "gid": 1000, "additionalGids": [1000, 2000]}), ANNOT("org.opencontainers.image.title", "x"), ANNOT("io.kubernetes.cri.container-type", "container"),
          SET("/linux/sysctl", {"net.ipv4.ip_unprivileged_port_start": "0"}), SET("/linux/cgroupsPath", "/sallyport-breakouts/other"), SET("/linux/cgroupsPath", "system.slice:docker:row"),
          B("/home/a/work/src", "rbind", "rw", "nosuid", "nodev"), B("/srv", "rbind", "rro", "nosuid", "nodev"), CAP("CAP_CHOWN"), SET("/process/oomScoreAdj", 500), SET("/linux/rootfsPropagation", "rslave"),
          SET("/linux/resources/unified", {"memory.high": "100000000"}), SET("/linux/maskedPaths", ["/proc", "/sys/firmware"]) ):
    row("ordinary", p, "pass")

json.dump(rows, open("rows.json", "w"), indent=None, separators=(",", ":"))
text = open("rows.json").read().replace('},{"id"', '},\n{"id"')
open("rows.json", "w").write(text + "\n")
print(len(rows), "rows of", len({r["id"] for r in rows}), "conditions")
