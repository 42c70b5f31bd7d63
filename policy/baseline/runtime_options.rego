# METADATA
# title: "No option of the runtime may open a way out"
# description: "Options that keep the old root, hand on descriptors other than sockets and pipes, run another program, or that are not known, refuse; a shared keyring is told."
# custom:
#   id: runtime-options
#   severity: high
#   level: baseline
#   risk: "A directory handed on by number leads to the host's root."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
package sallyport.rules.runtime_options

import data.sallyport.lib

deny contains finding if {
	input.facts.args.no_pivot
	finding := {"msg": "--no-pivot keeps the host's root within reach", "path": ""}
}

deny contains finding if {
	some kind in input.facts.args.preserved_kinds
	not kind in {"socket", "pipe", "fifo", "eventfd", "closed"}
	finding := {"msg": sprintf("hands on a descriptor of a %s", [kind]), "path": ""}
}

deny contains finding if {
	handed > 0
	not input.facts.args.preserved_kinds
	finding := {"msg": "hands on descriptors that could not be looked at", "path": ""}
}

deny contains finding if {
	input.facts.args.criu
	finding := {"msg": "--criu runs a program of the caller's choice", "path": ""}
}

deny contains finding if {
	some o in input.facts.args.unknown
	not o in lib.parameter("runtime-options", "allow", [])
	finding := {"msg": sprintf("option %s is not known", [o]), "path": ""}
}

handed := sum([n | some name in ["preserve_fds", "listen_fds"]; n := input.facts.args[name]])

deny contains finding if {
	input.facts.args.no_new_keyring
	finding := {"msg": "--no-new-keyring shares the caller's keys", "path": "", "enforcement": "warn"}
}
