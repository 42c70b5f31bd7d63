# METADATA
# title: "Only harmless file systems may be mounted"
# description: "File systems on block devices, of the network, of FUSE, devtmpfs, binfmt_misc and the kernel's control interfaces refuse, and so do a second proc or sysfs, which no mask covers."
# custom:
#   id: mount-types
#   severity: high
#   level: baseline
#   risk: "The runtime mounts with all rights of the host: its disks, its tracing, its policy."
#   remediation:
#     docker: "use a volume driver"
#     kubernetes: "use a volume plugin"
#     podman: "use a named volume"
#   controls:
#     nist-csf: ["PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.4", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)"]
#     gdpr: ["32"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     k8s-pss: ["restrictedVolumes"]
#     nist-sp-800-190: ["4.4.3", "4.5.5"]
#     nist-sp-800-53r5: ["CM-6", "CM-7", "AC-6"]
#     owasp-docker-top-10: ["D04"]
#     azure-policy: ["16697877-1118-4fb1-9b65-9898ec2509ec"]
package sallyport.rules.mount_types

import data.sallyport.lib

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.type_danger
	not m.bind
	finding := {"msg": sprintf("mounts a %s file system on %s (%s)", [m.type, m.destination, m.type_danger]), "path": lib.mount_path(i)}
}

# Podman's :O keeps what the container changes in its own store; nobody else's engine mounts overlays this way.
deny contains finding if {
	lib.starting
	not lib.building
	some i, m in input.facts.mounts
	m.type == "overlay"
	not m.bind
	not engines(m)
	finding := {"msg": sprintf("mounts an overlay of host directories on %s", [m.destination]), "path": lib.mount_path(i)}
}

engines(m) if {
	some b in m.backing
	b.engine_managed == "overlay"
}

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.second
	m.destination_clean != home[m.type]
	finding := {"msg": sprintf("a second %s on %s, which nothing masks", [m.type, m.destination]), "path": lib.mount_path(i)}
}

# Where the masked and read-only paths are.
home := {"proc": "/proc", "sysfs": "/sys"}
