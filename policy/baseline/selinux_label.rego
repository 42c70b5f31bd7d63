# METADATA
# title: "The process must be confined by SELinux where the kernel has it"
# description: "Where SELinux is on, the label is whole, of a confined type, and has categories that separate containers."
# custom:
#   id: selinux-label
#   severity: medium
#   level: baseline
#   risk: "Without mandatory access control, one mistake in a mount or a kernel interface is enough."
#   remediation:
#     docker: "remove --security-opt label=disable"
#     kubernetes: "securityContext.seLinuxOptions with a container type"
#     podman: "remove --security-opt label=disable"
#   controls:
#     nist-csf: ["PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.4", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)"]
#     gdpr: ["32"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     cis-docker: ["5.3"]
#     k8s-pss: ["seLinuxOptions"]
#     cis-gke: ["4.2.1"]
#     nist-sp-800-190: ["3.4.3", "4.4.3", "3.5.2"]
#     nist-sp-800-53r5: ["AC-3", "AC-3(3)", "CM-6", "CM-7", "SC-39"]
#     docker-ee-stig: ["DKER-EE-001940"]
#     container-platform-srg: ["SRG-APP-000141-CTR-000315"]
#     owasp-docker-top-10: ["D04"]
#     owasp-k8s-top-10-2022: ["K01"]
#     owasp-k8s-top-10-2025: ["K01"]
#     nsa-cisa-k8s: ["1.8"]
#     kubescape: ["C-0055"]
#     azure-policy: ["e1e6c427-07d9-46ab-9689-bfa85431e636"]
#   parameters:
#     mount_types: {type: array, items: {type: string}, description: "Types of labels that mounts may have."}
package sallyport.rules.selinux_label

import data.sallyport.lib

deny contains finding if {
	on
	input.facts.lsm.selinux.malformed
	finding := {"msg": "the SELinux label has fewer than three parts", "path": path}
}

deny contains finding if {
	on
	input.facts.lsm.selinux.unconfined
	not lib.building
	finding := {"msg": "not confined by SELinux", "path": path}
}

deny contains finding if {
	not lib.updating
	not input.host.selinux
	input.facts.lsm.selinux.malformed
	finding := {"msg": "the SELinux label has fewer than three parts", "path": path}
}

# A label that confines nothing is refused even where no SELinux looks at it today.
deny contains finding if {
	not lib.updating
	not input.host.selinux
	input.facts.lsm.selinux.label
	input.facts.lsm.selinux.unconfined
	finding := {"msg": sprintf("the SELinux type %s confines nothing", [input.facts.lsm.selinux.type]), "path": path}
}

path := concat("", [lib.process_path, "/selinuxLabel"])

on if {
	not lib.updating
	input.host.selinux
}

# What mounts are labelled with: content of containers, not of the host.
deny contains finding if {
	lib.starting
	type := input.facts.lsm.selinux.mount_type
	not regex.match(`^(container|svirt)_`, type)
	not type in lib.parameter("selinux-label", "mount_types", [])
	finding := {"msg": sprintf("mounts would be labelled %s", [type]), "path": "/config/linux/mountLabel"}
}
