# METADATA
# title: "Memory should be limited"
# description: "At level restricted a container without a limit of memory refuses, unless the settings give one; a guessed limit would break databases."
# custom:
#   id: resource-memory
#   severity: medium
#   level: restricted
#   risk: "One container uses up the memory of all."
#   remediation:
#     docker: "--memory"
#     kubernetes: "resources.limits.memory"
#     podman: "--memory"
#   controls:
#     nist-csf: ["PR.IR-04"]
#     gdpr: ["32(1)(b)"]
#     sox-itgc: ["CO"]
#     cobit: ["BAI04"]
#     cis-docker: ["5.11"]
#     nist-sp-800-190: ["4.4.3"]
#     nist-sp-800-53r5: ["SC-5", "SC-5(2)", "SC-6"]
#     docker-ee-stig: ["DKER-EE-002010"]
#     container-platform-srg: ["SRG-APP-000450-CTR-001105", "SRG-APP-000435-CTR-001070", "SRG-APP-000246-CTR-000605"]
#     owasp-docker-top-10: ["D07"]
#     owasp-k8s-top-10-2022: ["K01"]
#     owasp-k8s-top-10-2025: ["K01"]
#     nsa-cisa-k8s: ["4.0", "4.1"]
#     kubescape: ["C-0271", "C-0009"]
#     azure-policy: ["e345eecc-fa47-480f-9e88-67dcc122b164"]
#     pci-dss: ["A1.1.3"]
#     mcsb: ["PV-2"]
package sallyport.rules.resource_memory

import data.sallyport.lib

deny contains finding if {
	lib.starting
	not input.facts.resources.memory_limited
	not lib.given(lib.bound("memory"), 0)
	finding := {"msg": "memory is not limited", "path": "/config/linux/resources/memory/limit"}
}

# What the settings give is set by resource-limits; here it is what serves the level.
deny contains finding if {
	lib.starting
	not input.facts.resources.memory_limited
	limit := lib.given(lib.bound("memory"), 0)
	path := "/config/linux/resources/memory/limit"
	finding := {"msg": "memory is not limited", "path": path, "fix": [{"op": "add", "path": path, "value": limit}]}
}
