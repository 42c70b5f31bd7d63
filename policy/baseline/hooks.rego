# METADATA
# title: "No program of the host may run as a hook"
# description: "Hooks run as root of the host. Only an engine's own, proven ones run, and those that the settings name by path and digest."
# custom:
#   id: hooks
#   severity: critical
#   level: baseline
#   risk: "Whoever writes the bundle runs any program as root of the host."
#   remediation:
#     docker: "remove the runtime or plugin that adds hooks, or allow them in the settings"
#     kubernetes: "remove the NRI plugin or hooks.d file, or allow it in the settings"
#     podman: "remove the hooks.d file, or allow it in the settings"
#   controls:
#     nist-csf: ["ID.RA-09", "PR.PS-05"]
#     pci-dss: ["2.2.1", "6.3.2", "6.5.1"]
#     hipaa-security-rule: ["164.308(a)(5)(ii)(B)", "164.312(c)(1)"]
#     gdpr: ["32"]
#     sox-itgc: ["PC"]
#     cobit: ["BAI10.03", "DSS05.01"]
#     mcsb: ["DS-2", "DS-6"]
#     nist-sp-800-190: ["3.4.3", "4.4.3", "3.5.5"]
#     nist-sp-800-53r5: ["CM-7", "CM-7(5)", "SI-7", "AC-6", "CM-5"]
#     container-platform-srg: ["SRG-APP-000384-CTR-000915", "SRG-APP-000133-CTR-000295"]
#     owasp-docker-top-10: ["D04", "D08"]
#   parameters:
#     allow: {type: array, items: {type: object}, description: "Programs that may be hooks: `path`, and `digest`, sha256: and the sum of the file."}
package sallyport.rules.hooks

import data.sallyport.lib

deny contains finding if {
	lib.starting
	some i, h in input.facts.hooks
	not h.engine
	not allowed(h)
	not blind(i)
	finding := {"msg": sprintf("%s would run as root of the host", [h.path]), "path": place(h)}
}

deny contains finding if {
	lib.starting
	some i, h in input.facts.hooks
	not h.engine
	blind(i)
	finding := lib.undetermined(sprintf("/facts/hooks/%d", [i]), place(h), sprintf("what %s is", [h.path]))
}

deny contains finding if {
	lib.starting
	some h in input.facts.hooks
	h.changeable_by
	finding := {"msg": sprintf("%s can be replaced by others than root", [h.path]), "path": place(h)}
}

blind(i) if lib.unknown(sprintf("/facts/hooks/%d/resolved", [i]))

blind(i) if lib.unknown(sprintf("/facts/hooks/%d/engine", [i]))

allowed(h) if {
	some a in lib.parameter("hooks", "allow", [])
	a.path == h.path
	a.digest == h.digest
}

place(h) := sprintf("/config/hooks/%s/%d", [h.stage, h.index])
