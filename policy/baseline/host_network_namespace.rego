# METADATA
# title: "The container must not share the host's network"
# description: "A namespace of its own, made for the container or joined from its pod; the host's, by omission or by path, refuses: whoever asked for it wants it, and nothing can be put in its place."
# custom:
#   id: host-network-namespace
#   severity: high
#   level: baseline
#   risk: "Abstract sockets, services on localhost and the cloud's metadata service can be reached, traffic be seen."
#   remediation:
#     docker: "remove --network=host"
#     kubernetes: "hostNetwork: false"
#     podman: "remove --network=host"
#   controls:
#     nist-csf: ["PR.IR-01", "PR.PS-01"]
#     pci-dss: ["1.3.1", "1.4.1", "2.2.1", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)", "164.312(a)(1)"]
#     gdpr: ["25", "32", "32(1)(b)"]
#     sox-itgc: ["APD"]
#     cobit: ["DSS05.02", "DSS05.03"]
#     mcsb: ["NS-1", "PV-2"]
#     cis-docker: ["5.10"]
#     k8s-pss: ["hostNamespaces"]
#     cis-kubernetes: ["5.2.5"]
#     cis-gke: ["4.2.1"]
#     cis-eks: ["4.2.4"]
#     cis-aks: ["4.2.4"]
#     nist-sp-800-190: ["3.4.2", "4.4.2", "3.4.3", "4.4.3"]
#     nist-sp-800-53r5: ["SC-7", "SC-7(21)", "AC-4", "CM-6", "CM-7"]
#     docker-ee-stig: ["DKER-EE-002000"]
#     container-platform-srg: ["SRG-APP-000038-CTR-000105", "SRG-APP-000039-CTR-000110"]
#     owasp-docker-top-10: ["D03", "D04"]
#     owasp-k8s-top-10-2022: ["K01", "K07"]
#     owasp-k8s-top-10-2025: ["K01", "K05"]
#     nsa-cisa-k8s: ["1.5"]
#     kubescape: ["C-0041"]
#     aws-fsbp: ["ECS.17", "ECS.1"]
#     azure-policy: ["47a1ee2f-2a2a-4576-bf2a-e0e36709c2b8", "82985f06-dc18-4a48-bc1c-b9f4f0098cfe"]
#     gcp-scc: ["GKE_HOST_NAMESPACES"]
package sallyport.rules.host_network_namespace

import data.sallyport.lib

deny contains finding if {
	lib.starting
	lib.host_namespace("network")
	finding := {"msg": "shares the host's network", "path": "/config/linux/namespaces"}
}

deny contains finding if {
	lib.starting
	lib.unknown("/facts/namespaces/network/state")
	finding := lib.undetermined("/facts/namespaces/network/state", "/config/linux/namespaces", "whose network namespace is joined")
}
