# Mounts and paths, as a policy for containers reads them.
package bench

sensitive := ["/etc", "/proc", "/sys", "/var/run", "/root", "/boot", "/dev", "/usr/lib/systemd"]

result contains {"mount": i, "why": why} if {
	some i, m in input.mounts
	some tree in sensitive
	within(m.source, tree)
	not "ro" in m.options
	why := sprintf("%s is below %s", [m.source, tree])
}

result contains {"mount": i, "why": "twice"} if {
	some i, m in input.mounts
	some k, other in input.mounts
	k < i
	m.destination == other.destination
}

within(path, tree) if path == tree

within(path, tree) if startswith(path, concat("", [tree, "/"]))
