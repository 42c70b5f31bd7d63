# METADATA
# title: "The container must stay in control groups of its own"
# description: "The root group, paths that climb, init's group and groups of others refuse."
# custom:
#   id: cgroup-parent
#   severity: high
#   level: baseline
#   risk: "Limits and device rules are written into somebody else's group."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-csf: ["PR.IR-04"]
#     gdpr: ["32(1)(b)"]
#     sox-itgc: ["CO"]
#     cobit: ["BAI04"]
#     cis-docker: ["5.25"]
#     nist-sp-800-190: ["4.4.3"]
#     nist-sp-800-53r5: ["SC-6", "CM-6"]
#     docker-ee-stig: ["DKER-EE-002100"]
#     owasp-docker-top-10: ["D07"]
package sallyport.rules.cgroup_parent

import data.sallyport.lib

deny contains finding if {
	lib.starting
	some why in input.facts.cgroup.odd
	why in {"root", "dotdot", "init-scope", "slice"}
	finding := {"msg": sprintf("cgroupsPath is wrong: %s", [why]), "path": "/config/linux/cgroupsPath"}
}

deny contains finding if {
	lib.starting
	input.facts.cgroup.foreign
	not input.facts.cgroup.systemd
	finding := {"msg": "cgroupsPath names somebody else's group", "path": "/config/linux/cgroupsPath"}
}

# With systemd the slice is the engine's to choose; a path in its place is not.
deny contains finding if {
	lib.starting
	input.facts.cgroup.systemd
	"unclean" in input.facts.cgroup.odd
	finding := {"msg": "cgroupsPath is wrong: neither a slice nor a path", "path": "/config/linux/cgroupsPath"}
}

# In a hook the container's own process is there already.
deny contains finding if {
	input.operation in {"create", "run"}
	not input.gate.caller == "hook"
	input.facts.cgroup.occupied
	finding := {"msg": sprintf("the control group %s has processes or groups of others", [input.facts.cgroup.path]), "path": "/config/linux/cgroupsPath"}
}
