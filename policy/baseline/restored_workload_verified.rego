# METADATA
# title: "A container must not be restored from images that nobody verified"
# description: "Restore refuses unless the settings allow it: credentials, filters and descriptors come from the images, not from the document."
# custom:
#   id: restored-workload-verified
#   severity: high
#   level: baseline
#   risk: "Everything that the policy reads is beside the point: the images say what runs."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-csf: ["RC.RP-05"]
#     nist-sp-800-53r5: ["CP-10", "SI-7(1)"]
#     hipaa-security-rule: ["164.308(a)(7)(i)"]
#     cobit: ["BAI10.05"]
#     owasp-docker-top-10: ["D09"]
#   parameters:
#     allow: {type: boolean, description: "Restored processes may run without having been judged."}
package sallyport.rules.restored_workload_verified

import data.sallyport.lib

deny contains finding if {
	input.operation == "restore"
	not lib.parameter("restored-workload-verified", "allow", false)
	finding := {"msg": "restores a process from images that nobody verified", "path": ""}
}
