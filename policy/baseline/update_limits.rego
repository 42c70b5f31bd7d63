# METADATA
# title: "An update must not lift a limit that was admitted"
# description: "Removing the memory limit refuses."
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
	input.facts.resources.memory_limit < 0
	input.container.admitted.resources.memory.limit > 0
	finding := {"msg": "the update lifts the limit of memory", "path": "/resources/memory/limit"}
}
