# METADATA
# title: "No sensitive tree of the host may be mounted"
# description: "A bind whose source is, holds or lies in a sensitive tree of the host refuses, whatever name or link leads there. Single files that every engine hands in are let through read-only."
# custom:
#   id: host-mounts
#   severity: critical
#   level: baseline
#   risk: "What is mounted is no longer outside the container: passwords, units, other containers, the kernel's own files."
#   remediation:
#     docker: "mount a named volume, or a directory that holds nothing else"
#     kubernetes: "use a volume type other than hostPath"
#     podman: "mount a named volume"
#   controls:
#     nist-csf: ["PR.PS-01", "PR.DS-01", "PR.IR-01"]
#     pci-dss: ["2.2.1", "2.2.4", "2.2.6"]
#     hipaa-security-rule: ["164.312(a)(1)", "164.312(c)(1)"]
#     gdpr: ["25", "32"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     cis-docker: ["5.6"]
#     k8s-pss: ["hostPathVolumes", "restrictedVolumes"]
#     cis-kubernetes: ["5.2.11"]
#     cis-gke: ["4.2.1"]
#     nist-sp-800-190: ["3.5.5", "4.5.5", "4.4.3"]
#     nist-sp-800-53r5: ["AC-3", "AC-6", "SC-4", "SI-7", "CM-6", "CM-7"]
#     sox-itgc: ["APD"]
#     docker-ee-stig: ["DKER-EE-001190"]
#     container-platform-srg: ["SRG-APP-000243-CTR-000595", "SRG-APP-000133-CTR-000305"]
#     owasp-docker-top-10: ["D04"]
#     owasp-k8s-top-10-2022: ["K01"]
#     owasp-k8s-top-10-2025: ["K01"]
#     kubescape: ["C-0048"]
#     azure-policy: ["098fc59e-46c7-4d99-9b16-64990e543d75"]
#     gcp-scc: ["GKE_HOST_PATH_VOLUMES"]
#   parameters:
#     allow_readonly: {type: array, items: {type: string}, description: "Sensitive sources that may be mounted read-only."}
package sallyport.rules.host_mounts

import data.sallyport.lib

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.bind
	m.sensitive
	not lib.own_mount(m)
	not harmless(m)
	not logs(m)
	finding := {
		"msg": sprintf("%s is %s of the host", [m.source, relation(m)]),
		"path": lib.mount_path(i),
	}
}

# Logs that are only read: collectors do.
deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.bind
	not lib.own_mount(m)
	logs(m)
	finding := {
		"msg": sprintf("%s: the logs of the host can be read", [m.source]),
		"path": lib.mount_path(i),
		"enforcement": "warn",
	}
}

logs(m) if {
	m.readonly
	m.sensitive == "/var/log"
	m.relation in {"equal", "inside"}
}

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.bind
	m.via_proc
	not lib.own_mount(m)
	finding := {"msg": sprintf("%s goes through another process's files", [m.source]), "path": lib.mount_path(i)}
}

# Directories of an overlay are host directories like any other.
deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	some b in m.backing
	b.sensitive
	finding := {"msg": sprintf("the overlay is made of %s, %s of the host", [b.source, relation(b)]), "path": lib.mount_path(i)}
}

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	some b in m.backing
	b.via_proc
	finding := {"msg": sprintf("the overlay is made of %s, which goes through another process's files", [b.source]), "path": lib.mount_path(i)}
}

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	some k, b in m.backing
	not b.sensitive
	pointer := sprintf("/facts/mounts/%d/backing/%d/resolved", [i, k])
	lib.unknown(pointer)
	finding := lib.undetermined(pointer, lib.mount_path(i), sprintf("where %s leads", [b.source]))
}

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.bind
	not m.sensitive
	not lib.own_mount(m)
	not harmless(m)
	pointer := sprintf("/facts/mounts/%d/resolved", [i])
	lib.unknown(pointer)
	finding := lib.undetermined(pointer, lib.mount_path(i), sprintf("where %s leads", [m.source]))
}

# Where nobody can look, the name alone is enough: these are what they say on every host.
deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.bind
	not m.sensitive
	not lib.own_mount(m)
	not harmless(m)
	lib.unknown(sprintf("/facts/mounts/%d/resolved", [i]))
	some tree in trees
	under(m.source, tree)
	finding := {"msg": sprintf("%s is by its name a sensitive tree of the host", [m.source]), "path": lib.mount_path(i)}
}

trees := ["/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/root", "/run", "/sbin", "/sys", "/usr", "/var/lib/docker", "/var/lib/containerd", "/var/lib/containers", "/var/lib/kubelet", "/var/run"]

under(source, tree) if source == tree

under(source, tree) if startswith(source, concat("", [tree, "/"]))

# Above them all.
under(source, _) if source in {"/", "/var", "/var/lib"}

relation(m) := sprintf("in the sensitive tree %s", [m.sensitive]) if m.relation == "inside"

relation(m) := sprintf("above the sensitive tree %s", [m.sensitive]) if m.relation == "ancestor"

relation(m) := "a sensitive tree" if m.relation == "equal"

# Read-only, and the same for everyone.
harmless(m) if {
	m.readonly
	m.source in allowed
}

allowed := {"/etc/localtime", "/etc/timezone", "/etc/resolv.conf", "/etc/hosts", "/etc/hostname", "/etc/ssl/certs", "/etc/pki/ca-trust", "/lib/modules", "/usr/lib/modules", "/usr/share/zoneinfo"} | {p |
	some p in lib.parameter("host-mounts", "allow_readonly", [])
}

# A person's project below their home is theirs to mount; the home itself is not.
harmless(m) if {
	m.relation == "inside"
	m.sensitive == "/home"
	not hidden(m)
	depth := count(split(trim_prefix(m.resolved, "/"), "/"))
	depth > 2
}

hidden(m) if contains(m.resolved, "/.")
