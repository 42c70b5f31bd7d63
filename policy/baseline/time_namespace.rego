# METADATA
# title: "Clocks must be the container's own or the host's"
# description: "A time namespace of the host's by its path refuses; offsets are told."
# custom:
#   id: time-namespace
#   severity: low
#   level: baseline
#   risk: "A clock that goes back brings expired tokens and certificates to life inside."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-sp-800-53r5: ["CM-6"]
package sallyport.rules.time_namespace

import data.sallyport.lib

deny contains finding if {
	lib.starting
	lib.namespace("time").path
	lib.namespace("time").host
	finding := {"msg": "joins the host's time namespace by its path", "path": "/config/linux/namespaces"}
}

deny contains finding if {
	lib.starting
	lib.unknown("/facts/namespaces/time/state")
	finding := lib.undetermined("/facts/namespaces/time/state", "/config/linux/namespaces", "whose time namespace is joined")
}

deny contains finding if {
	lib.starting
	count(input.config.linux.timeOffsets) > 0
	finding := {"msg": "its clocks differ from the host's", "path": "/config/linux/timeOffsets", "enforcement": "warn"}
}
