# METADATA
# title: "The root file system must be read-only"
# description: "The root file system is remounted read-only; /tmp, /var/tmp and /run become sized tmpfs, and the directories that belong to the chosen user stay writable as binds over themselves."
# custom:
#   id: read-only-rootfs
#   severity: high
#   level: baseline
#   risk: "A writable root file system lets an intruder persist, replace programs and prepare links for the next start."
#   remediation:
#     docker: "--read-only with --tmpfs for what must be written"
#     kubernetes: "securityContext.readOnlyRootFilesystem: true"
#     podman: "--read-only"
#   controls:
#     nist-csf: ["PR.PS-01", "PR.DS-10"]
#     pci-dss: ["2.2.1", "2.2.4", "2.2.6"]
#     hipaa-security-rule: ["164.312(c)(1)"]
#     gdpr: ["32"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     cis-docker: ["5.13"]
#     cis-kubernetes: ["5.6.3"]
#     nist-sp-800-190: ["3.4.4", "4.4.4", "4.4.3", "4.1.2"]
#     nist-sp-800-53r5: ["SC-34", "SI-7", "SI-14", "CM-6", "CM-7", "AC-6"]
#     sox-itgc: ["PC"]
#     docker-ee-stig: ["DKER-EE-002030"]
#     owasp-docker-top-10: ["D09", "D04"]
#     owasp-k8s-top-10-2022: ["K01"]
#     owasp-k8s-top-10-2025: ["K01"]
#     nsa-cisa-k8s: ["1.1"]
#     kubescape: ["C-0017"]
#     aws-fsbp: ["ECS.5"]
#     azure-policy: ["df49d893-a74c-421d-bc95-c663042e5b80"]
#   parameters:
#     run_size: {type: string, description: "Size of /run in memory."}
#     tmp_size: {type: string, description: "Size of /tmp and /var/tmp in memory."}
package sallyport.rules.read_only_rootfs

import data.sallyport.identity
import data.sallyport.lib

deny contains finding if {
	lib.starting
	not lib.building
	not input.facts.rootfs.readonly
	finding := {
		"msg": "the root file system is writable",
		"path": "/config/root/readonly",
		"fix": array.concat(
			[{"op": "add", "path": "/config/root/readonly", "value": true}],
			array.concat(
				[{"op": "add", "path": "/config/mounts/0", "value": m} | some m in writable],
				array.concat(
					[{"op": "add", "path": "/config/mounts/-", "value": tmpfs(place)} | some place in run_again],
					[{"op": "add", "path": sprintf("/config/mounts/%d/options/-", [i]), "value": o} |
						some i, m in input.config.mounts
						run_of_engine(m)
						some o in opened(m)
					],
				),
			),
		),
	}
}

writable := array.concat(scratch, array.concat(own, array.concat(workplace, programs)))

# What every program expects to write, empty at each start. Programs may load what they wrote
# to /tmp, so it stays executable.
scratch := [tmpfs(place) |
	some place in array.concat(["/run", "/tmp", "/var/tmp"], run_directories)
	not mounted(place)
	not link(place)
	not hidden(place)
]

# A /run of the engine's or the user's own hides what the image has there. An entry script of root's
# makes it again; who is not root any more finds it made, in a /run of theirs.
run_of_engine(m) if {
	m.type == "tmpfs"
	m.destination == "/run"
}

hidden(place) if {
	startswith(place, "/run/")
	some m in input.config.mounts
	run_of_engine(m)
}

run_again := [place |
	identity.chosen
	some place in run_directories
	hidden(place)
	not mounted(place)
]

opened(m) := owner("/run") if {
	identity.chosen
	count([o | some o in m.options; startswith(o, "uid=")]) == 0
} else := []

run_directories := [d.path |
	some d in input.facts.rootfs.directories
	d.kind == "directory"
	startswith(d.path, "/run/")
]

link(place) if {
	some name in input.facts.rootfs.symlinked
	startswith(place, name)
}

tmpfs(place) := {
	"destination": place,
	"type": "tmpfs",
	"source": "tmpfs",
	"options": array.concat(["nosuid", "nodev", mode(place), concat("", ["size=", size(place)])], owner(place)),
}

mode(place) := "mode=755" if startswith(place, "/run")

mode(place) := "mode=1777" if not startswith(place, "/run")

size(place) := lib.parameter("read-only-rootfs", "run_size", "64m") if startswith(place, "/run")

