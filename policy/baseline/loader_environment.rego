# METADATA
# title: "Hooks must not inherit what the image says to the loader"
# description: "LD_* variables of the container are removed when a hook of the host runs."
# custom:
#   id: loader-environment
#   severity: medium
#   level: baseline
#   risk: "A hook of the host loads a library that the image supplies, as root."
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
#     nist-sp-800-190: ["4.4.4"]
#     nist-sp-800-53r5: ["CM-7", "SI-7"]
#     owasp-docker-top-10: ["D04", "D09"]
package sallyport.rules.loader_environment

import data.sallyport.lib

deny contains finding if {
	lib.starting
	some h in input.facts.hooks
	h.engine != "docker-libnetwork-setkey"
	h.engine != "sallyport-verify"
	some e in input.facts.process.env_dangerous
	e.why == "loader"
	path := sprintf("/config/process/env/%d", [e.index])
	finding := {"msg": sprintf("%s would reach a hook of the host", [e.name]), "path": path, "fix": [{"op": "remove", "path": path}]}
}

deny contains finding if {
	lib.starting
	some h in input.facts.hooks
	some name in h.env_danger
	finding := {"msg": sprintf("%s is set for a hook of the host", [name]), "path": sprintf("/config/hooks/%s/%d/env", [h.stage, h.index])}
}
