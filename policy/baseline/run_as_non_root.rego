# METADATA
# title: "The process must not be root of the host"
# description: "A container that would start as root of the host gets the user that its image or its entry script proves; one that needs a root phase stays root of a user namespace of its own, over files mapped to it, so that it is nobody on the host; where that cannot be had it is said aloud and root keeps few capabilities."
# custom:
#   id: run-as-non-root
#   severity: high
#   level: baseline
#   risk: "Root in a container is root on the host for every file, process and kernel interface that it comes to reach."
#   remediation:
#     docker: "--user UID:GID, or USER in the image"
#     kubernetes: "securityContext.runAsNonRoot: true with runAsUser"
#     podman: "--user, or --userns=auto"
#   controls:
#     nist-csf: ["PR.AA-05", "PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.6", "7.2.5"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)", "164.312(a)(1)"]
#     gdpr: ["25", "32"]
#     sox-itgc: ["APD"]
#     cobit: ["DSS05.03", "DSS05.04"]
#     mcsb: ["PV-2"]
#     cis-docker: ["4.1"]
#     k8s-pss: ["runAsNonRoot", "runAsUser"]
#     cis-kubernetes: ["5.2.7", "5.6.3"]
#     cis-gke: ["4.2.1", "4.6.3"]
#     cis-aks: ["4.6.2"]
#     nist-sp-800-190: ["3.1.2", "4.1.2", "3.4.3", "4.4.3"]
#     nist-sp-800-53r5: ["AC-6", "AC-6(8)", "CM-6", "CM-7"]
#     docker-ee-stig: ["DKER-EE-003200"]
#     container-platform-srg: ["SRG-APP-000342-CTR-000775", "SRG-APP-000340-CTR-000770"]
#     owasp-docker-top-10: ["D01", "D04"]
#     owasp-k8s-top-10-2022: ["K01"]
#     owasp-k8s-top-10-2025: ["K01"]
#     nsa-cisa-k8s: ["1.0", "1.6"]
#     kubescape: ["C-0013"]
#     aws-fsbp: ["ECS.20"]
#     azure-policy: ["f06ddb64-5fa3-4b77-b166-acb36f7f6042"]
#     gcp-scc: ["GKE_RUN_AS_NONROOT"]
#   parameters:
#     user_namespace: {type: boolean, description: "A start that needs root may get a user namespace."}
#     fallback_uid: {type: integer, minimum: 0, description: "Whom a container without an account runs as."}
package sallyport.rules.run_as_non_root

import data.sallyport.identity
import data.sallyport.lib

# A user was found: run as that one, with its home, its groups and its standard streams.
deny contains finding if {
	who := identity.chosen
	finding := {
		"msg": sprintf("runs as root of the host; user %d found by %s", [who.uid, who.tier]),
		"path": "/config/process/user/uid",
		"fix": array.concat(
			[
				{"op": "add", "path": "/config/process/user/uid", "value": who.uid},
				{"op": "add", "path": "/config/process/user/gid", "value": who.gid},
				{"op": "add", "path": "/config/process/user/additionalGids", "value": who.groups},
			],
			home_fix(who),
		),
		"actions": array.concat([{"action": "stdio_owner", "uid": who.uid, "gid": who.gid}], identity.giving),
	}
}

# Root stays, of a user namespace alone.
deny contains finding if {
	why := identity.mapped
	ids := {"containerID": 0, "hostID": input.facts.mapping.base, "size": input.facts.mapping.count}
	finding := {
		"msg": sprintf("runs as root of the host; becomes root of a user namespace alone: %s", [why]),
		"path": "/config/process/user/uid",
		"fix": array.concat(
			[
				{"op": "add", "path": "/config/linux/uidMappings", "value": [ids]},
				{"op": "add", "path": "/config/linux/gidMappings", "value": [ids]},
				{"op": "add", "path": "/config/linux/namespaces/-", "value": {"type": "user"}},
			],
			ping_fix,
		),
		"actions": [
			{"action": "map_root", "base": ids.hostID, "count": ids.size},
			{"action": "stdio_owner", "uid": ids.hostID, "gid": ids.hostID},
		],
	}
}

# The range of groups that may ping has to be one that the namespace knows.
ping := "net.ipv4.ping_group_range"

default ping_fix := []

ping_fix := [{"op": "add", "path": concat("/", ["/config/linux/sysctl", ping]), "value": sprintf("0 %d", [input.facts.mapping.count - 1])}] if {
	input.config.linux.sysctl[ping]
}

# Root cannot be given up from outside.
deny contains finding if {
	identity.needed
	not identity.mapped
	why := identity.root_phase
	not identity.blind
	finding := {
		"msg": sprintf("keeps root of the host, with few capabilities: %s", [why]),
		"path": "/config/process/user/uid",
		"enforcement": "warn",
		"severity": "high",
	}
}

# What was chosen rests on the image's accounts and entry script.
deny contains finding if {
	identity.needed
	part := identity.blind
	finding := lib.undetermined(part, "/config/process/user/uid", "whom the image wants to run as")
}

# HOME of root is closed to everyone else.
home_fix(who) := [{"op": "replace", "path": sprintf("/config/process/env/%d", [i]), "value": concat("", ["HOME=", who.home])}] if {
	input.facts.process.home == "/root"
	i := lib.env_index(input.config.process.env, "HOME")
}

home_fix(who) := [{"op": "add", "path": "/config/process/env/-", "value": concat("", ["HOME=", who.home])}] if {
	not input.facts.process.home
}

home_fix(_) := [] if {
	input.facts.process.home
	input.facts.process.home != "/root"
}
