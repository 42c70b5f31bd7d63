# METADATA
# title: "The container must not share the host's processes"
# description: "A namespace of its own, made for the container or joined from its pod; the host's, by omission or by path, refuses: whoever asked for it wants it, and nothing can be put in its place."
# custom:
#   id: host-pid-namespace
#   severity: high
#   level: baseline
#   risk: "The host's processes can be seen, and those of the same user read, traced and killed."
#   remediation:
#     docker: "remove --pid=host"
#     kubernetes: "hostPID: false"
#     podman: "remove --pid=host"
#   controls:
#     nist-csf: ["PR.IR-01", "PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.3", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)", "164.312(a)(1)"]
#     gdpr: ["25", "32", "32(1)(b)"]
#     sox-itgc: ["APD"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     cis-docker: ["5.16"]
#     k8s-pss: ["hostNamespaces"]
#     cis-kubernetes: ["5.2.3"]
#     cis-gke: ["4.2.1"]
#     cis-eks: ["4.2.2"]
#     cis-aks: ["4.2.2"]
#     nist-sp-800-190: ["3.4.3", "4.4.3", "3.5.2"]
#     nist-sp-800-53r5: ["SC-39", "AC-6", "CM-6", "CM-7"]
#     docker-ee-stig: ["DKER-EE-001240"]
#     container-platform-srg: ["SRG-APP-000233-CTR-000585", "SRG-APP-000431-CTR-001065"]
#     owasp-docker-top-10: ["D04", "D05"]
#     owasp-k8s-top-10-2022: ["K01"]
#     owasp-k8s-top-10-2025: ["K01"]
#     nsa-cisa-k8s: ["1.4"]
#     kubescape: ["C-0038"]
#     aws-fsbp: ["ECS.3"]
#     azure-policy: ["47a1ee2f-2a2a-4576-bf2a-e0e36709c2b8"]
#     gcp-scc: ["GKE_HOST_NAMESPACES"]
package sallyport.rules.host_pid_namespace

import data.sallyport.lib

deny contains finding if {
	lib.starting
	lib.host_namespace("pid")
	finding := {"msg": "shares the host's processes", "path": "/config/linux/namespaces"}
}

deny contains finding if {
	lib.starting
	lib.unknown("/facts/namespaces/pid/state")
	finding := lib.undetermined("/facts/namespaces/pid/state", "/config/linux/namespaces", "whose pid namespace is joined")
}
