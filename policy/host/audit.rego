# CIS Docker 1.1.3 to 1.1.18: the kernel's audit watches the engine's files. By the rules in files: what is loaded may differ.
package sallyport.host

audit_files := {f | some f in object.get(object.get(input, "glob", {}), "/etc/audit/rules.d/*.rules", [])}

audit_targets := {
	"docker-daemon": ["/usr/bin/dockerd"],
	"run-containerd": ["/run/containerd"],
	"var-lib-docker": [data_root],
	"etc-docker": ["/etc/docker"],
	"docker-service": units("docker.service"),
	"containerd-sock": ["/run/containerd/containerd.sock"],
	"docker-sock": array.concat(units("docker.socket"), ["/run/docker.sock", "/var/run/docker.sock"]),
	"default-docker": ["/etc/default/docker"],
	"daemon-json": [config_file],
	"containerd-config": ["/etc/containerd/config.toml"],
	"sysconfig-docker": ["/etc/sysconfig/docker"],
	"containerd": ["/usr/bin/containerd"],
	"containerd-shim": ["/usr/bin/containerd-shim"],
	"containerd-shim-runc-v1": ["/usr/bin/containerd-shim-runc-v1"],
	"containerd-shim-runc-v2": ["/usr/bin/containerd-shim-runc-v2"],
	"runc": array.concat(program("runc"), []),
}

audit_wanted := {p | some list in audit_targets; some p in list}

audit_lines := {trim_space(line) |
	some file in (audit_files | {"/etc/audit/audit.rules"})
	some line in split(object.get(object.get(input, "text", {}), file, ""), "\n")
	not startswith(trim_space(line), "#")
}

# -w PATH, or -F path=PATH and -F dir=PATH.
watched(path) if {
	some line in audit_lines
	words := split(line, " ")
	some i, w in words
	w == "-w"
	words[i + 1] in {path, concat("", [path, "/"])}
}

watched(path) if {
	some line in audit_lines
	some w in split(line, " ")
	w in {concat("", ["path=", path]), concat("", ["dir=", path]), concat("", ["dir=", path, "/"])}
}

audit_present(name) := [p | some p in audit_targets[name]; there(p)]

audit_results contains r if {
	some name, _ in audit_targets
	r := audit_result(concat("", ["audit-", name]), name)
}

audit_result(rule, name) := idle(rule, "there is no such file") if {
	count(audit_present(name)) == 0
} else := verdict(rule, true, "", sprintf("%s is watched", [concat(", ", audit_present(name))])) if {
	some p in audit_present(name)
	watched(p)
} else := verdict(rule, false, sprintf("no audit rule watches %s", [concat(", ", audit_present(name))]), "")

audit_catalogue := {concat("", ["audit-", name]): c |
	some name, list in audit_targets
	c := {
		"title": sprintf("The kernel's audit watches %s", [name]),
		"severity": "medium",
		"remediation": {"host": sprintf("in /etc/audit/rules.d watch (-w) one of: %s", [concat(" ", list)])},
	}
}
