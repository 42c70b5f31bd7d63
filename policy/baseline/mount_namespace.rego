# METADATA
# title: "The container must have a mount namespace of its own"
# description: "Without one, or with one joined by path, the runtime changes the mounts of the host."
# custom:
#   id: mount-namespace
#   severity: critical
#   level: baseline
#   risk: "The root file system of the host is replaced, or the container sees all of it."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-csf: ["PR.IR-01", "PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.3", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)", "164.312(a)(1)"]
#     gdpr: ["25", "32", "32(1)(b)"]
#     sox-itgc: ["APD"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     nist-sp-800-190: ["3.4.3", "4.4.3", "3.5.5", "4.5.5"]
#     nist-sp-800-53r5: ["SC-39", "AC-3", "CM-6"]
#     container-platform-srg: ["SRG-APP-000431-CTR-001065"]
#     owasp-docker-top-10: ["D04", "D05"]
package sallyport.rules.mount_namespace

import data.sallyport.lib

deny contains finding if {
	lib.starting
	not lib.private_namespace("mount")
	finding := {"msg": "has no mount namespace of its own", "path": "/config/linux/namespaces"}
}
