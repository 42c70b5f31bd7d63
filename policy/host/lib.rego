# What the rules of the host share: what was seen, and how a result is told.
#
# input: cli/host_facts.h. `look` names what must be seen; it is asked three times, so that what one answer names
# (a path, an image, its layers) is looked at as well. Nothing that could not be seen ever passes.
package sallyport.host

look := {"stat": stat_paths, "text": text_paths, "json": json_paths, "glob": globs, "docker": docker_questions, "setuid": setuid_dirs}

stat_paths := {p | some p in ((((files_wanted | audit_wanted) | program_paths) | gate_paths) | runtime_paths)} | {data_root}

text_paths := ({"/etc/group"} | engine_configs) | ({"/etc/audit/audit.rules"} | audit_files)

json_paths := {config_file}

globs := {"/etc/audit/rules.d/*.rules", "/etc/docker/certs.d/*/*"}

# --- what was seen ----------------------------------------------------------------------------------

seen(path) := input.stat[path]

there(path) if seen(path).kind

missing(path) if seen(path).missing

group_names := {gid: name |
	some line in split(object.get(object.get(input, "text", {}), "/etc/group", ""), "\n")
	fields := split(line, ":")
	count(fields) >= 4
	gid := to_number(fields[2])
	name := fields[0]
}

group_members(name) := {m |
	some line in split(object.get(object.get(input, "text", {}), "/etc/group", ""), "\n")
	fields := split(line, ":")
	fields[0] == name
	some m in split(fields[3], ",")
	m != ""
}

# Ends with the shim's name once links are followed.
is_gate(path) if endswith(seen(path).real, "/sallyport-runtime")

program_dirs := ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/opt/bin"]

programs := ["dockerd", "containerd", "podman", "crio", "runc", "crun", "sallyport-runtime", "sallyport-hook", "sallyport"]

program_paths := {sprintf("%s/%s", [d, p]) | some d in program_dirs; some p in programs}

program(name) := [p | some d in program_dirs; p := sprintf("%s/%s", [d, name]); there(p)]

installed(name) if count(program(name)) > 0

installed(name) if count(arguments(name)) > 0

# Arguments of a daemon that runs.
arguments(name) := [a | some p in input.processes; endswith(concat("", ["/", p.args[0]]), concat("", ["/", name])); some a in p.args]

# --- Docker's settings ------------------------------------------------------------------------------

config_file := f if {
	f := flag("config-file")
} else := "/etc/docker/daemon.json"

config := c if {
	c := input.json[config_file]
	is_object(c)
	not c.unreadable
} else := {}

config_unreadable := input.json[config_file].unreadable

# The last value given for --NAME=VALUE or --NAME VALUE.
flag(name) := values[count(values) - 1] if {
	values := flags(name)
	count(values) > 0
}

flags(name) := [v |
	args := arguments("dockerd")
	some i, a in args
	v := flag_value(args, i, a, concat("", ["--", name]))
]

flag_value(_, _, arg, word) := substring(arg, count(word) + 1, -1) if startswith(arg, concat("", [word, "="]))

flag_value(args, i, arg, word) := args[i + 1] if {
	arg == word
	not startswith(after(args, i), "-")
}

flag_value(args, i, arg, word) := "true" if {
	arg == word
	startswith(after(args, i), "-")
}

# The argument after this one; a dash when it is the last.
after(args, i) := args[i + 1] if i + 1 < count(args)

after(args, i) := "-" if i + 1 >= count(args)

# A setting by its name in daemon.json and on the command line: flags win.
setting(name) := as_json(flag(name)) if flag(name)

setting(name) := config[name] if not flag(name)

as_json(text) if text == "true"

as_json(text) := false if text == "false"

as_json(text) := text if not text in {"true", "false"}

is_on(name) if setting(name) == true

is_off(name) if setting(name) == false

# Lists have a plural name in the file.
list_setting(singular, plural) := array.concat(flags(singular), object.get(config, plural, []))

info := input.docker.info

data_root := r if {
	r := setting("data-root")
	is_string(r)
} else := "/var/lib/docker"

security_option(name) if {
	some o in info.SecurityOptions
	some part in split(o, ",")
	part == concat("", ["name=", name])
}

docker if installed("dockerd")

# --- results ----------------------------------------------------------------------------------------

# Rules are functions of nothing: check[ID] is {"outcome", "msg"}. Rules about Docker do not apply where it is not.
assessment := {"results": sort_by_rule, "catalogue": catalogue}

sort_by_rule := [p[2] | some p in sort([[r.rule, object.get(r, "subject", ""), r] | some r in results])]

results contains r if {
	some r in ((daemon_results | docker_results) | ((file_results | audit_results) | (host_results | gate_results)))
}

verdict(rule, true, _, good) := {"rule": rule, "outcome": "pass", "msg": good}

verdict(rule, false, bad, _) := {"rule": rule, "outcome": "fail", "msg": bad}

idle(rule, why) := {"rule": rule, "outcome": "not_applicable", "msg": why}

unsure(rule, why) := {"rule": rule, "outcome": "unasked", "msg": why}

catalogue := {id: c |
	some part in [daemon_catalogue, docker_catalogue, file_catalogue, audit_catalogue, host_catalogue, gate_catalogue]
	some id, c in part
}
