# METADATA
# title: "The container must not be privileged"
# description: "All capabilities, no filter, all devices and nothing masked: what engines call privileged refuses as a whole."
# custom:
#   id: privileged-container
#   severity: critical
#   level: baseline
#   risk: "A privileged container is the host."
#   remediation:
#     docker: "remove --privileged"
#     kubernetes: "securityContext.privileged: false"
#     podman: "remove --privileged"
#   controls:
#     nist-csf: ["PR.AA-05", "PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.6", "7.2.5"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)", "164.312(a)(1)"]
#     gdpr: ["25", "32"]
#     sox-itgc: ["APD"]
#     cobit: ["DSS05.03", "DSS05.04"]
#     mcsb: ["PV-2"]
#     cis-docker: ["5.5"]
#     k8s-pss: ["privileged"]
#     cis-kubernetes: ["5.2.2"]
#     cis-gke: ["4.2.1"]
#     cis-eks: ["4.2.1"]
#     cis-aks: ["4.2.1"]
#     nist-sp-800-190: ["3.4.3", "4.4.3", "3.5.2"]
#     nist-sp-800-53r5: ["AC-6", "AC-6(10)", "CM-6", "CM-7", "SC-39"]
#     docker-ee-stig: ["DKER-EE-001960"]
#     container-platform-srg: ["SRG-APP-000243-CTR-000595", "SRG-APP-000342-CTR-000775", "SRG-APP-000340-CTR-000770"]
#     owasp-docker-top-10: ["D04"]
#     owasp-k8s-top-10-2022: ["K01"]
#     owasp-k8s-top-10-2025: ["K01"]
#     nsa-cisa-k8s: ["1.2"]
#     kubescape: ["C-0057"]
#     aws-fsbp: ["ECS.4"]
#     azure-policy: ["95edb821-ddaf-4404-9732-666045e056b4"]
#     gcp-scc: ["GKE_PRIVILEGED_CONTAINERS", "GKE_CONTROL_PLANE_LAUNCH_PRIVILEGED_CONTAINER"]
package sallyport.rules.privileged_container

import data.sallyport.lib

deny contains finding if {
	lib.starting
	lib.privileged
	finding := {"msg": "is privileged: nothing separates it from the host", "path": "/config"}
}
