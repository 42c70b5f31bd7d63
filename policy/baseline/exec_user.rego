# METADATA
# title: "An exec must run as the user that was chosen at the start"
# description: "An exec as root in a container that was given another user runs as that one."
# custom:
#   id: exec-user
#   severity: medium
#   level: baseline
#   risk: "A health check or a shell as root undoes what the start made safe."
#   remediation:
#     docker: "docker exec --user"
#     kubernetes: "securityContext.runAsUser"
#     podman: "podman exec --user"
#   controls:
#     nist-csf: ["PR.AA-05", "PR.PS-01"]
#     pci-dss: ["7.2.2", "8.6.1", "10.2.1.2"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)", "164.312(a)(1)"]
#     gdpr: ["25", "32"]
#     sox-itgc: ["APD"]
#     cobit: ["DSS05.03", "DSS05.04"]
#     mcsb: ["PV-2"]
#     cis-docker: ["5.24"]
#     nist-sp-800-190: ["4.4.3", "3.5.4"]
#     nist-sp-800-53r5: ["AC-6", "AC-6(5)", "AC-6(9)"]
#     docker-ee-stig: ["DKER-EE-002090"]
#     container-platform-srg: ["SRG-APP-000343-CTR-000780"]
#     owasp-docker-top-10: ["D01"]
package sallyport.rules.exec_user

import data.sallyport.lib

deny contains finding if {
	lib.executing
	input.facts.process.root
	who := input.container.admitted
	who.uid != 0
	finding := {
		"msg": sprintf("runs as root in a container of user %d", [who.uid]),
		"path": "/process/user/uid",
		"fix": array.concat(
			[
				{"op": "add", "path": "/process/user/uid", "value": who.uid},
				{"op": "add", "path": "/process/user/gid", "value": object.get(who, "gid", who.uid)},
				{"op": "add", "path": "/process/user/additionalGids", "value": object.get(who, "groups", [])},
			],
			home_fix,
		),
		"actions": [{"action": "stdio_owner", "uid": who.uid, "gid": object.get(who, "gid", who.uid)}],
	}
}

default home_fix := []

home_fix := [{"op": "replace", "path": sprintf("/process/env/%d", [i]), "value": concat("", ["HOME=", input.container.admitted.home])}] if {
	input.facts.process.home == "/root"
	i := lib.env_index(input.process.env, "HOME")
}
