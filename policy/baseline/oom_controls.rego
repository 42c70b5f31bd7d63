# METADATA
# title: "The container must not outlive the host's programs when memory ends"
# description: "A negative oomScoreAdj becomes 0 (Kubernetes sets its own and keeps it), a disabled OOM killer is enabled."
# custom:
#   id: oom-controls
#   severity: low
#   level: baseline
#   risk: "When memory runs out the kernel kills the host's daemons first."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-csf: ["PR.IR-04"]
#     gdpr: ["32(1)(b)"]
#     sox-itgc: ["CO"]
#     cobit: ["BAI04"]
#     nist-sp-800-53r5: ["SC-5", "SC-6"]
#     owasp-docker-top-10: ["D07"]
#     container-platform-srg: ["SRG-APP-000435-CTR-001070"]
package sallyport.rules.oom_controls

import data.sallyport.lib

deny contains finding if {
	lib.starting
	input.facts.process.oom_score_adj < 0
	input.container.engine != "cri"
	input.container.engine != "crio"
	finding := {
		"msg": "the host's programs would be killed before it",
		"path": "/config/process/oomScoreAdj",
		"fix": [{"op": "add", "path": "/config/process/oomScoreAdj", "value": 0}],
	}
}

deny contains finding if {
	not lib.executing
	input.facts.resources.oom_kill_disabled
	path := concat("", [lib.resources_path, "/memory/disableOOMKiller"])
	finding := {"msg": "is never killed when memory ends", "path": path, "fix": [{"op": "add", "path": path, "value": false}]}
}

# Swap without a bound is the host's disk; the engines' own default is as much again as memory.
deny contains finding if {
	lib.starting
	input.facts.resources.swap_unlimited
	finding := {
		"msg": "swaps without a bound",
		"path": "/config/linux/resources/memory/swap",
		"fix": [swap],
	}
}

swap := {"op": "add", "path": "/config/linux/resources/memory/swap", "value": 2 * input.facts.resources.memory_limit} if input.facts.resources.memory_limited

swap := {"op": "remove", "path": "/config/linux/resources/memory/swap"} if not input.facts.resources.memory_limited

deny contains finding if {
	lib.starting
	"useHierarchy" in object.keys(input.config.linux.resources.memory)
	finding := {
		"msg": "chooses how limits are inherited, which kernels no longer heed",
		"path": "/config/linux/resources/memory/useHierarchy",
		"fix": [{"op": "remove", "path": "/config/linux/resources/memory/useHierarchy"}],
	}
}
