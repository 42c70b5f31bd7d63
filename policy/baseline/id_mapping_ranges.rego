# METADATA
# title: "Mappings must stay clear of the host's own ids"
# description: "Ranges that reach below 1000 or cover groups with access to host objects refuse."
# custom:
#   id: id-mapping-ranges
#   severity: high
#   level: baseline
#   risk: "A system user of the host, or its docker or disk group, is somebody inside."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-csf: ["PR.IR-01", "PR.PS-01"]
#     pci-dss: ["2.2.3", "2.2.6", "A1.1.1"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)", "164.312(a)(1)"]
#     gdpr: ["25", "32", "32(1)(b)"]
#     sox-itgc: ["APD"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     nist-sp-800-190: ["4.4.3"]
#     nist-sp-800-53r5: ["SC-4", "SC-39", "CM-6"]
#     container-platform-srg: ["SRG-APP-000243-CTR-000600"]
#     owasp-docker-top-10: ["D01", "D05"]
package sallyport.rules.id_mapping_ranges

import data.sallyport.lib

deny contains finding if {
	lib.starting
	known
	count(input.facts.userns.system_ids) > 0
	finding := {"msg": sprintf("maps system ids of the host: %v", [input.facts.userns.system_ids]), "path": "/config/linux/uidMappings"}
}

deny contains finding if {
	lib.starting
	known
	some g in input.facts.userns.groups
	finding := {"msg": sprintf("maps group %s of the host", [g.name]), "path": "/config/linux/gidMappings"}
}

# Ids of a rootless engine are relative to its own namespace.
# By the names that this host gives its groups.
deny contains finding if {
	lib.starting
	known
	input.facts.userns.present
	some g in input.host.groups
	g.id != 0
	some m in input.config.linux.gidMappings
	m.hostID <= g.id
	g.id < m.hostID + m.size
	finding := {"msg": sprintf("maps group %s of the host", [g.name]), "path": "/config/linux/gidMappings"}
}

known if {
	not input.host.trusted == false
	not lib.unknown("/host/trusted")
}

deny contains finding if {
	lib.starting
	lib.unknown("/host/trusted")
	count(input.facts.userns.system_ids) + count(input.facts.userns.groups) > 0
	finding := lib.undetermined("/host/trusted", "/config/linux/uidMappings", "whether the ids are the host's or those of a rootless engine's namespace")
}
