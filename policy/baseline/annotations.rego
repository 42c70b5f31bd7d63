# METADATA
# title: "No annotation may steer the runtime"
# description: "Annotations that a runtime or engine acts on refuse when they can weaken the container; harmless ones pass."
# custom:
#   id: annotations
#   severity: medium
#   level: baseline
#   risk: "An annotation can load a library into the runtime, set properties of a system unit or replace the seccomp filter."
#   remediation:
#     docker: "remove --annotation"
#     kubernetes: "remove the pod annotation"
#     podman: "remove --annotation"
#   controls:
#     nist-csf: ["ID.AM-02", "PR.PS-01"]
#     nist-sp-800-190: ["4.4.5", "3.3.4"]
#     nist-sp-800-53r5: ["CM-6", "CM-8", "AC-16"]
#     pci-dss: ["12.5.1", "2.2.1"]
#     gdpr: ["30"]
#     cobit: ["BAI10.03"]
#     mcsb: ["AM-1"]
#     azure-policy: ["9a5f4e39-e427-4d5d-ae73-93db00328bec"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)"]
#   parameters:
#     allow: {type: array, items: {type: string}, description: "Annotations that runtimes act on and that may be given."}
package sallyport.rules.annotations

import data.sallyport.lib

deny contains finding if {
	lib.starting
	some a in input.facts.annotations
	a.danger
	not a.key in lib.parameter("annotations", "allow", [])
	finding := {"msg": sprintf("annotation %s steers the runtime: %s", [a.key, a.danger]), "path": concat("", ["/config/annotations/", lib.token(a.key)])}
}
