# METADATA
# title: "The root file system must be the container's own"
# description: "A root that is or holds a sensitive tree, can be changed by others, or has links in place of /proc, /sys or /dev refuses; without a tmpfs on /dev, one is added."
# custom:
#   id: rootfs-path
#   severity: critical
#   level: baseline
#   risk: "The container is the host's tree, or the image decides what the runtime mounts over."
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
#     nist-sp-800-190: ["3.4.5", "4.4.5", "4.5.5"]
#     nist-sp-800-53r5: ["AC-3", "SC-39", "CM-6"]
#     owasp-docker-top-10: ["D05"]
package sallyport.rules.rootfs_path

import data.sallyport.lib

deny contains finding if {
	lib.starting
	input.facts.rootfs.sensitive
	finding := {"msg": sprintf("the root is or touches %s of the host", [input.facts.rootfs.sensitive]), "path": "/config/root/path"}
}

deny contains finding if {
	lib.starting
	input.facts.rootfs.changeable_by
	finding := {"msg": sprintf("the root can be replaced at %s", [input.facts.rootfs.changeable_by]), "path": "/config/root/path"}
}

deny contains finding if {
	lib.starting
	input.facts.rootfs.writable_by_others
	finding := {"msg": "others may write the root directory", "path": "/config/root/path"}
}

deny contains finding if {
	lib.starting
	some name in input.facts.rootfs.symlinked
	name in {"/proc", "/sys", "/dev"}
	finding := {"msg": sprintf("%s is a symbolic link in the image", [name]), "path": "/config/root/path"}
}

# runc refuses a linked root, crun follows it: /var/run alone is a link of the system's own.
deny contains finding if {
	lib.starting
	some link in input.facts.rootfs.links
	link != "/var/run"
	finding := {"msg": sprintf("the path of the root passes a symbolic link at %s", [link]), "path": "/config/root/path"}
}

deny contains finding if {
	lib.starting
	input.facts.rootfs.dev_tmpfs == false
	not on_dev
	finding := {
		"msg": "the image supplies /dev itself",
		"path": "/config/mounts",
		"fix": [{"op": "add", "path": "/config/mounts/0", "value": {
			"destination": "/dev",
			"type": "tmpfs",
			"source": "tmpfs",
			"options": ["nosuid", "strictatime", "mode=755", "size=65536k"],
		}}],
	}
}

deny contains finding if {
	lib.starting
	input.facts.rootfs.dev_tmpfs == false
	on_dev
	finding := {"msg": "/dev is something else than a tmpfs", "path": "/config/mounts"}
}

on_dev if {
	some m in input.facts.mounts
	m.destination_clean == "/dev"
}

deny contains finding if {
	lib.starting
	lib.unknown("/facts/rootfs/resolved")
	finding := lib.undetermined("/facts/rootfs/resolved", "/config/root/path", "where the root file system is")
}

deny contains finding if {
	lib.starting
	lib.unknown("/facts/rootfs/symlinked")
	not lib.unknown("/facts/rootfs")
	finding := lib.undetermined("/facts/rootfs/symlinked", "/config/root/path", "whether the image has links in place of /proc, /sys and /dev")
}

# Its owner can put other programs in it.
deny contains finding if {
	lib.starting
	input.facts.rootfs.uid != 0
	not kept
	not input.facts.userns.present
	finding := {"msg": sprintf("the root directory is user %d's", [input.facts.rootfs.uid]), "path": "/config/root/path"}
}

# An engine's own store; a bundle is anybody's.
kept if input.facts.rootfs.storage in {"docker", "containerd", "containers-storage", "buildah"}
