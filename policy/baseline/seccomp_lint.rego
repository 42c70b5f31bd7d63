# METADATA
# title: "A seccomp filter should do what it says"
# description: "Conditions that hold for everything, calls that nobody knows, calls that libraries probe for answered with EPERM, and calls that help an attacker on are told."
# custom:
#   id: seccomp-lint
#   severity: low
#   level: baseline
#   mode: warn
#   risk: "A filter that means something else than it says is believed in."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-sp-800-53r5: ["CM-6"]
package sallyport.rules.seccomp_lint

import data.sallyport.lib

deny contains finding if {
	lib.starting
	some pointer in input.facts.seccomp.lint
	finding := {"msg": "the condition does not do what it says", "path": pointer}
}

deny contains finding if {
	lib.starting
	count(input.facts.seccomp.unknown_names) > 0
	finding := {
		"msg": sprintf("no such calls here: %s", [concat(", ", input.facts.seccomp.unknown_names)]),
		"path": "/config/linux/seccomp/syscalls",
	}
}

deny contains finding if {
	lib.starting
	count(input.facts.seccomp.eperm_calls) > 0
	finding := {
		"msg": sprintf("libraries take EPERM for a fault; ENOSYS lets them go on: %s", [concat(", ", input.facts.seccomp.eperm_calls)]),
		"path": "/config/linux/seccomp",
	}
}

deny contains finding if {
	lib.starting
	count(input.facts.seccomp.helpers) > 0
	finding := {
		"msg": sprintf("lets through what helps an attacker on: %s", [concat(", ", input.facts.seccomp.helpers)]),
		"path": "/config/linux/seccomp/syscalls",
		"enforcement": "audit",
	}
}
