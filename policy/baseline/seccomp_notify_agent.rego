# METADATA
# title: "No process of the host may decide system calls"
# description: "SCMP_ACT_NOTIFY and listener paths refuse."
# custom:
#   id: seccomp-notify-agent
#   severity: high
#   level: baseline
#   risk: "The runtime connects to any socket of the host as root and hands over a descriptor that decides system calls."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-csf: ["PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.4", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)"]
#     gdpr: ["32"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     nist-sp-800-190: ["4.4.3"]
#     nist-sp-800-53r5: ["CM-6", "CM-7"]
#     owasp-docker-top-10: ["D04"]
package sallyport.rules.seccomp_notify_agent

import data.sallyport.lib

deny contains finding if {
	lib.starting
	input.facts.seccomp.notify
	finding := {"msg": "hands system calls to a process of the host", "path": "/config/linux/seccomp"}
}
