# METADATA
# title: "An exec must not be weaker than its container"
# description: "Profiles, labels and control groups of an exec that differ from what was admitted refuse."
# custom:
#   id: exec-privileged
#   severity: high
#   level: baseline
#   risk: "The exec is the easiest door into a container that was made safe."
#   remediation:
#     docker: "remove --privileged from docker exec"
#     kubernetes: "nothing: kubectl exec does not ask for it"
#     podman: "remove --privileged from podman exec"
#   controls:
#     nist-csf: ["PR.AA-05", "PR.PS-01"]
#     pci-dss: ["7.2.2", "10.2.1.2"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)", "164.312(a)(1)"]
#     gdpr: ["25", "32"]
#     sox-itgc: ["APD"]
#     cobit: ["DSS05.03", "DSS05.04"]
#     mcsb: ["PV-2"]
#     cis-docker: ["5.23"]
#     nist-sp-800-190: ["3.4.3", "4.4.3", "3.5.4"]
#     nist-sp-800-53r5: ["AC-6", "AC-6(5)", "AC-6(9)", "AC-6(10)", "CM-7"]
#     docker-ee-stig: ["DKER-EE-002080"]
#     container-platform-srg: ["SRG-APP-000340-CTR-000770", "SRG-APP-000343-CTR-000780"]
#     owasp-docker-top-10: ["D04"]
package sallyport.rules.exec_privileged

import data.sallyport.lib

admitted := object.get(input.container, "admitted", {})

deny contains finding if {
	lib.executing
	given := input.facts.args.apparmor
	given != object.get(admitted, "apparmor_profile", "")
	finding := {"msg": sprintf("asks for AppArmor profile %s", [given]), "path": "/process/apparmorProfile"}
}

deny contains finding if {
	lib.executing
	given := input.facts.args.process_label
	given != object.get(admitted, "selinux_label", "")
	finding := {"msg": sprintf("asks for SELinux label %s", [given]), "path": "/process/selinuxLabel"}
}

deny contains finding if {
	lib.executing
	input.process.apparmorProfile in {"unconfined", ""}
	not input.container.admitted.apparmor_profile in {"unconfined", ""}
	input.host.apparmor
	finding := {"msg": "asks to run unconfined by AppArmor", "path": "/process/apparmorProfile"}
}

deny contains finding if {
	lib.executing
	input.facts.args.cgroup
	finding := {"msg": "asks for a control group of its own", "path": ""}
}

deny contains finding if {
	lib.executing
	input.host.selinux
	own := admitted.selinux_label
	own != ""
	given := object.get(input.process, "selinuxLabel", "")
	given != own
	finding := {
		"msg": sprintf("its SELinux label %s is not the container's", [given]),
		"path": "/process/selinuxLabel",
		"fix": [{"op": "add", "path": "/process/selinuxLabel", "value": own}],
	}
}
