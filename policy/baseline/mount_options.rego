# METADATA
# title: "No mount option may take protection away"
# description: "remount, options that clear nosuid or nodev, options that follow links, foreign security contexts and id mappings to root of the host refuse; a writable bind gets nosuid and nodev; a read-only one is made read-only below too where the kernel can."
# custom:
#   id: mount-options
#   severity: medium
#   level: baseline
#   risk: "An option can undo what the document says elsewhere."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-csf: ["PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.4", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)"]
#     gdpr: ["32"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     nist-sp-800-190: ["4.4.3", "4.4.4"]
#     nist-sp-800-53r5: ["CM-6", "CM-7", "CM-7(2)"]
#     owasp-docker-top-10: ["D04", "D09"]
package sallyport.rules.mount_options

import data.sallyport.lib

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.remount
	finding := {"msg": sprintf("%s: remount strips the protection of an earlier mount", [m.destination]), "path": lib.mount_path(i)}
}

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	some o in m.options_danger
	o in follows
	finding := {"msg": sprintf("%s: option %s takes protection away", [m.destination, o]), "path": lib.mount_path(i)}
}

follows := {"copy-symlink", "src-nofollow", "dest-nofollow"}

weakening := {"suid", "dev", "rsuid", "rdev", "rexec", "rrw"}

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	some o in m.options_danger
	o in weakening
	finding := {
		"msg": sprintf("%s: option %s takes protection away", [m.destination, o]),
		"path": lib.mount_path(i),
		"fix": [{"op": "remove", "path": sprintf("/config/mounts/%d/options/%d", [i, k])} |
			some k, given in input.config.mounts[i].options
			given == o
		],
	}
}

# Among the words of one option nothing can be taken out.
deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	some o in m.options_danger
	o in weakening
	not o in input.config.mounts[i].options
	finding := {"msg": sprintf("%s: option %s hides in a list", [m.destination, o]), "path": lib.mount_path(i)}
}

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	some o in m.options_danger
	o in {"symfollow", "rsymfollow"}
	finding := {"msg": sprintf("%s: links below it are followed", [m.destination]), "path": lib.mount_path(i), "enforcement": "warn"}
}

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.idmap_outside
	not m.maps_host_root
	finding := {"msg": sprintf("%s: its id mapping leaves the container's user namespace", [m.destination]), "path": lib.mount_path(i)}
}

# File systems of the kernel's: what each engine gives them.
deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	not m.bind
	lacks := [o | some o in usual[m.type]; m[o] == false]
	count(lacks) > 0
	finding := {
		"msg": sprintf("%s: lacks %s", [m.destination, concat(", ", lacks)]),
		"path": lib.mount_path(i),
		"fix": [{"op": "add", "path": sprintf("/config/mounts/%d/options/-", [i]), "value": o} | some o in lacks],
	}
}

usual := {
	"proc": ["nosuid", "noexec", "nodev"],
	"sysfs": ["nosuid", "noexec", "nodev"],
	"cgroup": ["nosuid", "noexec", "nodev"],
	"cgroup2": ["nosuid", "noexec", "nodev"],
	"mqueue": ["nosuid", "noexec", "nodev"],
	"devpts": ["nosuid", "noexec"],
}

# On a bind the runtime would copy the host's files into memory of the container.
deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.bind
	"tmpcopyup" in input.config.mounts[i].options
	finding := {"msg": sprintf("%s: tmpcopyup on a bind", [m.destination]), "path": lib.mount_path(i)}
}

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.maps_host_root
	finding := {"msg": sprintf("%s: its id mapping holds root of the host", [m.destination]), "path": lib.mount_path(i)}
}

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.label
	not labelled(m)
	finding := {"msg": sprintf("%s: a security context is given by option", [m.destination]), "path": lib.mount_path(i)}
}

# Programs and nodes that others put there must not count.
# As the document's own mountLabel has it, whose categories' comma parts options.
labelled(m) if {
	given := trim(substring(m.label, indexof(m.label, "=") + 1, -1), "\"")
	given == split(input.facts.lsm.selinux.mount_label, ",")[0]
}

labelled(m) if {
	given := trim(substring(m.label, indexof(m.label, "=") + 1, -1), "\"")
	given == input.facts.lsm.selinux.mount_label
}

deny contains finding if {
	lib.starting
	not lib.building
	some i, m in input.facts.mounts
	m.bind
	not device(m)
	not lib.own_mount(m)
	lacks := [o | some o in ["nosuid", "nodev"]; m[o] == false]
	count(lacks) > 0
	finding := {
		"msg": sprintf("%s: set-user-id programs and device nodes below it would count", [m.destination]),
		"path": lib.mount_path(i),
		"fix": [{"op": "add", "path": sprintf("/config/mounts/%d/options/-", [i]), "value": o} | some o in lacks],
	}
}

# `ro` alone leaves what is mounted below a recursive bind writable.
deny contains finding if {
	half_readonly[i]
	modern
	finding := {
		"msg": sprintf("%s: what is mounted below it stays writable", [input.facts.mounts[i].destination]),
		"path": lib.mount_path(i),
		"fix": [{"op": "add", "path": sprintf("/config/mounts/%d/options/-", [i]), "value": "rro"}],
	}
}

deny contains finding if {
	half_readonly[i]
	not modern
	finding := {
		"msg": sprintf("%s: what is mounted below it stays writable", [input.facts.mounts[i].destination]),
		"path": lib.mount_path(i),
		"enforcement": "warn",
	}
}

device(m) if m.kind in {"char", "block"}

half_readonly contains i if {
	lib.starting
	some i, m in input.facts.mounts
	m.bind
	m.readonly
	m.recursive
	m.recursive_readonly == false
	m.kind != "file"
}

# mount_setattr(2).
modern if input.host.kernel_version >= [5, 12]
