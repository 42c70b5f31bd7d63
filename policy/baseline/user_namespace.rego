# METADATA
# title: "A user namespace must protect the host"
# description: "Mappings that hold root of the host, identity maps, overlapping ranges and mappings beside a path refuse."
# custom:
#   id: user-namespace
#   severity: high
#   level: baseline
#   risk: "Root inside is root outside, though a user namespace is there to see."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-csf: ["PR.IR-01", "PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.3", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)", "164.312(a)(1)"]
#     gdpr: ["25", "32", "32(1)(b)"]
#     sox-itgc: ["APD"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     cis-docker: ["5.31"]
#     nist-sp-800-190: ["3.4.3", "4.4.3", "3.5.2"]
#     nist-sp-800-53r5: ["AC-6", "SC-39", "CM-6"]
#     docker-ee-stig: ["DKER-EE-002120"]
#     container-platform-srg: ["SRG-APP-000243-CTR-000595", "SRG-APP-000342-CTR-000775"]
#     owasp-docker-top-10: ["D01", "D05"]
package sallyport.rules.user_namespace

import data.sallyport.lib

deny contains finding if {
	present
	input.facts.userns.maps_host_root
	not lib.unknown("/host/trusted")
	finding := {"msg": "maps root of the host into the container", "path": "/config/linux/uidMappings"}
}

deny contains finding if {
	present
	input.facts.userns.identity
	not input.facts.userns.maps_host_root
	finding := {"msg": "maps every id to itself", "path": "/config/linux/uidMappings"}
}

deny contains finding if {
	present
	input.facts.userns.overlaps
	finding := {"msg": "ranges of ids overlap", "path": "/config/linux/uidMappings"}
}

deny contains finding if {
	present
	input.facts.userns.path_with_mappings
	finding := {"msg": "a path and mappings are both given", "path": "/config/linux/namespaces"}
}

deny contains finding if {
	present
	lib.namespace("user").state == "private"
	not mapped
	finding := {"msg": "no mapping is given: each runtime makes its own", "path": "/config/linux/uidMappings"}
}

# Joining one by path: the host's own, or one that no pod of this engine shares.
deny contains finding if {
	present
	lib.namespace("user").host
	finding := {"msg": "joins the host's user namespace", "path": "/config/linux/namespaces"}
}

deny contains finding if {
	present
	lib.unknown("/facts/namespaces/user/state")
	finding := lib.undetermined("/facts/namespaces/user/state", "/config/linux/namespaces", "whose user namespace is joined")
}

deny contains finding if {
	present
	lib.namespace("user").state == "shared"
	not input.container.engine in {"podman", "cri", "crio"}
	finding := {"msg": "joins a user namespace of others", "path": "/config/linux/namespaces"}
}

deny contains finding if {
	present
	input.facts.userns.maps_host_root
	lib.unknown("/host/trusted")
	finding := lib.undetermined("/host/trusted", "/config/linux/uidMappings", "whether id 0 is root of the host or of a rootless engine's namespace")
}

# In a user namespace of a rootless engine ids are relative to it: its root is no root of the host.
present if {
	lib.starting
	input.facts.userns.present
	not rootless
}

rootless if input.host.trusted == false

mapped if count(input.config.linux.uidMappings) > 0
