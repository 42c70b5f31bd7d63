# A container as Gatekeeper's templates want to see it: the review of a Pod, from the document that
# the gate judges.
#
# What admission knows and a container start no longer does (ports, probes, quantities that were
# asked for, the name of a seccomp profile) is not there. Where a template passes what it cannot
# find (an image), there is an empty text: an allow-list then refuses.
package sallyport.gatekeeper.pod

import data.sallyport.lib

# Pods are admitted at their start. A step of an image build is none.
judged if {
	lib.starting
	not lib.building
}

review := {
	"uid": object.get(input.container, "id", ""),
	"kind": {"group": "", "version": "v1", "kind": "Pod"},
	"resource": {"group": "", "version": "v1", "resource": "pods"},
	"operation": "CREATE",
	"name": name,
	"namespace": namespace,
	"userInfo": {},
	"object": object_of_pod,
	"oldObject": null,
	"options": null,
	"dryRun": false,
	"namespaceObject": namespace_object,
}

target := {"object": object_of_pod, "namespace": namespace_object, "source": "Original"}

# What a violation becomes: text that is no text is printed.
finding(r) := object.union({"msg": text(object.get(r, "msg", "violation"))}, details(r)) if is_object(r)

else := {"msg": text(r)}

text(v) := v if is_string(v)

else := sprintf("%v", [v])

details(r) := {"metadata": {"details": r.details}} if object.get(r, "details", {}) != {}

else := {}

# --- the pod -------------------------------------------------------------------------------------

object_of_pod := {
	"apiVersion": "v1",
	"kind": "Pod",
	"metadata": {
		"name": name,
		"namespace": namespace,
		"labels": object.get(input.container, "labels", {}),
		"annotations": {k: v | some k, v in object.get(input.config, "annotations", {}); is_string(v)},
	},
	"spec": {
		"hostNetwork": host("network"),
		"hostPID": host("pid"),
		"hostIPC": host("ipc"),
		"hostUsers": host("user"),
		"securityContext": {
			"sysctls": [{"name": k, "value": v} | some k, v in object.get(linux, "sysctl", {})],
			"supplementalGroups": object.get(user, "additionalGids", []),
		},
		"containers": containers,
		"volumes": volumes,
	},
}

kubernetes := input.container.kubernetes if input.container.kubernetes.trusted

name := kubernetes.pod if kubernetes.pod

else := input.container.name if input.container.name

else := id if {
	id := input.container.id
	id != ""
}

else := "container"

# Whatever no orchestrator started is in the namespace of what says nothing.
namespace := kubernetes.namespace if kubernetes.namespace

else := "default"

# Of a namespace's labels a node knows the one that is its name.
namespace_object := {
	"apiVersion": "v1",
	"kind": "Namespace",
	"metadata": {"name": namespace, "labels": {"kubernetes.io/metadata.name": namespace}},
}

linux := object.get(input.config, "linux", {})

process := object.get(input.config, "process", {})

user := object.get(process, "user", {})

# No entry, or one of the host's: a container without a namespace of its own.
# Where nobody could look, the gate takes it for the host's.
host(type) if lib.host_namespace(type)

else if {
	lib.unknown(sprintf("/facts/namespaces/%s", [type]))
	input.gate.caller in {"shim", "hook"}
}

else if {
	type != "user"
	every n in object.get(linux, "namespaces", []) {
		n.type != type
	}
}

else := false

# --- its containers ------------------------------------------------------------------------------

# The process that holds a pod's namespaces is in no Pod's list.
containers := [] if input.container.scope == "sandbox"

else := [container]

container := {
	"name": container_name,
	"image": image,
	"command": object.get(process, "args", []),
	"env": env,
	"workingDir": object.get(process, "cwd", "/"),
	"tty": object.get(process, "terminal", false),
	"securityContext": object.union_n([
		{
			"privileged": privileged,
			"allowPrivilegeEscalation": object.get(process, "noNewPrivileges", false) == false,
			"readOnlyRootFilesystem": object.get(object.get(input.config, "root", {}), "readonly", false),
			"runAsUser": object.get(user, "uid", 0),
			"runAsGroup": object.get(user, "gid", 0),
			"runAsNonRoot": object.get(user, "uid", 0) != 0,
			"capabilities": {"add": sort(added), "drop": sort(dropped)},
			"seccompProfile": {"type": seccomp_type},
			"appArmorProfile": apparmor,
			"procMount": proc_mount,
		},
		selinux,
	]),
	"resources": {"limits": limits, "requests": requests},
	"volumeMounts": volume_mounts,
}

container_name := kubernetes.container if kubernetes.container

else := input.container.name if input.container.name

else := id if {
	id := input.container.id
	id != ""
}

else := "container"

# A name that the requester may have made up opens no allow-list.
image := input.container.image.name if input.container.image.trusted

else := input.container.image.name if kubernetes

else := ""

env := [{"name": name, "value": value} |
	some e in object.get(process, "env", [])
	i := indexof(e, "=")
	i > 0
	name := substring(e, 0, i)
	value := substring(e, i + 1, -1)
]

