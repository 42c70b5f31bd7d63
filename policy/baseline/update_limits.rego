# METADATA
# title: "An update must not lift a limit that was admitted"
# description: "Removing a limit of memory, swap, processor time, processes or block I/O, or one so high that it limits nothing, refuses."
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

# The unified entries are written last.
deny contains finding if {
	lib.updating
	some key, what in unified
	value := lib.resources.unified[key]
	regex.match(`^(max|[0-9]{16,})( |$)`, value)
	had(key)
	finding := {"msg": sprintf("the update lifts the limit of %s", [what]), "path": concat("/", ["/resources/unified", key])}
}

unified := {"memory.max": "memory", "memory.swap.max": "swap", "pids.max": "processes", "cpu.max": "processor time"}

had(key) if {
	some limit in limits
	limit.unified == key
	admitted(limit) > 0
}

had(key) if input.container.admitted.resources.unified[key] != "max"

# A rate of zero takes a device's limit away.
deny contains finding if {
	lib.updating
	some list in ["throttleReadBpsDevice", "throttleWriteBpsDevice", "throttleReadIOPSDevice", "throttleWriteIOPSDevice"]
	some i, l in lib.resources.blockIO[list]
	l.rate == 0
	some was in input.container.admitted.resources.blockIO[list]
	[was.major, was.minor] == [l.major, l.minor]
	was.rate > 0
	finding := {"msg": sprintf("the update lifts the limit of block I/O of the device %d:%d", [l.major, l.minor]), "path": sprintf("/resources/blockIO/%s/%d", [list, i])}
}

# Above `most` nothing is limited: the kernel has no more.
limits := [
	{"fact": "memory_limit", "what": "memory", "part": "memory", "field": "limit", "most": 1125899906842624, "unified": "memory.max", "path": "/resources/memory/limit"},
	{"fact": "swap_limit", "what": "memory and swap", "part": "memory", "field": "swap", "most": 1125899906842624, "unified": "memory.swap.max", "path": "/resources/memory/swap"},
	{"fact": "pids_limit", "what": "processes", "part": "pids", "field": "limit", "most": 4194304, "unified": "pids.max", "path": "/resources/pids/limit"},
	{"fact": "cpu_quota", "what": "processor time", "part": "cpu", "field": "quota", "most": 1000000000000, "unified": "cpu.max", "path": "/resources/cpu/quota"},
]

admitted(limit) := input.container.admitted.resources[limit.part][limit.field]

lifted(given, _) if given < 0

lifted(given, most) if given > most
