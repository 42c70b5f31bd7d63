# METADATA
# title: "/sys and control groups must be read-only"
# description: "Mounts of sysfs and of control groups that are writable become read-only."
# custom:
#   id: sysfs-and-cgroup-read-only
#   severity: high
#   level: baseline
#   risk: "A writable control group tree is a known way out; a writable /sys changes power, modules and devices."
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
#     cis-docker: ["5.5"]
#     k8s-pss: ["privileged"]
#     nist-sp-800-190: ["4.4.3", "4.5.5"]
#     nist-sp-800-53r5: ["CM-6", "CM-7", "AC-6", "SC-39"]
#     docker-ee-stig: ["DKER-EE-001960"]
#     owasp-docker-top-10: ["D04"]
package sallyport.rules.sysfs_and_cgroup_read_only

import data.sallyport.lib

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.type in {"sysfs", "cgroup", "cgroup2"}
	not m.bind
	not m.readonly
	finding := {
		"msg": sprintf("%s on %s is writable", [m.type, m.destination]),
		"path": lib.mount_path(i),
		"fix": [{"op": "add", "path": sprintf("/config/mounts/%d/options/-", [i]), "value": "ro"}],
	}
}
