# METADATA
# title: "No dangerous device may be handed in"
# description: "Device nodes that the document asks for and binds of device files refuse when the device is dangerous, stands outside /dev or takes the place of one that the runtime makes."
# custom:
#   id: devices
#   severity: high
#   level: baseline
#   risk: "A disk is the host's files, /dev/mem its memory; a node in the wrong place becomes the mask that hides the kernel's files."
#   remediation:
#     docker: "remove --device"
#     kubernetes: "use a device plugin"
#     podman: "remove --device"
#   controls:
#     nist-csf: ["PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.4", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)"]
#     gdpr: ["32"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     cis-docker: ["5.18"]
#     k8s-pss: ["privileged"]
#     nist-sp-800-190: ["3.4.3", "4.4.3"]
#     nist-sp-800-53r5: ["AC-3", "AC-6", "SC-41", "CM-6", "CM-7"]
#     docker-ee-stig: ["DKER-EE-002040"]
#     container-platform-srg: ["SRG-APP-000243-CTR-000595"]
#     owasp-docker-top-10: ["D04"]
#     owasp-k8s-top-10-2022: ["K01"]
#     owasp-k8s-top-10-2025: ["K01"]
#   parameters:
#     allow: {type: array, items: {type: string}, description: "Device nodes that may be given: /dev/net/tun."}
package sallyport.rules.devices

import data.sallyport.lib

allowed := {name | some name in lib.parameter("devices", "allow", [])}

deny contains finding if {
	lib.starting
	some n in nodes
	n.dangerous
	not n.path in allowed
	finding := {"msg": sprintf("%s reaches a dangerous device (%s)", [n.path, n.dangerous]), "path": node_path(n)}
}

deny contains finding if {
	lib.starting
	some n in nodes
	n.outside_dev
	finding := {"msg": sprintf("%s is not a clean path below /dev", [n.path]), "path": node_path(n)}
}

deny contains finding if {
	lib.starting
	some n in nodes
	n.replaces_default
	not same(n)
	finding := {"msg": sprintf("%s is another device in the place of one that the runtime makes", [n.path]), "path": node_path(n)}
}

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.bind
	m.kind in {"block", "char"}
	not lib.own_mount(m)
	not m.source in allowed
	finding := {"msg": sprintf("%s is a device of the host", [m.source]), "path": lib.mount_path(i)}
}

node_path(n) := sprintf("/config/linux/devices/%d", [n.index])

# Where every device is let through already, the nodes say nothing more.
nodes := [n | some n in input.facts.devices.nodes; not input.facts.devices.allow_all]

same(n) if makes[n.path] == [n.type, n.major, n.minor]

makes := {
	"/dev/null": ["c", 1, 3],
	"/dev/zero": ["c", 1, 5],
	"/dev/full": ["c", 1, 7],
	"/dev/random": ["c", 1, 8],
	"/dev/urandom": ["c", 1, 9],
	"/dev/tty": ["c", 5, 0],
	"/dev/console": ["c", 5, 1],
	"/dev/ptmx": ["c", 5, 2],
}
