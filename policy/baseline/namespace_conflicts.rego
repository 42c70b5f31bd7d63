# METADATA
# title: "Each namespace must be named once, and be known"
# description: "Two entries of one kind that contradict each other, and kinds that this version does not know, refuse."
# custom:
#   id: namespace-conflicts
#   severity: high
#   level: baseline
#   risk: "One runtime refuses such a list, another joins the host's namespace."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
package sallyport.rules.namespace_conflicts

import data.sallyport.lib

deny contains finding if {
	lib.starting
	some name, n in input.facts.namespaces
	n.conflict
	finding := {"msg": sprintf("entries for %s contradict each other", [name]), "path": "/config/linux/namespaces"}
}

deny contains finding if {
	lib.starting
	some name in input.facts.namespaces.unknown_types
	finding := {"msg": sprintf("namespace type %s is not known", [name]), "path": "/config/linux/namespaces"}
}
