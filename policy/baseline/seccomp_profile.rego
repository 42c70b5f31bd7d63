# METADATA
# title: "A seccomp filter must be in force"
# description: "Without a filter, or with one that lets unnamed calls through, the baseline profile is put in its place."
# custom:
#   id: seccomp-profile
#   severity: high
#   level: baseline
#   risk: "The whole system call interface of the kernel stands open to whoever takes over the process."
#   remediation:
#     docker: "remove --security-opt seccomp=unconfined"
#     kubernetes: "securityContext.seccompProfile.type: RuntimeDefault"
#     podman: "remove --security-opt seccomp=unconfined"
#   controls:
#     nist-csf: ["PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.4", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)"]
#     gdpr: ["32"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     cis-docker: ["5.22"]
#     k8s-pss: ["seccompProfile_baseline", "seccompProfile_restricted"]
#     cis-kubernetes: ["5.6.2"]
#     cis-gke: ["4.6.2"]
#     nist-sp-800-190: ["3.4.3", "4.4.3", "4.4.4", "3.5.2"]
#     nist-sp-800-53r5: ["CM-6", "CM-7", "AC-6", "SC-39"]
#     docker-ee-stig: ["DKER-EE-002070"]
#     container-platform-srg: ["SRG-APP-000141-CTR-000315"]
#     owasp-docker-top-10: ["D04"]
#     owasp-k8s-top-10-2022: ["K01"]
#     owasp-k8s-top-10-2025: ["K01"]
#     nsa-cisa-k8s: ["1.10"]
#     kubescape: ["C-0055"]
#     azure-policy: ["975ce327-682c-4f2e-aa46-b9598289b86c"]
package sallyport.rules.seccomp_profile

import data.sallyport.lib

deny contains finding if {
	lib.starting
	not input.facts.seccomp.present
	finding := {
		"msg": "no seccomp filter",
		"path": "/config/linux/seccomp",
		"fix": [{"op": "add", "path": "/config/linux/seccomp", "value": data.sallyport.profiles.seccomp.baseline}],
	}
}

deny contains finding if {
	lib.starting
	input.facts.seccomp.default_allows
	finding := {
		"msg": sprintf("the seccomp filter lets every call through that it does not name (%s)", [input.facts.seccomp.default_action]),
		"path": "/config/linux/seccomp/defaultAction",
		"fix": [{"op": "add", "path": "/config/linux/seccomp", "value": data.sallyport.profiles.seccomp.baseline}],
	}
}

deny contains finding if {
	lib.starting
	lib.unknown("/facts/seccomp")
	finding := lib.undetermined("/facts/seccomp", "/config/linux/seccomp", "what the seccomp filter admits")
}

# The flag takes the mitigation of speculative store bypass off.
deny contains finding if {
	lib.starting
	"SECCOMP_FILTER_FLAG_SPEC_ALLOW" in input.facts.seccomp.flags
	not input.facts.seccomp.default_allows
	finding := {
		"msg": "the filter's flags switch a mitigation of the processor's off",
		"path": "/config/linux/seccomp/flags",
		"fix": [{"op": "replace", "path": "/config/linux/seccomp/flags", "value": [f | some f in input.facts.seccomp.flags; f != "SECCOMP_FILTER_FLAG_SPEC_ALLOW"]}],
	}
}

# Which calls a filter without architectures is for, each runtime says by itself.
deny contains finding if {
	lib.starting
	input.facts.seccomp.present
	not input.facts.seccomp.default_allows
	not any_architecture
	name := native[input.host.arch]
	finding := {
		"msg": "the seccomp filter does not say for which architecture it is",
		"path": "/config/linux/seccomp/architectures",
		"fix": [{"op": "add", "path": "/config/linux/seccomp/architectures", "value": [name]}],
	}
}

any_architecture if count(input.config.linux.seccomp.architectures) > 0

native := {
	"x86_64": "SCMP_ARCH_X86_64",
	"aarch64": "SCMP_ARCH_AARCH64",
	"armv7l": "SCMP_ARCH_ARM",
	"ppc64le": "SCMP_ARCH_PPC64LE",
	"s390x": "SCMP_ARCH_S390X",
	"riscv64": "SCMP_ARCH_RISCV64",
}
