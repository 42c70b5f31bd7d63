# CIS Docker section 3: who owns the engine's files, and who may change them.
package sallyport.host

units(name) := [sprintf("%s/%s", [d, name]) | some d in ["/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system"]]

# mode: no bit outside of it may be set.
file_rows := {
	"docker-service": {"paths": units("docker.service"), "first": true, "group": "root", "mode": 420},
	"docker-socket": {"paths": units("docker.socket"), "first": true, "group": "root", "mode": 420},
	"etc-docker": {"paths": ["/etc/docker"], "group": "root", "mode": 493},
	"registry-certs": {"paths": object.get(object.get(input, "glob", {}), "/etc/docker/certs.d/*/*", []), "group": "root", "mode": 292},
	"ca-cert": {"paths": path_setting("tlscacert"), "group": "root", "mode": 292},
	"server-cert": {"paths": path_setting("tlscert"), "group": "root", "mode": 292},
	"server-key": {"paths": path_setting("tlskey"), "group": "root", "mode": 256},
	"docker-sock": {"paths": ["/run/docker.sock"], "group": "docker", "mode": 432},
	"daemon-json": {"paths": [config_file], "group": "root", "mode": 420},
	"default-docker": {"paths": ["/etc/default/docker"], "group": "root", "mode": 420},
	"sysconfig-docker": {"paths": ["/etc/sysconfig/docker"], "group": "root", "mode": 420},
	"containerd-sock": {"paths": ["/run/containerd/containerd.sock"], "group": "root", "mode": 432},
}

path_setting(name) := [p] if {
	p := setting(name)
	is_string(p)
} else := []

files_wanted := {p | some row in file_rows; some p in row.paths}

# Those of a row that are there: of units only the one that counts.
present(row) := [p | some i, p in row.paths; there(p); counts(row, i)]

counts(row, _) if not row.first

counts(row, i) if {
	row.first
	count([1 | some k, p in row.paths; k < i; there(p)]) == 0
}

unseen(row) := [p | some p in row.paths; seen(p).unknown]

# The group may be root's as well as the one that is named.
owned(path, row) if {
	seen(path).uid == 0
	object.get(group_names, seen(path).gid, "?") in {row.group, "root"}
}

# The group's number says it where /etc/group cannot be read.
owned(path, _) if {
	seen(path).uid == 0
	seen(path).gid == 0
}

narrow(path, row) if bits.and(seen(path).mode, bits.negate(row.mode)) == 0

file_results contains r if {
	some name, row in file_rows
	some aspect in ["owner", "mode"]
	r := file_result(sprintf("%s-%s", [aspect, name]), aspect, row)
}

file_result(rule, _, row) := unsure(rule, sprintf("%s cannot be looked at", [concat(", ", unseen(row))])) if {
	count(unseen(row)) > 0
} else := idle(rule, "there is no such file") if {
	count(present(row)) == 0
} else := verdict(rule, count(wrong) == 0, sprintf("%s", [concat(", ", wrong)]), sprintf("%s", [concat(", ", present(row))])) if {
	wrong := wrong_of(aspect_of(rule), row)
}

aspect_of(rule) := "owner" if startswith(rule, "owner-")

aspect_of(rule) := "mode" if startswith(rule, "mode-")

wrong_of("owner", row) := [sprintf("%s belongs to %d:%d, not root:%s", [p, seen(p).uid, seen(p).gid, row.group]) | some p in present(row); not owned(p, row)]

wrong_of("mode", row) := [sprintf("%s has mode %s, more than %s", [p, octal(seen(p).mode), octal(row.mode)]) | some p in present(row); not narrow(p, row)]

octal(n) := format_int(n, 8)

file_catalogue := {sprintf("%s-%s", [aspect, name]): c |
	some name, row in file_rows
	some aspect in ["owner", "mode"]
	c := {
		"title": sprintf("%s of %s", [{"owner": "Ownership", "mode": "Permissions"}[aspect], name]),
		"severity": "high",
		"remediation": {"host": {"owner": sprintf("chown root:%s", [row.group]), "mode": sprintf("chmod %s or less", [octal(row.mode)])}[aspect]},
	}
}
