# METADATA
# title: "Mounts below the root must not pass to the host"
# description: "A shared rootfsPropagation becomes rslave."
# custom:
#   id: rootfs-propagation
#   severity: medium
#   level: baseline
#   risk: "What is mounted inside appears outside, for the host's programs to trust."
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
#     cis-docker: ["5.20"]
#     nist-sp-800-190: ["3.5.5", "4.5.5"]
#     nist-sp-800-53r5: ["SC-4", "SC-39", "CM-6"]
#     docker-ee-stig: ["DKER-EE-002050"]
#     owasp-docker-top-10: ["D04"]
package sallyport.rules.rootfs_propagation

import data.sallyport.lib

deny contains finding if {
	lib.starting
	given := input.facts.rootfs.propagation
	not given in {"", "private", "rprivate", "slave", "rslave"}
	finding := {
		"msg": sprintf("rootfsPropagation is %s", [input.facts.rootfs.propagation]),
		"path": "/config/linux/rootfsPropagation",
		"fix": [{"op": "add", "path": "/config/linux/rootfsPropagation", "value": "rslave"}],
	}
}
