# METADATA
# title: "A tmpfs must be bounded"
# description: "A tmpfs without a size gets one, and nosuid and nodev unless it is /dev."
# custom:
#   id: tmpfs-size
#   severity: low
#   level: baseline
#   risk: "Its content is memory of the host."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-csf: ["PR.IR-04"]
#     gdpr: ["32(1)(b)"]
#     sox-itgc: ["CO"]
#     cobit: ["BAI04"]
#     nist-sp-800-190: ["4.4.3"]
#     nist-sp-800-53r5: ["SC-5", "SC-6"]
#     container-platform-srg: ["SRG-APP-000435-CTR-001070", "SRG-APP-000246-CTR-000605"]
#     owasp-docker-top-10: ["D07"]
#   parameters:
#     size: {type: string, description: "As mount writes it: 64m, 1g."}
package sallyport.rules.tmpfs_size

import data.sallyport.lib

own := lib.parameter("tmpfs-size", "size", "1g")

size := sprintf("%d", [lib.given(lib.bounds.tmpfs, lib.amount(own))]) if {
	lib.bounds.tmpfs
} else := own

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.type == "tmpfs"
	not m.bind
	not m.size_limited
	finding := {
		"msg": sprintf("%s is a tmpfs without a size", [m.destination]),
		"path": lib.mount_path(i),
		"fix": [{"op": "add", "path": sprintf("/config/mounts/%d/options/-", [i]), "value": concat("", ["size=", size])}],
	}
}

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.type == "tmpfs"
	not m.bind
	m.destination_clean != "/dev"
	lacks := [o | some o in ["nosuid", "nodev"]; m[o] == false]
	count(lacks) > 0
	finding := {
		"msg": sprintf("%s: set-user-id programs and device nodes on it would count", [m.destination]),
		"path": lib.mount_path(i),
		"fix": [{"op": "add", "path": sprintf("/config/mounts/%d/options/-", [i]), "value": o} | some o in lacks],
	}
}
