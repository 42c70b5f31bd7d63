# METADATA
# title: "Kernel settings must belong to the container's own namespaces"
# description: "Settings of the whole kernel, or of a namespace that is the host's, and odd spellings refuse; settings that are not on the list of safe ones are told."
# custom:
#   id: sysctls
#   severity: medium
#   level: baseline
#   risk: "kernel.core_pattern runs a program as root of the host."
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
#     k8s-pss: ["sysctls"]
#     cis-gke: ["4.2.1"]
#     nist-sp-800-190: ["3.4.3", "4.4.3", "3.5.2"]
#     nist-sp-800-53r5: ["CM-6", "CM-7", "SC-39"]
#     owasp-docker-top-10: ["D04"]
#     owasp-k8s-top-10-2022: ["K01"]
#     owasp-k8s-top-10-2025: ["K01"]
#     azure-policy: ["56d0a13f-712f-466b-8416-56fb354fb823"]
package sallyport.rules.sysctls

import data.sallyport.lib

deny contains finding if {
	lib.starting
	some s in input.facts.sysctls
	s.odd
	finding := {"msg": sprintf("%s: %s", [s.key, s.odd]), "path": place(s)}
}

deny contains finding if {
	lib.starting
	some s in input.facts.sysctls
	not s.odd
	not s.private
	finding := {"msg": sprintf("%s would change the host", [s.key]), "path": place(s)}
}

deny contains finding if {
	lib.starting
	some s in input.facts.sysctls
	s.private
	not s.odd
	not s.safe
	finding := {"msg": sprintf("%s is not on the list of safe settings", [s.key]), "path": place(s), "enforcement": "warn"}
}

place(s) := concat("", ["/config/linux/sysctl/", lib.token(s.key)])
