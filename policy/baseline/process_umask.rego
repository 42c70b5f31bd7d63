# METADATA
# title: "New files should not be writable by everybody"
# description: "A umask that leaves the write bit of others set is told."
# custom:
#   id: process-umask
#   severity: low
#   level: baseline
#   mode: warn
#   risk: "What the container writes into a volume, any user of the host may change."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-sp-800-53r5: ["CM-6"]
package sallyport.rules.process_umask

import data.sallyport.lib

deny contains finding if {
	lib.starting
	bits.and(input.facts.process.umask, 2) == 0
	finding := {"msg": "new files are writable by everybody", "path": "/config/process/user/umask"}
}