size(place) := lib.parameter("read-only-rootfs", "tmp_size", "256m") if not startswith(place, "/run")

# A directory of the image's below /run stays its owner's; root's become the user's.
owner(place) := [sprintf("uid=%d", [who.uid]), sprintf("gid=%d", [who.gid])] if {
	startswith(place, "/run")
	who := owner_of(place)
	who.uid != 0
} else := []

owner_of(place) := who if {
	some who in input.facts.rootfs.directories
	who.path == place
	who.uid != 0
} else := user

# Whom the container runs as once every rule has been heard.
user := identity.chosen if identity.chosen

else := {"uid": input.facts.process.uid, "gid": input.facts.process.gid}

# The container's own directories, bound over themselves: content and owners stay, and what is
# written survives a restart as before.
own := [bind(d.path) |
	some d in input.facts.rootfs.directories
	d.kind == "directory"
	writes(d)
	not startswith(d.path, "/run")
	not d.path in {"/", "/tmp", "/var/tmp"}
	not mounted(d.path)
	input.facts.rootfs.resolved
]

writes(d) if {
	user.uid != 0
	may_write(d)
}

# As the kernel would let it: the owner, one of a group that may, anybody.
may_write(d) if d.uid == user.uid

may_write(d) if {
	bits.and(d.mode, 16) != 0
	d.gid in groups
}

may_write(d) if bits.and(d.mode, 2) != 0

groups := {user.gid} | {g | some g in object.get(user, "groups", object.get(input.facts.process, "groups", []))}

# A service that keeps its root phase writes to its state directories as root.
writes(d) if {
	identity.keeps_root
	not mapped
	d.uid == 0
	startswith(d.path, "/var/")
}

# Root of a user namespace writes where root's state is, in the image's own trees, what the image gave
# to somebody, and what its entry script is seen to write.
writes(d) if {
	mapped
	d.path in state_places
}

writes(d) if {
	mapped
	d.path in edited
}

writes(d) if {
	mapped
	of_the_image(d)
	not inner(d.path)
}

of_the_image(d) if d.own_tree

of_the_image(d) if d.uid != 0

of_the_image(d) if bits.and(d.mode, 2) != 0

# Bound already with what is above it.
inner(path) if {
	some tree in trees
	startswith(path, concat("", [tree, "/"]))
}

trees := state_places | {d.path | some d in input.facts.rootfs.directories; d.own_tree}

state_places := {
	"/var/lib", "/var/log", "/var/cache", "/var/spool", "/var/mail", "/var/opt", "/var/www", "/usr/src",
	"/root", "/home", "/srv", "/opt",
}

# What the entry script is seen to write below /etc: its directory there, for a file of /etc itself all
# of it.
edits := {concat("/", ["/etc", name]) | some name in input.facts.rootfs.script.edits_etc}

in_etc := {d.path |
	some d in input.facts.rootfs.directories
	d.kind == "directory"
	startswith(d.path, "/etc/")
}

edited := (edits & in_etc) | {"/etc" | some path in edits; not path in in_etc}

# A program that its entry script sets capabilities on.
programs := [bind(p.resolved) |
	mapped
	input.facts.rootfs.script.sets_capabilities
	p := input.facts.rootfs.executed
	p.kind == "file"
	input.facts.rootfs.resolved
	not inner(p.resolved)
]

# About to be mapped, or mapped already when rules are heard again.
mapped if identity.mapped

mapped if {
	input.facts.userns.present
	input.facts.process.root
	not input.facts.process.root_in_host
}

# The working directory: of root of a namespace, or one that is given to the user.
workplace := [bind(d.path) |
	works_there
	d := input.facts.rootfs.workdir
	d.kind == "directory"
	not lib.system_path(d.path)
	not lib.covered(d.path)
	not d.path in {b.destination | some b in own}
	input.facts.rootfs.resolved
]

works_there if mapped

works_there if {
	identity.chosen
	identity.unnamed
}

works_there if {
	user.uid != 0
	may_write(input.facts.rootfs.workdir)
}

bind(place) := {
	"destination": place,
	"type": "bind",
	"source": concat("", [input.facts.rootfs.resolved, place]),
	"options": ["rbind", "rw", "nosuid", "nodev", "rprivate"],
}

mounted(place) if {
	some m in input.config.mounts
	m.destination == place
}
