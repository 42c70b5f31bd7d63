# METADATA
# title: "The kernel's dangerous files must be hidden"
# description: "What the document lacks of the baseline list is added to maskedPaths; entries that are not absolute and clean refuse."
# custom:
#   id: masked-paths
#   severity: high
#   level: baseline
#   risk: "Memory, keys and timers of the host can be read through /proc and /sys."
#   remediation:
#     docker: "remove --security-opt systempaths=unconfined"
#     kubernetes: "securityContext.procMount: Default"
#     podman: "remove --security-opt unmask"
#   controls:
#     nist-csf: ["PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.4", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)"]
#     gdpr: ["32"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     k8s-pss: ["procMount", "procMount_restricted"]
#     cis-gke: ["4.2.1"]
#     nist-sp-800-190: ["3.4.3", "4.4.3", "3.5.2"]
#     nist-sp-800-53r5: ["SC-4", "CM-6", "CM-7", "AC-6"]
#     owasp-docker-top-10: ["D04"]
#     owasp-k8s-top-10-2022: ["K01"]
#     owasp-k8s-top-10-2025: ["K01"]
#     azure-policy: ["f85eb0dd-92ee-40e9-8a76-db25a507d6d3"]
package sallyport.rules.masked_paths

import data.sallyport.lib

deny contains finding if {
	lib.starting
	missing := input.facts.paths.missing_masked
	count(missing) > 0
	finding := {
		"msg": sprintf("not hidden: %s", [concat(", ", missing)]),
		"path": "/config/linux/maskedPaths",
		"fix": fixes(missing),
	}
}

deny contains finding if {
	lib.starting
	some pointer in input.facts.paths.odd
	startswith(pointer, "/config/linux/maskedPaths/")
	finding := {"msg": "the path is not absolute and clean, so runtimes read it differently", "path": pointer}
}

fixes(missing) := [{"op": "add", "path": "/config/linux/maskedPaths/-", "value": p} | some p in missing] if listed

# None, or null, which reads the same.
fixes(missing) := [{"op": "add", "path": "/config/linux/maskedPaths", "value": missing}] if not listed

listed if is_array(input.config.linux.maskedPaths)
