# CIS Docker section 1: the host.
package sallyport.host

host_results contains verdict(
	"docker-partition", data_root in input.mounts,
	sprintf("%s has no file system of its own", [data_root]), sprintf("%s is a file system of its own", [data_root]),
) if {
	docker
	there(data_root)
}

host_results contains idle("docker-partition", "Docker keeps nothing here") if not there(data_root)

host_results contains idle("docker-partition", "Docker is not installed") if {
	there(data_root)
	not docker
}

members := group_members("docker")

host_results contains {"rule": "docker-group", "outcome": "pass", "msg": "the group docker has no members"} if count(members) == 0

host_results contains unsure("docker-group", sprintf("members of the group docker are as good as root: %s; whether they are trusted is for you to say", [concat(", ", sort(members))])) if count(members) > 0

host_catalogue := {
	"docker-partition": {"title": "Containers have a file system of their own", "severity": "low", "remediation": {"host": "a partition for the engine's data directory"}},
	"docker-group": {"title": "Only trusted users control the daemon", "severity": "high", "remediation": {"host": "gpasswd -d USER docker"}},
}
