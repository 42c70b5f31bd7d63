# METADATA
# title: "Processor time should be limited"
# description: "At level restricted a container without a limit or weight of processor time is told."
# custom:
#   id: resource-cpu
#   severity: low
#   level: restricted
#   mode: warn
#   risk: "One container slows down all."
#   remediation:
#     docker: "--cpus"
#     kubernetes: "resources.limits.cpu"
#     podman: "--cpus"
#   controls:
#     nist-csf: ["PR.IR-04"]
#     gdpr: ["32(1)(b)"]
#     sox-itgc: ["CO"]
#     cobit: ["BAI04"]
#     cis-docker: ["5.12"]
#     nist-sp-800-190: ["4.4.3"]
#     nist-sp-800-53r5: ["SC-5", "SC-5(2)", "SC-6"]
#     docker-ee-stig: ["DKER-EE-002020"]
#     container-platform-srg: ["SRG-APP-000450-CTR-001105", "SRG-APP-000435-CTR-001070", "SRG-APP-000246-CTR-000605"]
#     owasp-docker-top-10: ["D07"]
#     owasp-k8s-top-10-2022: ["K01"]
#     owasp-k8s-top-10-2025: ["K01"]
#     nsa-cisa-k8s: ["4.0", "4.1"]
#     kubescape: ["C-0270", "C-0009", "C-0050"]
#     azure-policy: ["e345eecc-fa47-480f-9e88-67dcc122b164"]
#     pci-dss: ["A1.1.3"]
#     mcsb: ["PV-2"]
package sallyport.rules.resource_cpu

import data.sallyport.lib

deny contains finding if {
	lib.starting
	not input.facts.resources.cpu_limited
	not input.facts.resources.cpu_weighted
	finding := {"msg": "processor time is not limited", "path": "/config/linux/resources/cpu"}
}
