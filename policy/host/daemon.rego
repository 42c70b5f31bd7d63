# CIS Docker section 2: the daemon's settings, from its arguments, its configuration file and its own word.
package sallyport.host

# Each row: the rule, whether it holds, what is said when not and when so, and what to do.
daemon_rows := [
	{
		"rule": "daemon-rootless", "severity": "medium", "title": "The daemon does not run as root",
		"needs_info": true, "bad": "dockerd runs as root", "good": "dockerd runs in a user namespace of an account's own", "fix": "run rootless Docker, or user namespaces (userns-remap)",
	},
	{
		"rule": "daemon-icc", "severity": "medium", "title": "Containers on the default bridge do not reach each other",
		"bad": "icc is not false", "good": "icc is false", "fix": "\"icc\": false in daemon.json",
	},
	{
		"rule": "daemon-log-level", "severity": "low", "title": "The daemon logs at level info",
		"bad": "log-level is not info", "good": "log-level is info", "fix": "\"log-level\": \"info\" in daemon.json",
	},
	{
		"rule": "daemon-iptables", "severity": "medium", "title": "The daemon keeps its own packet filter rules",
		"bad": "iptables is false", "good": "iptables is not switched off", "fix": "remove \"iptables\": false",
	},
	{
		"rule": "daemon-insecure-registries", "severity": "high", "title": "No registry is used without TLS",
		"bad": sprintf("insecure registries: %s", [concat(", ", sort(insecure))]), "good": "none is named", "fix": "remove insecure-registries",
	},
	{
		"rule": "daemon-aufs", "severity": "low", "title": "The storage driver is not aufs",
		"needs_driver": true, "bad": "the storage driver is aufs", "good": sprintf("the storage driver is %s", [driver]), "fix": "use overlay2",
	},
	{
		"rule": "daemon-devicemapper", "severity": "low", "title": "The storage driver is not devicemapper",
		"needs_driver": true, "bad": "the storage driver is devicemapper", "good": sprintf("the storage driver is %s", [driver]), "fix": "use overlay2",
	},
	{
		"rule": "daemon-tls", "severity": "critical", "title": "No network peer reaches the daemon without a certificate",
		"bad": sprintf("listens on %s without tlsverify", [concat(", ", sort(tcp_hosts))]), "good": "no network listener without client certificates", "fix": "remove the tcp:// host, or set tlsverify with tlscacert, tlscert and tlskey",
	},
	{
		"rule": "daemon-userns-remap", "severity": "medium", "title": "Containers have user namespaces of their own",
		"bad": "userns-remap is not set", "good": "containers are remapped", "fix": "\"userns-remap\": \"default\" in daemon.json",
	},
	{
		"rule": "daemon-cgroup-parent", "severity": "low", "title": "Containers' control groups stand in the usual place",
		"bad": "cgroup-parent is set", "good": "cgroup-parent is the default", "fix": "confirm or remove cgroup-parent",
	},
	{
		"rule": "daemon-base-device", "severity": "low", "title": "The base device's size is the default",
		"bad": "dm.basesize is set", "good": "dm.basesize is not set", "fix": "remove dm.basesize",
	},
	{
		"rule": "daemon-authorization", "severity": "medium", "title": "Requests of clients are authorized",
		"bad": "no authorization plugin", "good": "an authorization plugin is in place", "fix": "authorization-plugins in daemon.json",
	},
	{
		"rule": "daemon-log-driver", "severity": "low", "title": "Containers' logs leave the host",
		"bad": "logs stay on this host", "good": "logs are sent away", "fix": "a log-driver such as journald with forwarding, syslog, fluentd or gelf",
	},
	{
		"rule": "daemon-no-new-privileges", "severity": "high", "title": "Containers gain no privileges by default",
		"bad": "no-new-privileges is not true", "good": "no-new-privileges is true", "fix": "\"no-new-privileges\": true in daemon.json",
	},
	{
		"rule": "daemon-live-restore", "severity": "low", "title": "Containers outlive a restart of the daemon",
		"bad": "live-restore is not true", "good": "live-restore is true, or a swarm does without", "fix": "\"live-restore\": true in daemon.json",
	},
	{
		"rule": "daemon-userland-proxy", "severity": "low", "title": "Ports are not proxied in user space",
		"bad": "userland-proxy is not false", "good": "userland-proxy is false", "fix": "\"userland-proxy\": false in daemon.json",
	},
	{
		"rule": "daemon-seccomp", "severity": "high", "title": "The daemon's seccomp profile is not switched off",
		"bad": "seccomp-profile is unconfined, or the daemon has no seccomp", "good": "a seccomp profile is the default", "fix": "remove \"seccomp-profile\": \"unconfined\"",
	},
	{
		"rule": "daemon-experimental", "severity": "low", "title": "Experimental features are off",
		"bad": "experimental is true", "good": "experimental is not on", "fix": "remove \"experimental\": true",
	},
]

