# METADATA
# title: "No interface of the host may move into the container"
# description: "linux.netDevices refuses."
# custom:
#   id: network-devices
#   severity: medium
#   level: baseline
#   risk: "The host loses its network card to the container."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-csf: ["PR.PS-01"]
#     pci-dss: ["1.4.1", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)"]
#     gdpr: ["32"]
#     cobit: ["DSS05.02"]
#     mcsb: ["NS-1"]
#     nist-sp-800-190: ["3.4.2", "4.4.2"]
#     nist-sp-800-53r5: ["SC-7", "CM-6", "CM-7"]
#     owasp-docker-top-10: ["D03"]
package sallyport.rules.network_devices

import data.sallyport.lib

deny contains finding if {
	lib.starting
	some name in input.facts.net_devices
	finding := {"msg": sprintf("takes interface %s from the host", [name]), "path": "/config/linux/netDevices"}
}
