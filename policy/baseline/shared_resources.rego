# METADATA
# title: "What others share should be bounded"
# description: "Packet classes, huge pages and memory nodes that are taken without a bound are told; memory, processor time and disks without one are recorded: a guessed bound breaks databases, so it is the settings' to give."
# custom:
#   id: shared-resources
#   severity: low
#   level: baseline
#   mode: warn
#   risk: "Neighbours starve, or packets pass for those of others."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-sp-800-53r5: ["CM-6"]
package sallyport.rules.shared_resources

import data.sallyport.lib

deny contains finding if {
	not lib.executing
	input.facts.resources.net_class
	finding := {"msg": "sets the class or priority of its packets", "path": concat("", [lib.resources_path, "/network"])}
}

deny contains finding if {
	not lib.executing
	some i, l in lib.resources.hugepageLimits
	l.limit > 1125899906842624
	finding := {"msg": "huge pages without a bound", "path": sprintf("%s/hugepageLimits/%d", [lib.resources_path, i])}
}

deny contains finding if {
	not lib.executing
	count(lib.resources.rdma) > 0
	finding := {"msg": "takes RDMA resources", "path": concat("", [lib.resources_path, "/rdma"])}
}

deny contains finding if {
	lib.starting
	count(input.config.linux.memoryPolicy) > 0
	finding := {"msg": "chooses the memory nodes itself", "path": "/config/linux/memoryPolicy"}
}

deny contains finding if {
	lib.starting
	not disk_bounded
	finding := {"msg": "disk input and output is not bounded", "path": "/config/linux/resources/blockIO", "enforcement": "audit"}
}

deny contains finding if {
	lib.starting
	not input.facts.resources.memory_limited
	finding := {"msg": "memory is not bounded", "path": "/config/linux/resources/memory", "enforcement": "audit"}
}

deny contains finding if {
	lib.starting
	not input.facts.resources.cpu_limited
	finding := {"msg": "processor time is not bounded", "path": "/config/linux/resources/cpu", "enforcement": "audit"}
}

disk_bounded if count(lib.resources.blockIO) > 0
