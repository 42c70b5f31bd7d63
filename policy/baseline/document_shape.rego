# METADATA
# title: "The document must be one that every runtime reads alike"
# description: "Wrong types, impossible values and fields that the runtime specification does not have refuse."
# custom:
#   id: document-shape
#   severity: critical
#   level: baseline
#   waivable: false
#   risk: "What the policy does not know, the runtime may act on."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
package sallyport.rules.document_shape

deny contains finding if {
	some pointer in input.facts.malformed
	finding := {"msg": "wrong type or impossible value", "path": pointer}
}

# Sections of other platforms: a runtime for virtual machines would act on them.
deny contains finding if {
	some section in ["vm", "windows", "solaris", "zos", "freebsd"]
	input.config[section]
	finding := {"msg": "a section for another platform", "path": concat("", ["/config/", section])}
}

deny contains finding if {
	some pointer in input.facts.unknown_fields
	finding := {"msg": "the runtime specification has no such field", "path": pointer}
}

deny contains finding if {
	some part in ["/config/process/user/username", "/process/user/username"]
	object.get(input, split(trim_prefix(part, "/"), "/"), "") != ""
	finding := {"msg": "a user by name is for another platform", "path": part}
}

deny contains finding if {
	some part in ["/config/process/commandLine", "/process/commandLine"]
	object.get(input, split(trim_prefix(part, "/"), "/"), "") != ""
	finding := {"msg": "a command line is for another platform", "path": part}
}

# Which processors an exec begins on is the host's to say.
deny contains finding if {
	some part in ["/config/process/execCPUAffinity", "/process/execCPUAffinity"]
	is_object(object.get(input, split(trim_prefix(part, "/"), "/"), ""))
	finding := {"msg": "chooses the host's processors for its execs", "path": part}
}
