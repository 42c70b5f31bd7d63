# METADATA
# title: "No option of the runtime may open a way out"
# description: "Options that keep the old root, hand on descriptors other than sockets and pipes, run another program, write among the host's own files, or that are not known, refuse; a shared keyring is told."
# custom:
#   id: runtime-options
#   severity: high
#   level: baseline
#   risk: "A directory handed on by number leads to the host's root."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   parameters:
#     allow: {type: array, items: {type: string}, description: "Options of the runtime that may be given."}
package sallyport.rules.runtime_options

import data.sallyport.lib

deny contains finding if {
	input.facts.args.no_pivot
	finding := {"msg": "--no-pivot keeps the host's root within reach", "path": ""}
}

deny contains finding if {
	some kind in input.facts.args.preserved_kinds
	not kind in {"socket", "pipe", "fifo", "eventfd", "closed"}
	finding := {"msg": sprintf("hands on a descriptor of a %s", [kind]), "path": ""}
}

deny contains finding if {
	handed > 0
	not input.facts.args.preserved_kinds
	finding := {"msg": "hands on descriptors that could not be looked at", "path": ""}
}

deny contains finding if {
	input.facts.args.criu
	finding := {"msg": "--criu runs a program of the caller's choice", "path": ""}
}

deny contains finding if {
	some o in input.facts.args.unknown
	not o in lib.parameter("runtime-options", "allow", [])
	finding := {"msg": sprintf("option %s is not known", [o]), "path": ""}
}

deny contains finding if {
	some option in ["log", "root", "pid_file"]
	path := input.facts.args[option]
	some dir in hosts_own
	below(path, dir)
	not path in harmless
	finding := {"msg": sprintf("--%s leads to %s, among the host's own files", [replace(option, "_", "-"), path]), "path": concat("/", ["/facts/args", option])}
}

deny contains finding if {
	some option in ["console_socket", "pidfd_socket"]
	path := input.facts.args[option]
	some name in engine_sockets
	endswith(path, name)
	finding := {"msg": sprintf("--%s leads to %s, a control socket", [replace(option, "_", "-"), path]), "path": concat("/", ["/facts/args", option])}
}

deny contains finding if {
	input.facts.args.rootless in {"true", "1", "t", "T", "TRUE", "True"}
	input.host.trusted
	finding := {"msg": "--rootless lets the runtime leave out limits that it could set", "path": ""}
}

# Where a file that the runtime writes as root would be run, read as configuration, or change the kernel.
hosts_own := [
	"/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/root", "/sbin", "/sys", "/usr",
	"/var/spool", "/var/lib/sallyport", "/var/log/sallyport", "/run/sallyport", "/run/systemd", "/run/udev",
]

harmless := {"/dev/null", "/dev/stdout", "/dev/stderr"}

engine_sockets := ["/docker.sock", "/containerd.sock", "/containerd.sock.ttrpc", "/crio.sock", "/podman.sock", "/buildkitd.sock", "/cri-dockerd.sock"]

below(path, dir) if path == dir

below(path, dir) if startswith(path, concat("", [dir, "/"]))

# A path whose directory is not there yet may still climb.
below(path, dir) if {
	dir == "/etc"
	some part in split(path, "/")
	part == ".."
}

handed := sum([n | some name in ["preserve_fds", "listen_fds"]; n := input.facts.args[name]])

deny contains finding if {
	input.facts.args.no_new_keyring
	finding := {"msg": "--no-new-keyring shares the caller's keys", "path": "", "enforcement": "warn"}
}