# Whether a default suits is for people to say.
daemon_results contains unsure("daemon-ulimits", "no default-ulimits: whether the kernel's suit is for you to say") if {
	docker
	not config["default-ulimits"]
	count(flags("default-ulimit")) == 0
}

daemon_results contains {"rule": "daemon-ulimits", "outcome": "pass", "msg": "default-ulimits are set"} if {
	docker
	count(flags("default-ulimit")) + count(object.get(config, "default-ulimits", {})) > 0
}

daemon_results contains idle("daemon-ulimits", "Docker is not installed") if not docker

daemon_results contains r if {
	some row in daemon_rows
	r := daemon_result(row)
}

daemon_result(row) := idle(row.rule, "Docker is not installed") if {
	not docker
} else := unsure(row.rule, sprintf("%s: %s", [config_file, config_unreadable])) if {
	config_unreadable
} else := unsure(row.rule, "the daemon does not answer, and its settings do not tell") if {
	row.needs_info
	not info
} else := unsure(row.rule, "the daemon does not answer, and its settings name no storage driver") if {
	row.needs_driver
	driver == ""
} else := verdict(row.rule, row.rule in holds, row.bad, row.good)

daemon_catalogue := object.union(
	{row.rule: {"title": row.title, "severity": row.severity, "remediation": {"docker": row.fix}} | some row in daemon_rows},
	{"daemon-ulimits": {"title": "Default limits of containers are chosen", "severity": "low", "remediation": {"docker": "default-ulimits in daemon.json"}}},
)

holds contains "daemon-log-level" if not setting("log-level")

holds contains "daemon-log-level" if setting("log-level") == "info"

holds contains "daemon-rootless" if security_option("rootless")

holds contains "daemon-icc" if is_off("icc")

holds contains "daemon-iptables" if not is_off("iptables")

holds contains "daemon-insecure-registries" if count(insecure) == 0

holds contains "daemon-aufs" if driver != "aufs"

holds contains "daemon-devicemapper" if driver != "devicemapper"

holds contains "daemon-base-device" if count([o | some o in list_setting("storage-opt", "storage-opts"); contains(o, "dm.basesize")]) == 0

holds contains "daemon-authorization" if count(list_setting("authorization-plugin", "authorization-plugins")) > 0

holds contains "daemon-no-new-privileges" if is_on("no-new-privileges")

holds contains "daemon-userland-proxy" if is_off("userland-proxy")

holds contains "daemon-seccomp" if not seccomp_off

holds contains "daemon-experimental" if not is_on("experimental")

holds contains "daemon-tls" if count(tcp_hosts) == 0

holds contains "daemon-tls" if is_on("tlsverify")

holds contains "daemon-userns-remap" if {
	u := setting("userns-remap")
	u != ""
}

holds contains "daemon-userns-remap" if security_option("rootless")

holds contains "daemon-userns-remap" if security_option("userns")

holds contains "daemon-cgroup-parent" if not setting("cgroup-parent")

holds contains "daemon-cgroup-parent" if setting("cgroup-parent") in {"docker", "/docker", "system.slice"}

holds contains "daemon-log-driver" if {
	d := setting("log-driver")
	not d in {"json-file", "local", "none"}
}

holds contains "daemon-live-restore" if is_on("live-restore")

holds contains "daemon-live-restore" if info.Swarm.LocalNodeState == "active"

insecure := {r | some r in list_setting("insecure-registry", "insecure-registries")}

driver := d if {
	d := info.Driver
} else := d if {
	d := setting("storage-driver")
} else := ""

tcp_hosts := {h | some h in array.concat(list_setting("host", "hosts"), short_hosts); startswith(h, "tcp://")}

# -H HOST
short_hosts := [h |
	args := arguments("dockerd")
	some i, a in args
	a == "-H"
	h := args[i + 1]
]

default seccomp_off := false

seccomp_off if setting("seccomp-profile") == "unconfined"

seccomp_off if {
	info
	not security_option("seccomp")
}
