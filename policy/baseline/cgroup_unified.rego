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
	u.key in limits
	not lifts(u)
}

limit(u) if {
	not u.odd
	regex.match(`^hugetlb\.[0-9A-Z]+\.(rsvd\.)?max$`, u.key)
}

limits := {
	"cpu.idle", "cpu.max", "cpu.max.burst", "cpu.uclamp.max", "cpu.uclamp.min", "cpu.weight",
	"cpu.weight.nice", "cpuset.cpus", "cpuset.mems", "io.bfq.weight", "io.latency", "io.max",
	"io.weight", "memory.high", "memory.low", "memory.max", "memory.min", "memory.oom.group",
	"memory.swap.high", "memory.swap.max", "memory.zswap.max", "misc.max", "pids.max", "rdma.max",
}

# It is written after pids.limit and would take its place.
lifts(u) if {
	u.key == "pids.max"
	not bounded(u.value)
}

bounded(text) if {
	regex.match(`^[0-9]{1,7}$`, text)
	to_number(text) < 4194304
}
