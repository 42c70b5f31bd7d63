# METADATA
# title: "Capabilities that alone are the host must not be asked for"
# description: "Capabilities beyond the engines' default set that alone give the host refuse: whoever asks for one needs it, and taking it away would only break the program."
# custom:
#   id: dangerous-capabilities
#   severity: critical
#   level: baseline
#   risk: "CAP_SYS_ADMIN mounts the host's disk, CAP_SYS_MODULE loads code into its kernel."
#   remediation:
#     docker: "remove --cap-add"
#     kubernetes: "remove securityContext.capabilities.add"
#     podman: "remove --cap-add"
#   controls:
#     nist-csf: ["PR.AA-05", "PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.6", "7.2.5"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)", "164.312(a)(1)"]
#     gdpr: ["25", "32"]
#     sox-itgc: ["APD"]
#     cobit: ["DSS05.03", "DSS05.04"]
#     mcsb: ["PV-2"]
#     cis-docker: ["5.4"]
#     k8s-pss: ["capabilities_baseline"]
#     nist-sp-800-190: ["3.4.3", "4.4.3", "3.5.2"]
#     nist-sp-800-53r5: ["AC-6", "AC-6(10)", "CM-7", "SC-39"]
#     docker-ee-stig: ["DKER-EE-001950"]
#     container-platform-srg: ["SRG-APP-000340-CTR-000770", "SRG-APP-000243-CTR-000595"]
#     owasp-docker-top-10: ["D04"]
#     owasp-k8s-top-10-2022: ["K01"]
#     owasp-k8s-top-10-2025: ["K01"]
#     kubescape: ["C-0046"]
#     azure-policy: ["d2e7ea85-6b44-4317-a0be-1b951587f626", "c26596ff-4d70-4e6a-9a30-c2506bd2f80c"]
package sallyport.rules.dangerous_capabilities

import data.sallyport.lib

keep := {c | some c in lib.parameter("drop-capabilities", "keep", [])}

deny contains finding if {
	not lib.updating
	asked := {c | some c in input.facts.capabilities.critical; c in input.facts.capabilities.default_excess} - keep
	count(asked) > 0
	finding := {"msg": sprintf("asks for %s", [concat(", ", sort(asked))]), "path": concat("", [lib.process_path, "/capabilities"])}
}

deny contains finding if {
	not lib.updating
	some c in input.facts.capabilities.unknown_names
	finding := {"msg": sprintf("asks for %s, which is not known", [c]), "path": concat("", [lib.process_path, "/capabilities"])}
}
