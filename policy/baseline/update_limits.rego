# METADATA
# title: "An update must not lift a limit that was admitted"
# description: "Removing a limit of memory, swap or processes, or one so high that it limits nothing, refuses."
# custom:
#   id: update-limits
#   severity: medium
#   level: baseline
#   risk: "Limits that were checked at the start are gone a moment later."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
package sallyport.rules.update_limits

import data.sallyport.lib

deny contains finding if {
	lib.updating
	some limit in limits
	given := input.facts.resources[limit.fact]
	lifted(given, limit.most)
	admitted(limit) > 0
	finding := {"msg": sprintf("the update lifts the limit of %s", [limit.what]), "path": limit.path}
}

# Above `most` nothing is limited: the kernel has no more.
limits := [
	{"fact": "memory_limit", "what": "memory", "part": "memory", "field": "limit", "most": 1125899906842624, "path": "/resources/memory/limit"},
	{"fact": "swap_limit", "what": "memory and swap", "part": "memory", "field": "swap", "most": 1125899906842624, "path": "/resources/memory/swap"},
	{"fact": "pids_limit", "what": "processes", "part": "pids", "field": "limit", "most": 4194304, "path": "/resources/pids/limit"},
]

admitted(limit) := input.container.admitted.resources[limit.part][limit.field]

lifted(given, _) if given < 0

lifted(given, most) if given > most
