# METADATA
# title: "The process must not starve the host"
# description: "Real-time scheduling, real-time I/O and real-time budgets refuse."
# custom:
#   id: realtime-scheduling
#   severity: low
#   level: baseline
#   risk: "A real-time loop keeps the host's own programs from running."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-csf: ["PR.IR-04"]
#     gdpr: ["32(1)(b)"]
#     sox-itgc: ["CO"]
#     cobit: ["BAI04"]
#     nist-sp-800-53r5: ["SC-5", "SC-6", "CM-7"]
#     owasp-docker-top-10: ["D07"]
package sallyport.rules.realtime_scheduling

import data.sallyport.lib

deny contains finding if {
	not lib.updating
	input.facts.process.realtime
	finding := {"msg": sprintf("scheduling policy %s", [input.facts.process.scheduler]), "path": concat("", [lib.process_path, "/scheduler"])}
}

deny contains finding if {
	not lib.updating
	input.facts.process.io_realtime
	finding := {"msg": "real-time I/O", "path": concat("", [lib.process_path, "/ioPriority"])}
}

deny contains finding if {
	not lib.executing
	input.facts.resources.realtime
	finding := {"msg": "a real-time budget", "path": concat("", [lib.resources_path, "/cpu/realtimeRuntime"])}
}