privileged if lib.privileged

else := false

proc_mount := "Default" if count(object.get(linux, "maskedPaths", [])) > 0

else := "Unmasked"

# --- capabilities: what was held beyond the usual, and what was taken of it -----------------------

usual := {
	"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
	"NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
}

known := usual | {
	"AUDIT_CONTROL", "AUDIT_READ", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "DAC_READ_SEARCH",
	"IPC_LOCK", "IPC_OWNER", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "NET_ADMIN",
	"NET_BROADCAST", "PERFMON", "SYSLOG", "SYS_ADMIN", "SYS_BOOT", "SYS_MODULE", "SYS_NICE",
	"SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG",
	"WAKE_ALARM",
}

held := {trim_prefix(upper(c), "CAP_") |
	some set in ["bounding", "effective", "permitted", "inheritable", "ambient"]
	some c in object.get(object.get(process, "capabilities", {}), set, [])
}

# Who keeps less than half of the usual ones dropped all and added some; others dropped a few.
dropped_all if count(held & usual) < 7

added := held if dropped_all

else := held - usual

dropped := {"ALL"} | (known - held) if dropped_all

else := known - held

# --- profiles ------------------------------------------------------------------------------------

# The profile's name is not in the document. A filter that lets through what engines' own do not is
# nobody's default.
seccomp_type := "Unconfined" if not linux.seccomp

else := "Unconfined" if input.facts.seccomp.default_allows

else := "Localhost" if count(input.facts.seccomp.dangerous) > 0

else := "RuntimeDefault"

apparmor := {"type": "Unconfined"} if object.get(process, "apparmorProfile", "") in {"", "unconfined"}

else := {"type": "RuntimeDefault"} if of_engine(process.apparmorProfile)

else := {"type": "Localhost", "localhostProfile": process.apparmorProfile}

of_engine(profile) if profile in {"docker-default", "cri-containerd.apparmor.d", "sallyport-default"}

of_engine(profile) if startswith(profile, "containers-default-")

selinux := {"seLinuxOptions": {"user": parts[0], "role": parts[1], "type": parts[2], "level": concat(":", array.slice(parts, 3, count(parts)))}} if {
	parts := split(process.selinuxLabel, ":")
	count(parts) > 2
}

else := {}

# --- resources -----------------------------------------------------------------------------------

memory := object.get(object.get(linux, "resources", {}), "memory", {})

cpu := object.get(object.get(linux, "resources", {}), "cpu", {})

limits := object.union(memory_limit, cpu_limit)

memory_limit := {"memory": format_int(memory.limit, 10)} if memory.limit > 0

else := {}

cpu_limit := {"cpu": millis(floor((cpu.quota * 1000) / cpu.period))} if cpu.quota > 0

else := {}

requests := {"cpu": millis(floor((cpu.shares * 1000) / 1024))} if cpu.shares > 2

else := {}

millis(n) := concat("", [format_int(n, 10), "m"])

# --- volumes -------------------------------------------------------------------------------------

shown := [{"name": volume_name(i), "mount": m, "source": source} |
	some i, m in object.get(input.facts, "mounts", [])
	source := volume_source(m)
]

volume_name(i) := sprintf("mount-%d", [i])

volumes := [object.union({"name": v.name}, v.source) | some v in shown]

volume_mounts := [{
	"name": v.name,
	"mountPath": object.get(v.mount, "destination", ""),
	"readOnly": object.get(v.mount, "readonly", false),
} |
	some v in shown
]

# What the kubelet prepared for this very pod stands below its directory, by kind. Another pod's is
# a path of the host.
volume_source(m) := {kind: {}} if {
	m.engine_managed == "pod-volume"
	contains(m.source, concat("", ["/pods/", kubernetes.pod_uid, "/volumes/kubernetes.io~"]))
	kind := volume_kinds[split(split(m.source, "/volumes/kubernetes.io~")[1], "/")[0]]
}

else := {"persistentVolumeClaim": {"claimName": volume_of(m.source)}} if m.engine_managed == "volume"

else := {"emptyDir": {"medium": "Memory"}} if {
	m.type == "tmpfs"
	not m.bind
	not m.destination in {"/dev", "/dev/shm", "/run", "/sys/fs/cgroup"}
}

else := {"hostPath": {"path": path_of(m)}} if {
	not m.pseudo
	not m.own_rootfs
	not furniture(m)
}

# What the engine itself puts into each container; the host's name is none of it.
furniture(m) if {
	m.engine_managed
	m.engine_managed != "pod-volume"
}

path_of(m) := m.resolved if m.resolved

else := object.get(m, "source", "")

volume_of(source) := split(split(source, "/volumes/")[1], "/")[0]

volume_kinds := {
	"configmap": "configMap",
	"csi": "csi",
	"downward-api": "downwardAPI",
	"empty-dir": "emptyDir",
	"projected": "projected",
	"secret": "secret",
}
