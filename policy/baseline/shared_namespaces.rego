# METADATA
# title: "Joining another container's processes should be meant"
# description: "A process namespace joined from another container lets each see and signal the other's processes. Pods do so when asked. Outside pods a network, IPC or host name joined from another container is told as well."
# custom:
#   id: shared-namespaces
#   severity: medium
#   level: baseline
#   mode: warn
#   risk: "One taken-over container reads the environment and files of its neighbours."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-csf: ["PR.IR-01", "PR.PS-01"]
#     pci-dss: ["2.2.3", "2.2.6", "A1.1.1"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)", "164.312(a)(1)"]
#     gdpr: ["25", "32", "32(1)(b)"]
#     sox-itgc: ["APD"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     nist-sp-800-190: ["4.4.3", "3.3.4"]
#     nist-sp-800-53r5: ["SC-4", "SC-39", "CM-6"]
#     container-platform-srg: ["SRG-APP-000243-CTR-000600"]
#     owasp-docker-top-10: ["D05"]
#     nsa-cisa-k8s: ["1.3"]
package sallyport.rules.shared_namespaces

import data.sallyport.lib

deny contains finding if {
	lib.starting
	lib.namespace("pid").state == "shared"
	input.container.scope != "sandbox"
	finding := {"msg": "sees the processes of another container", "path": "/config/linux/namespaces"}
}

# What a pod's containers share with each other is the pod's own.
deny contains finding if {
	lib.starting
	some type in ["network", "ipc", "uts", "cgroup"]
	lib.namespace(type).state == "shared"
	not input.container.engine in {"cri", "crio", "podman"}
	finding := {"msg": sprintf("joins the %s namespace of another", [type]), "path": "/config/linux/namespaces"}
}
