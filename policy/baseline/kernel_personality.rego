# METADATA
# title: "The kernel must not pretend to be another"
# description: "linux.personality is removed."
# custom:
#   id: kernel-personality
#   severity: low
#   level: baseline
#   risk: "Old personalities weaken address randomisation and open old interfaces."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-csf: ["PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.4", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)"]
#     gdpr: ["32"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     nist-sp-800-190: ["4.4.3"]
#     nist-sp-800-53r5: ["CM-6", "CM-7", "SI-16"]
#     owasp-docker-top-10: ["D04"]
package sallyport.rules.kernel_personality

import data.sallyport.lib

deny contains finding if {
	lib.starting
	input.config.linux.personality
	finding := {"msg": "an execution domain is asked for", "path": "/config/linux/personality", "fix": [{"op": "remove", "path": "/config/linux/personality"}]}
}
