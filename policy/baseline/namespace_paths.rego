# METADATA
# title: "Nobody but root may change where a namespace comes from"
# description: "The path of a namespace that another user can replace refuses."
# custom:
#   id: namespace-paths
#   severity: high
#   level: baseline
#   risk: "Between the look and the start the path may come to lead to the host's namespace."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
package sallyport.rules.namespace_paths

import data.sallyport.lib

deny contains finding if {
	lib.starting
	some name, n in input.facts.namespaces
	n.changeable_by
	finding := {"msg": sprintf("the path of the %s namespace can be changed at %s", [name, n.changeable_by]), "path": "/config/linux/namespaces"}
}
