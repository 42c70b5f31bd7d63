# METADATA
# title: "Nothing may be mounted over the kernel's files or twice on one place"
# description: "Destinations that are relative, climb, are the root, lie in /proc or /sys, cover what is masked, or stand on a device, refuse."
# custom:
#   id: mount-destinations
#   severity: high
#   level: baseline
#   risk: "Files of procfs that the runtime writes labels to are faked, masks become binds of the attacker's choice."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-csf: ["PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.4", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)"]
#     gdpr: ["32"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     nist-sp-800-190: ["4.4.3"]
#     nist-sp-800-53r5: ["CM-6", "CM-7", "SI-7"]
#     owasp-docker-top-10: ["D04"]
#   parameters:
#     nested: {type: string, description: "allow: mounts below a writable directory of the host."}
package sallyport.rules.mount_destinations

import data.sallyport.lib

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	some why in m.destination_odd
	why in wrong
	not usual(m, why)
	finding := {"msg": sprintf("%s: the destination is %s", [m.destination, why]), "path": lib.mount_path(i)}
}

wrong := {"relative", "dotdot", "root", "inside-proc", "inside-sys", "on-dev", "duplicate", "covers-masked", "covers-readonly", "not-string"}

# What engines mount there themselves.
usual(m, why) if {
	why == "inside-sys"
	m.pseudo
	startswith(m.destination_clean, "/sys/fs/cgroup")
}

usual(m, why) if {
	why == "on-dev"
	m.destination_clean in {"/dev/shm", "/dev/mqueue", "/dev/termination-log"}
}

usual(m, why) if {
	why == "on-dev"
	not m.bind
}

# containerd mounts a pod's shared memory over the one that it mounts everywhere.
usual(m, why) if {
	why == "duplicate"
	m.destination_clean == "/dev/shm"
	m.engine_managed == "shm"
}

# Links of the image lead a destination elsewhere.
deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	at := m.destination_resolved
	some place in ["/proc", "/sys", "/dev"]
	within(at, place)
	not at in {"/dev/shm", "/dev/mqueue"}
	finding := {"msg": sprintf("%s: a link of the image leads it to %s", [m.destination, at]), "path": lib.mount_path(i)}
}

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.destination_resolved == "/"
	finding := {"msg": sprintf("%s: a link of the image leads it to the root", [m.destination]), "path": lib.mount_path(i)}
}

within(path, top) if path == top

within(path, top) if startswith(path, concat("", [top, "/"]))

# Whoever writes to what is mounted around it can put a link in its way.
deny contains finding if {
	some i, m in nested
	not lib.own_mount(m)
	some around in holders(m)
	not lib.own_mount(around)
	not lib.parameter("mount-destinations", "nested", "") == "allow"
	finding := {"msg": sprintf("%s: lies below %s, which is bound writable", [m.destination, around.destination]), "path": lib.mount_path(i)}
}

deny contains finding if {
	some i, m in nested
	not m.own_rootfs
	some around in holders(m)
	engines(m, around)
	finding := {
		"msg": sprintf("%s: lies below %s, which is bound writable", [m.destination, around.destination]),
		"path": lib.mount_path(i),
		"enforcement": "warn",
	}
}

nested[i] := m if {
	lib.starting
	some i, m in input.facts.mounts
	"below-writable-bind" in m.destination_odd
}

# Volumes that the engine keeps are somebody's choice, not a path's.
engines(m, _) if m.engine_managed

engines(m, around) if {
	around.engine_managed
	not m.engine_managed
}

holders(m) := [o |
	some o in input.facts.mounts
	o.bind
	not o.readonly
	not o.own_rootfs
	o.index < m.index
	o.destination_clean != m.destination_clean
	within(m.destination_clean, o.destination_clean)
]
