# METADATA
# title: "The process must be confined by AppArmor where the kernel has it"
# description: "Where AppArmor is on, the process has a profile and that profile is loaded. A profile is only set when the settings name one that this host loads: a runtime refuses to start with any other."
# custom:
#   id: apparmor-profile
#   severity: medium
#   level: baseline
#   risk: "Without mandatory access control, one mistake in a mount or a kernel interface is enough."
#   remediation:
#     docker: "remove --security-opt apparmor=unconfined"
#     kubernetes: "securityContext.appArmorProfile.type: RuntimeDefault"
#     podman: "remove --security-opt apparmor=unconfined"
#   controls:
#     nist-csf: ["PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.4", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)"]
#     gdpr: ["32"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     cis-docker: ["5.2"]
#     k8s-pss: ["appArmorProfile"]
#     cis-gke: ["4.2.1"]
#     nist-sp-800-190: ["3.4.3", "4.4.3", "3.5.2"]
#     nist-sp-800-53r5: ["AC-3", "AC-3(3)", "CM-6", "CM-7", "SC-39"]
#     docker-ee-stig: ["DKER-EE-001930"]
#     container-platform-srg: ["SRG-APP-000141-CTR-000315"]
#     owasp-docker-top-10: ["D04"]
#     owasp-k8s-top-10-2022: ["K01"]
#     owasp-k8s-top-10-2025: ["K01"]
#     nsa-cisa-k8s: ["1.9"]
#     kubescape: ["C-0055"]
#     azure-policy: ["511f5417-5d12-434d-ab2e-816901e72a5e"]
#   parameters:
#     profile: {type: string, description: "The profile set where the engine gave none."}
package sallyport.rules.apparmor_profile

import data.sallyport.lib

own_profile := lib.parameter("apparmor-profile", "profile", "")

path := concat("", [lib.process_path, "/apparmorProfile"])

deny contains finding if {
	unconfined
	own_profile != ""
	finding := {
		"msg": "not confined by AppArmor",
		"path": path,
		"fix": [{"op": "add", "path": path, "value": own_profile}],
	}
}

deny contains finding if {
	unconfined
	own_profile == ""
	finding := {
		"msg": "not confined by AppArmor, and the settings name no profile to put in place",
		"path": path,
		"enforcement": "warn",
	}
}

unconfined if {
	not lib.updating
	not lib.building
	input.host.apparmor
	input.facts.lsm.apparmor.unconfined
}

deny contains finding if {
	named
	input.facts.lsm.apparmor.loaded == false
	finding := {"msg": sprintf("AppArmor profile %s is not loaded", [input.facts.lsm.apparmor.profile]), "path": path}
}

deny contains finding if {
	named
	lib.unknown("/facts/lsm/apparmor/loaded")
	finding := lib.undetermined("/facts/lsm/apparmor/loaded", path, "whether the AppArmor profile is loaded")
}

named if {
	not lib.updating
	not input.facts.lsm.apparmor.unconfined
	input.facts.lsm.apparmor.profile
	input.facts.lsm.apparmor.profile != own_profile
}
