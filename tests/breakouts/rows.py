"""The rows of the breakout catalogue as data: what each changes in base.json, and how it must end.

Run to write rows.json (kept in the tree; the tests read that). Fields of a row:
  id, patch (RFC 6902 over config.json; @TMP@, @ROOTFS@ stand for the test's directories),
  want: refuse | harden | warn | parser | shim; rules: any of these must be named;
  after: conditions on the hardened config ({path, is | absent | lacks | has});
  live: a command for busybox sh in the container and the pattern (ERE) that its output has when the
  condition works, tried under the bare runtime and under the gate (tests/e2e/breakouts.sh);
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
def row(id, patch, want, *rules, after=(), live=None, host=None):
    r = {"id": id, "patch": patch, "want": want, "rules": list(rules), "after": list(after)}
    if live:
        r["live"] = {"run": live[0], "works": live[1]}
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
row("M34", BIND("@TMP@/dir", "/x", "rbind", "suid", "dev", "exec"), "refuse", "mount-options")
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
row("N16", NS(*ALL, {"type": "pid", "path": "/proc/1/ns/pid"}), "refuse", "namespace-conflicts")
row("N17", SET("/linux/netDevices", {"eth0": {}}), "refuse", "network-devices")

# process
row("P01", CAP("CAP_SYS_ADMIN") + DEL("/linux/maskedPaths") + DEL("/linux/readonlyPaths") + SET("/linux/resources/devices", [{"allow": True, "access": "rwm"}]), "refuse")
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
row("P15", [], "harden", "run-as-non-root", after=[{"path": "/process/user/uid", "is_not": 0}], live=("id -u", "^0$"))
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
row("K01", DEL("/linux/readonlyPaths"), "harden", "readonly-paths", after=[{"path": "/linux/readonlyPaths", "has": "/proc/sys"}], live=("[ -w /proc/sys/kernel/core_pattern ] && echo WRITABLE", "WRITABLE"))
row("K01", SET("/linux/readonlyPaths", []), "harden", "readonly-paths", after=[{"path": "/linux/readonlyPaths", "has": "/proc/sys"}], live=("[ -w /proc/sys/kernel/core_pattern ] && echo WRITABLE", "WRITABLE"))
row("K02", SET("/linux/readonlyPaths", ["/proc/sys"]), "harden", "readonly-paths", after=[{"path": "/linux/readonlyPaths", "has": "/proc/sysrq-trigger"}, {"path": "/linux/readonlyPaths", "has": "/proc/bus"}], live=("[ -w /proc/irq/default_smp_affinity ] && echo WRITABLE", "WRITABLE"))
row("K03", DEL("/linux/maskedPaths"), "harden", "masked-paths", after=[{"path": "/linux/maskedPaths", "has": "/proc/kcore"}, {"path": "/linux/maskedPaths", "has": "/sys/firmware"}], live=("cat /proc/keys >/dev/null && wc -c /proc/timer_list", "^[1-9]"))
row("K04", SET("/linux/readonlyPaths", ["/proc/./bus", "//proc/fs", "/proc/irq/", "/proc/self/../sys", "proc/sysrq-trigger"]), "refuse", "readonly-paths")
for k in ("kernel.core_pattern", "kernel.modprobe", "vm.overcommit_memory", "fs.file-max", "dev.tty.legacy_tiocsti", "kernel.yama.ptrace_scope"):
    row("K08", SET("/linux/sysctl", {k: "1"}), "refuse", "sysctls")
row("K09", NS("mount", {"type": "network", "path": "/proc/1/ns/net"}, "uts", "pid", "ipc") + SET("/linux/sysctl", {"net.ipv4.ip_forward": "1"}), "refuse")
row("K09", NS("mount", "network", "uts", "pid") + SET("/linux/sysctl", {"kernel.shmmax": "1"}), "refuse")
row("K10", SET("/linux/sysctl", {"kernel/shm_rmid_forced": "1+kernel.core_pattern=|/x"}), "refuse", "sysctls")
row("K10", SET("/linux/sysctl", {"net.ipv4.tcp_syncookies": "1\nkernel.core_pattern=x"}), "refuse", "sysctls")
row("K11", SET("/linux/sysctl", {"net.ipv4.conf.all.route_localnet": "1"}), "warn", "sysctls")

# root filesystem
row("F01", SET("/root/path", "/etc"), "refuse", "rootfs-path")
row("F01", SET("/root/path", "/"), "refuse", "rootfs-path")
row("F02", SET("/root/path", "@TMP@/link-rootfs"), "refuse", "rootfs-path")
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

json.dump(rows, open("rows.json", "w"), indent=None, separators=(",", ":"))
text = open("rows.json").read().replace('},{"id"', '},\n{"id"')
open("rows.json", "w").write(text + "\n")
print(len(rows), "rows of", len({r["id"] for r in rows}), "conditions")
