# METADATA
# title: "Only limits may be written into the control group"
# description: "Entries of resources.unified that are no plain limit of a known controller are removed."
# custom:
#   id: cgroup-unified
#   severity: high
#   level: baseline
#   risk: "Any file of the control group is written as root."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
package sallyport.rules.cgroup_unified

import data.sallyport.lib

deny contains finding if {
	not lib.executing
	some u in input.facts.resources.unified
	not limit(u)
	path := concat("/", [lib.resources_path, "unified", lib.token(u.key)])
	finding := {"msg": sprintf("%s is no limit", [u.key]), "path": path, "fix": [{"op": "remove", "path": path}]}
}

limit(u) if {
	not u.odd
	split(u.key, ".")[0] in {"memory", "cpu", "cpuset", "io", "pids", "hugetlb", "rdma", "misc"}
}
