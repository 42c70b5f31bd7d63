# METADATA
# title: "A user must not have groups of root or of the host's objects"
# description: "Group 0 and groups such as disk, docker or shadow are taken from the additional groups; a primary group 0 is told."
# custom:
#   id: no-root-group
#   severity: medium
#   level: baseline
#   risk: "Group ids count on the host's files, sockets and devices."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-csf: ["PR.AA-05", "PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.6", "7.2.5"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)", "164.312(a)(1)"]
#     gdpr: ["25", "32"]
#     sox-itgc: ["APD"]
#     cobit: ["DSS05.03", "DSS05.04"]
#     mcsb: ["PV-2"]
#     nist-sp-800-190: ["3.4.3", "4.4.3"]
#     nist-sp-800-53r5: ["AC-6", "CM-6"]
#     container-platform-srg: ["SRG-APP-000342-CTR-000775"]
#     owasp-docker-top-10: ["D01"]
#     nsa-cisa-k8s: ["1.6"]
#     azure-policy: ["f06ddb64-5fa3-4b77-b166-acb36f7f6042"]
package sallyport.rules.no_root_group

import data.sallyport.lib

deny contains finding if {
	not lib.updating
	not lib.building
	not input.facts.process.root
	wrong := {g | some g in input.facts.process.groups; bad(g); not images_own(g)}
	count(wrong) > 0
	finding := {
		"msg": sprintf("has groups of root or of host objects: %v", [sort(wrong)]),
		"path": groups_path,
		"fix": [{"op": "add", "path": groups_path, "value": [g | some g in input.facts.process.groups; not g in wrong]}],
	}
}

groups_path := concat("", [lib.process_path, "/user/additionalGids"])

bad(0)

bad(g) if {
	some d in input.facts.process.dangerous_groups
	d.id == g
}

bad(g) if {
	not input.facts.userns.present
	some d in input.host.groups
	d.id == g
}

deny contains finding if {
	not lib.updating
	not lib.building
	not input.facts.process.root
	input.facts.process.gid != 0
	bad(input.facts.process.gid)
	finding := object.union(
		{
			"msg": sprintf("its primary group %d is one of host objects", [input.facts.process.gid]),
			"path": concat("", [lib.process_path, "/user/gid"]),
		},
		{"enforcement": "warn" | images_own(input.facts.process.gid)},
	)
}

# The image's own account has it as its group: that the host has a group of the same number is chance,
# and what that group may open is not mounted (rules of their own see to that).
images_own(gid) if {
	not well_known(gid)
	some a in input.facts.rootfs.accounts
	a.uid == input.facts.process.uid
	a.gid == gid
}

images_own(gid) if {
	not well_known(gid)
	some a in input.facts.rootfs.accounts
	a.uid == input.facts.process.uid
	some g in input.facts.rootfs.groups
	g.gid == gid
	a.name in g.members
}

# The group that its container was admitted with.
images_own(gid) if {
	lib.executing
	input.container.admitted.gid == gid
}

# Numbers below 100 are the distributions' own, the same everywhere.
well_known(gid) if {
	gid < 100
	some d in input.facts.process.dangerous_groups
	d.id == gid
}

deny contains finding if {
	lib.starting
	not input.facts.process.root
	input.facts.process.gid == 0
	finding := {"msg": "its primary group is root's", "path": "/config/process/user/gid", "enforcement": "warn"}
}
