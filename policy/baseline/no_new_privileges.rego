# METADATA
# title: "The process must not gain privileges by running a program"
# description: "noNewPrivileges is set, at the start and for every exec."
# custom:
#   id: no-new-privileges
#   severity: high
#   level: baseline
#   risk: "Set-user-id programs and file capabilities give back what the policy took away."
#   remediation:
#     docker: "--security-opt no-new-privileges"
#     kubernetes: "securityContext.allowPrivilegeEscalation: false"
#     podman: "--security-opt no-new-privileges"
#   controls:
#     nist-csf: ["PR.AA-05", "PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.6", "7.2.5"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)", "164.312(a)(1)"]
#     gdpr: ["25", "32"]
#     sox-itgc: ["APD"]
#     cobit: ["DSS05.03", "DSS05.04"]
#     mcsb: ["PV-2"]
#     cis-docker: ["5.26"]
#     k8s-pss: ["allowPrivilegeEscalation"]
#     cis-kubernetes: ["5.2.6"]
#     cis-gke: ["4.6.3"]
#     cis-eks: ["4.2.5"]
#     cis-aks: ["4.2.5"]
#     nist-sp-800-190: ["3.4.3", "4.4.3"]
#     nist-sp-800-53r5: ["AC-6", "AC-6(8)", "AC-6(10)", "CM-6", "CM-7"]
#     docker-ee-stig: ["DKER-EE-002110"]
#     container-platform-srg: ["SRG-APP-000340-CTR-000770", "SRG-APP-000342-CTR-000775"]
#     owasp-docker-top-10: ["D04"]
#     owasp-k8s-top-10-2022: ["K01"]
#     owasp-k8s-top-10-2025: ["K01"]
#     nsa-cisa-k8s: ["1.7"]
#     kubescape: ["C-0016"]
#     azure-policy: ["1c6e92c9-99f0-4e55-9cf2-0c234dc48f99"]
#     gcp-scc: ["GKE_PRIVILEGE_ESCALATION"]
package sallyport.rules.no_new_privileges

import data.sallyport.identity
import data.sallyport.lib

deny contains finding if {
	not lib.updating
	not input.facts.process.no_new_privileges
	not lib.building
	not starts_itself_again
	path := concat("", [lib.process_path, "/noNewPrivileges"])
	finding := {
		"msg": "may gain privileges by set-user-id programs and file capabilities",
		"path": path,
		"fix": [{"op": "add", "path": path, "value": true}],
	}
}

# A program that is set-user-id itself (mail servers start themselves again) would run as somebody
# else than it has to. In a user namespace its root is nobody on the host and gains nothing beyond
# the bounding set.
starts_itself_again if {
	lib.starting
	identity.setuid
	in_namespace
}

in_namespace if identity.mapped

in_namespace if {
	input.facts.userns.present
	not input.facts.process.root_in_host
	not input.facts.userns.maps_host_root
}

deny contains finding if {
	starts_itself_again
	not input.facts.process.no_new_privileges
	finding := {
		"msg": "its program is set-user-id: it may gain what root of its user namespace has",
		"path": "/config/process/noNewPrivileges",
		"enforcement": "warn",
	}
}
