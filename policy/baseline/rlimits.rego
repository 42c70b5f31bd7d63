# METADATA
# title: "Limits of the process should be bounded"
# description: "Infinite limits of files, processes, core dumps and locked memory are told."
# custom:
#   id: rlimits
#   severity: low
#   level: baseline
#   risk: "One process uses up what all share."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-csf: ["PR.IR-04"]
#     gdpr: ["32(1)(b)"]
#     sox-itgc: ["CO"]
#     cobit: ["BAI04"]
#     cis-docker: ["5.19"]
#     nist-sp-800-190: ["4.4.3"]
#     nist-sp-800-53r5: ["SC-5", "SC-6", "CM-6"]
#     docker-ee-stig: ["DKER-EE-004040"]
#     container-platform-srg: ["SRG-APP-000435-CTR-001070"]
#     owasp-docker-top-10: ["D07"]
#   parameters:
#     bounds: {type: object, additionalProperties: {type: number, minimum: 0}, description: "Limits by name (NOFILE, NPROC, CORE, MEMLOCK) that take the place of infinite ones."}
package sallyport.rules.rlimits

import data.sallyport.lib

deny contains finding if {
	not lib.updating
	some name in input.facts.process.rlimits_infinite
	most := most_of(name)
	places := [i | some i, l in lib.process.rlimits; l.type == concat("", ["RLIMIT_", name])]
	finding := {
		"msg": sprintf("RLIMIT_%s has no bound", [name]),
		"path": concat("", [lib.process_path, "/rlimits"]),
		"fix": [{"op": "replace", "path": sprintf("%s/rlimits/%d", [lib.process_path, i]), "value": bounded(lib.process.rlimits[i], most)} | some i in places],
	}
}

# Generous: what programs ask for when they ask for no limit, not what they need.
bound := object.union(
	{"NOFILE": 1048576, "NPROC": 1048576, "CORE": 4294967296, "MEMLOCK": 68719476736},
	lib.parameter("rlimits", "bounds", {}),
)

# The settings' most goes first.
most_of(name) := lib.most(given_by(name))

most_of(name) := bound[name] if not lib.most(given_by(name))

given_by(name) := object.get(lib.bounds, ["rlimits", name], {})

bounded(l, most) := {"type": l.type, "hard": most, "soft": min([l.soft, most])}

deny contains finding if {
	lib.starting
	not given
	finding := {"msg": "has the limits that its engine happens to have", "path": "/config/process/rlimits", "enforcement": "audit"}
}

given if count(input.config.process.rlimits) > 0
