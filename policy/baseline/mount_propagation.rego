# METADATA
# title: "Mounts must not pass from the container to the host"
# description: "Shared propagation of a mount refuses."
# custom:
#   id: mount-propagation
#   severity: medium
#   level: baseline
#   risk: "What is mounted inside appears outside, for the host's programs to trust."
#   remediation:
#     docker: "use rslave or rprivate in place of rshared"
#     kubernetes: "mountPropagation: HostToContainer or None"
#     podman: "use rslave or rprivate"
#   controls:
#     nist-csf: ["PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.4", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)"]
#     gdpr: ["32"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     cis-docker: ["5.20"]
#     nist-sp-800-190: ["3.5.5", "4.5.5", "4.4.3"]
#     nist-sp-800-53r5: ["SC-4", "SC-39", "CM-6", "CM-7"]
#     docker-ee-stig: ["DKER-EE-002050"]
#     owasp-docker-top-10: ["D04"]
#   parameters:
#     allow: {type: array, items: {type: string}, description: "Propagations that may be asked for: rshared."}
package sallyport.rules.mount_propagation

import data.sallyport.lib

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.propagation_shared
	not m.propagation in lib.parameter("mount-propagation", "allow", [])
	finding := {"msg": sprintf("%s: mounts made inside would appear on the host", [m.destination]), "path": lib.mount_path(i)}
}
