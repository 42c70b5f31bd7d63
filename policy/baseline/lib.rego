# What the rules share: when they apply, what is unknown, and the shapes of findings and fixes.
package sallyport.lib

# A container is about to be made from config.json.
starting if input.operation in {"create", "run", "restore"}

executing if input.operation == "exec"

updating if input.operation == "update"

# Without a document of its own: rules on processes and starts have nothing to look at.
updating if input.operation == "checkpoint"

# An image build keeps its root user and writable layers; every rule against escapes stays.
building if input.container.scope == "build"

# Where the judged process stands in the document.
process_path := "/process" if executing

else := "/config/process"

process := input.process if executing

else := input.config.process

resources_path := "/resources" if updating

else := "/config/linux/resources"

# The fact at this pointer could not be had here.
unknown(pointer) if pointer in unknown_pointers

unknown(pointer) if {
	some tree in unknown_trees
	startswith(pointer, tree)
}

unknown_pointers contains u if some u in input.facts.unknown

unknown_trees contains concat("", [u, "/"]) if some u in input.facts.unknown

# A rule that reads a fact that is not known says so. It never passes for that reason.
undetermined(pointer, path, what) := {
	"msg": sprintf("cannot tell %s: it was not possible to look", [what]),
	"path": path,
	"undetermined": true,
	"unknown": [pointer],
}

mount_path(i) := sprintf("/config/mounts/%d", [i])

# One token of a JSON pointer.
token(name) := replace(replace(name, "~", "~0"), "/", "~1")

# A rule's parameter from the settings, or the default.
parameter(rule, name, fallback) := given if {
	given := data.sallyport.main.parameters[rule][name]
} else := fallback

# The limits that the settings give (rule resource-limits).
bounds := parameter_map("resource-limits")

bound(name) := object.get(bounds, name, {})

parameter_map(rule) := given if {
	given := data.sallyport.main.parameters[rule]
} else := {}

# 512m and 512Mi are of 1024, 512MB of 1000, as users of engines write them; "none" takes back what a wider setting says.
amount(given) := given if is_number(given)

amount(given) := units.parse_bytes(regex.replace(given, `([kmgtKMGT])$`, "${1}i")) if {
	is_string(given)
	given != "none"
}

most(bound) := amount(bound.max)

usual(bound) := amount(bound["default"])

# Never more than the maximum.
within(bound, n) := min([n, most(bound)])

within(bound, n) := n if not most(bound)

# What stands where no limit is asked for: the settings' default, or the rule's own.
given(bound, own) := within(bound, usual(bound)) if {
	usual(bound) >= 0
} else := within(bound, own) if {
	own > 0
} else := most(bound)

# The limits asked for: of the container, or the update's.
resources := object.get(input, "resources", {}) if updating

resources := object.get(input, ["config", "linux", "resources"], {}) if not updating

# A rootless engine that was given no control group of its own: the runtime could not set a limit in one, and would fail.
without_cgroup if {
	input.host.trusted == false
	object.get(input, ["config", "linux", "cgroupsPath"], "") == ""
}

# The engine put this mount there itself, or it lies in the container's own root file system.
own_mount(m) if m.engine_managed

own_mount(m) if m.own_rootfs

# What engines call privileged: said by the facts, or by its three parts where an older engine does
# not know every capability of this kernel.
privileged if input.facts.privileged

privileged if {
	input.facts.devices.allow_all
	not input.facts.seccomp.present
	"CAP_SYS_ADMIN" in input.facts.capabilities.critical
	"CAP_SYS_MODULE" in input.facts.capabilities.critical
}

namespace(type) := input.facts.namespaces[type]

host_namespace(type) if namespace(type).state in {"host", "missing"}

private_namespace(type) if namespace(type).state == "private"

# Given by path, and not the host's.
joined_namespace(type) if {
	namespace(type).state == "shared"
	namespace(type).path
}

# The place of an environment variable in a list of NAME=value.
env_index(env, name) := max({i | some i, e in env; startswith(e, concat("", [name, "="]))})

# A path of the container at or below a mount of the document.
covered(path) if {
	some m in input.config.mounts
	m.destination != "/"
	under(path, m.destination)
}

under(path, tree) if path == tree

under(path, tree) if startswith(path, concat("", [tree, "/"]))

# Programs and the kernel's own places are never written, but for what images keep of their own
# there.
system_path("/")

system_path(path) if {
	some tree in ["/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sbin", "/sys", "/tmp", "/usr", "/var"]
	under(path, tree)
	not images_own(path)
}

images_own(path) if {
	some tree in ["/usr/src", "/var/www"]
	under(path, tree)
}

# A tree of its own, such as /usr/local/tomcat.
images_own(path) if {
	some tree in ["/usr/local/", "/usr/share/"]
	startswith(path, tree)
	name := split(trim_prefix(path, tree), "/")[0]
	not name in {"", ".", "..", "bin", "ca-certificates", "etc", "games", "include", "info", "lib", "libexec", "man", "sbin", "share"}
}
