# METADATA
# title: "The device rules must deny what they do not name"
# description: "Rules that let every device or a dangerous one through refuse; where nothing is denied, a rule that denies all is put first."
# custom:
#   id: device-cgroup
#   severity: high
#   level: baseline
#   risk: "Without device rules a node for the host's disk, made or found, opens."
#   remediation:
#     docker: "remove --privileged and --device-cgroup-rule"
#     kubernetes: "securityContext.privileged: false"
#     podman: "remove --privileged"
#   controls:
#     nist-csf: ["PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.4", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)"]
#     gdpr: ["32"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     cis-docker: ["5.18", "5.5"]
#     k8s-pss: ["privileged"]
#     nist-sp-800-190: ["4.4.3"]
#     nist-sp-800-53r5: ["AC-3", "AC-6", "SC-41", "CM-6", "CM-7"]
#     docker-ee-stig: ["DKER-EE-002040", "DKER-EE-001960"]
#     container-platform-srg: ["SRG-APP-000243-CTR-000595"]
#     owasp-docker-top-10: ["D04"]
#   parameters:
#     allow: {type: array, items: {type: string}, description: "Kinds of devices that may be opened: network-tunnel."}
package sallyport.rules.device_cgroup

import data.sallyport.lib

deny contains finding if {
	not lib.executing
	input.facts.devices.allow_all
	input.facts.devices.explicit
	finding := {"msg": "every device is let through", "path": path}
}

deny contains finding if {
	not lib.executing
	not input.facts.devices.allow_all
	some d in input.facts.devices.dangerous
	not d.dangerous in lib.parameter("device-cgroup", "allow", [])
	finding := {"msg": sprintf("a dangerous device is let through (%s)", [d.dangerous]), "path": path}
}

deny contains finding if {
	lib.starting
	not input.facts.devices.default_deny
	not everything
	finding := {
		"msg": "devices that no rule names are let through",
		"path": path,
		"fix": [first],
	}
}

everything if {
	input.facts.devices.allow_all
	input.facts.devices.explicit
}

path := concat("", [lib.resources_path, "/devices"])

# Only a list with rules has a place in front; none, and null, give way to a new one.
first := {"op": "add", "path": "/config/linux/resources/devices/0", "value": refuse_all} if any_rules

first := {"op": "add", "path": "/config/linux/resources/devices", "value": [refuse_all]} if not any_rules

refuse_all := {"allow": false, "access": "rwm"}

any_rules if {
	is_array(input.config.linux.resources.devices)
	count(input.config.linux.resources.devices) > 0
}

# An update's own rules, where a runtime heeds them: none may open what the start closed.
deny contains finding if {
	lib.updating
	some i, d in input.resources.devices
	d.allow
	not ordinary(d)
	not admitted(d)
	not d.access == "m"
	finding := {"msg": "the update lets devices through that were not at the start", "path": sprintf("/resources/devices/%d", [i])}
}

# What every runtime lets through by itself: null, zero, full, random, urandom, tty, console, ptmx and the container's
# own terminals.
ordinary(d) if {
	d.type == "c"
	[d.major, d.minor] in {[1, 3], [1, 5], [1, 7], [1, 8], [1, 9], [5, 0], [5, 1], [5, 2]}
}

ordinary(d) if {
	d.type == "c"
	d.major == 136
}

admitted(d) if {
	some was in input.container.admitted.resources.devices
	was.allow
	object.remove(was, ["access"]) == object.remove(d, ["access"])
	every a in split(d.access, "") {
		contains(was.access, a)
	}
}
