# METADATA
# title: "The container must not change the host's share of the caches"
# description: "linux.intelRdt that names the root class, leaves the directory of classes or brings its own schemata refuses."
# custom:
#   id: cache-allocation
#   severity: medium
#   level: baseline
#   risk: "The root class is everybody's: its schemata take cache and memory bandwidth from the whole host."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-sp-800-53r5: ["CM-6"]
package sallyport.rules.cache_allocation

import data.sallyport.lib

deny contains finding if {
	lib.starting
	id := input.config.linux.intelRdt.closID
	not plain(id)
	finding := {"msg": "the class of service is the root's or lies outside", "path": "/config/linux/intelRdt/closID"}
}

plain(id) if {
	count(id) > 0
	not contains(id, "/")
	not id in {".", ".."}
}

deny contains finding if {
	lib.starting
	some name in ["schemata", "l3CacheSchema", "memBwSchema"]
	count(input.config.linux.intelRdt[name]) > 0
	finding := {"msg": sprintf("brings its own %s", [name]), "path": concat("/", ["/config/linux/intelRdt", name])}
}
