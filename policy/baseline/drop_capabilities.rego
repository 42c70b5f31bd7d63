# METADATA
# title: "The process must hold no capability that it does not need"
# description: "All five capability sets are emptied; root phases and builds keep a short list, an exec what was admitted at the start, a program with file capabilities those in the bounding set."
# custom:
#   id: drop-capabilities
#   severity: high
#   level: baseline
#   risk: "Each capability is a piece of root: many of them alone are enough to leave the container."
#   remediation:
#     docker: "--cap-drop ALL"
#     kubernetes: "securityContext.capabilities.drop: [ALL]"
#     podman: "--cap-drop all"
#   controls:
#     nist-csf: ["PR.AA-05", "PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.6", "7.2.5"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)", "164.312(a)(1)"]
#     gdpr: ["25", "32"]
#     sox-itgc: ["APD"]
#     cobit: ["DSS05.03", "DSS05.04"]
#     mcsb: ["PV-2"]
#     cis-docker: ["5.4"]
#     k8s-pss: ["capabilities_baseline", "capabilities_restricted"]
#     cis-kubernetes: ["5.2.9"]
#     cis-gke: ["4.2.1"]
#     nist-sp-800-190: ["3.4.3", "4.4.3"]
#     nist-sp-800-53r5: ["AC-6", "CM-6", "CM-7"]
#     docker-ee-stig: ["DKER-EE-001950"]
#     container-platform-srg: ["SRG-APP-000342-CTR-000775", "SRG-APP-000141-CTR-000315"]
#     owasp-docker-top-10: ["D04"]
#     owasp-k8s-top-10-2022: ["K01"]
#     owasp-k8s-top-10-2025: ["K01"]
#     kubescape: ["C-0046", "C-0055"]
#     azure-policy: ["c26596ff-4d70-4e6a-9a30-c2506bd2f80c", "a27c700f-8a22-44ec-961c-41625264370b"]
#   parameters:
#     keep: {type: array, items: {type: string}, description: "Capabilities that stay, dangerous ones too: CAP_NET_ADMIN."}
package sallyport.rules.drop_capabilities

import data.sallyport.identity
import data.sallyport.lib

deny contains finding if {
	not lib.updating
	excess := sort(given - allowed)
	count(excess) > 0
	finding := {
		"msg": sprintf("holds capabilities that it does not need: %s", [concat(", ", excess)]),
		"path": concat("", [lib.process_path, "/capabilities"]),
		"fix": array.concat([set_fix(name) | some name, _ in lib.process.capabilities], port_fix),
	}
}

given := {c | some c in input.facts.capabilities.union}

allowed := (identity.keeps | settings_keep) | file_capabilities

settings_keep := {c | some c in lib.parameter("drop-capabilities", "keep", [])}

# Without them in the bounding set the program could not even be started; with
# no-new-privileges it gets none of them.
file_capabilities := {c |
	lib.starting
	some part in ["program", "executed"]
	input.facts.rootfs[part].file_capabilities_effective
	some c in input.facts.rootfs[part].file_capabilities
}

set_fix(name) := {
	"op": "add",
	"path": concat("/", [lib.process_path, "capabilities", name]),
	"value": sort({c | some c in lib.process.capabilities[name]; c in kept(name)}),
}

kept("bounding") := allowed

kept(name) := identity.keeps | settings_keep if name in {"effective", "permitted"}

kept(name) := set() if name in {"inheritable", "ambient"}

# The low ports of a network namespace that is joined are opened there: its pod's, or one that the
# engine made. No capability reaches it, of a user namespace as little as of none.
deny contains finding if {
	lib.starting
	not lib.building
	"CAP_NET_BIND_SERVICE" in given
	lib.joined_namespace("network")
	identity.needed
	identity_changes
	finding := {
		"msg": "low ports of the network namespace that it joins are opened, in place of CAP_NET_BIND_SERVICE",
		"path": "/config/linux/namespaces",
		"actions": [{"action": "open_ports"}],
	}
}

identity_changes if identity.mapped

identity_changes if {
	identity.chosen
	not "CAP_NET_BIND_SERVICE" in allowed
}

# Low ports by the kernel's own setting in place of a capability.
port := "/config/linux/sysctl/net.ipv4.ip_unprivileged_port_start"

default port_fix := []

port_fix := [{"op": "add", "path": port, "value": "0"}] if {
	lib.starting
	"CAP_NET_BIND_SERVICE" in given
	not "CAP_NET_BIND_SERVICE" in allowed
	lib.private_namespace("network")
	not input.facts.userns.present
	not object.get(input.config.linux, "sysctl", {})["net.ipv4.ip_unprivileged_port_start"]
}
