# METADATA
# title: "The number of processes must be limited"
# description: "Without a limit, 4096 processes are allowed; an update cannot lift the limit."
# custom:
#   id: resource-pids
#   severity: medium
#   level: baseline
#   risk: "A loop that forks takes the whole host down."
#   remediation:
#     docker: "--pids-limit"
#     kubernetes: "podPidsLimit of the kubelet"
#     podman: "--pids-limit"
#   controls:
#     nist-csf: ["PR.IR-04"]
#     gdpr: ["32(1)(b)"]
#     sox-itgc: ["CO"]
#     cobit: ["BAI04"]
#     cis-docker: ["5.29"]
#     nist-sp-800-190: ["4.4.3"]
#     nist-sp-800-53r5: ["SC-5", "SC-5(2)", "SC-6"]
#     docker-ee-stig: ["DKER-EE-002780"]
#     container-platform-srg: ["SRG-APP-000435-CTR-001070", "SRG-APP-000246-CTR-000605"]
#     owasp-docker-top-10: ["D07"]
#   parameters:
#     limit: {type: integer, minimum: 0, description: "How many, where none are said."}
package sallyport.rules.resource_pids

import data.sallyport.lib

own := lib.parameter("resource-pids", "limit", 4096)

limit := lib.given(lib.bound("pids"), own)

deny contains finding if {
	lib.starting
	not input.facts.resources.pids_limited
	not lib.without_cgroup
	finding := {
		"msg": "the number of processes is not limited",
		"path": "/config/linux/resources/pids/limit",
		"fix": [{"op": "add", "path": "/config/linux/resources/pids/limit", "value": limit}],
	}
}

deny contains finding if {
	lib.updating
	input.facts.resources.pids_limit
	not input.facts.resources.pids_limited
	input.facts.resources.pids_limit != 0
	finding := {
		"msg": "the update lifts the limit of processes",
		"path": "/resources/pids/limit",
		"fix": [{"op": "add", "path": "/resources/pids/limit", "value": limit}],
	}
}
