# What decides whether the gate holds: who can start containers past it, and who can change it.
package sallyport.host

engine_configs := {
	"/etc/containerd/config.toml",
	"/etc/containers/containers.conf", "/etc/containers/containers.conf.d/sallyport.conf",
	"/etc/crio/crio.conf", "/etc/crio/crio.conf.d/sallyport.conf", "/etc/crio/crio.conf.d/10-crio.conf",
}

gate_paths := {
	"/etc/sallyport", "/etc/sallyport/sallyport.yaml", "/etc/sallyport/log.key",
	"/var/lib/sallyport", "/var/lib/sallyport/policy", "/var/lib/sallyport/policy/active.img",
	"/var/log/sallyport",
}

# --- the default runtime of each engine -------------------------------------------------------------

runtime_names := [name | some name, _ in object.get(config, "runtimes", {})]

runtime_path(name) := object.get(config.runtimes[name], "path", "")

runtime_paths := {p | some name in runtime_names; p := runtime_path(name); startswith(p, "/")}

default_runtime := r if {
	r := setting("default-runtime")
} else := "runc"

# runc itself may be the gate: diverted, with the real one elsewhere.
diverted(name) if {
	count(program(name)) > 0
	every p in program(name) {
		is_gate(p)
	}
}

docker_gated if is_gate(runtime_path(default_runtime))

docker_gated if {
	default_runtime == "runc"
	diverted("runc")
}

default docker_held := false

docker_held if docker_gated

gate_results contains verdict(
	"gate-default-runtime", docker_held,
	sprintf("docker: the default runtime is %s, which is not the gate", [default_runtime]),
	"docker: the default runtime is the gate",
) if {
	docker
}

# TOML is not parsed: a line that is no comment and names the shim is what counts, and no more is said.
names_gate(file) if {
	some line in split(object.get(object.get(input, "text", {}), file, ""), "\n")
	contains(line, "sallyport-runtime")
	not startswith(trim_space(line), "#")
}

other_engines := {
	"containerd": ["/etc/containerd/config.toml"],
	"podman": ["/etc/containers/containers.conf", "/etc/containers/containers.conf.d/sallyport.conf"],
	"crio": ["/etc/crio/crio.conf", "/etc/crio/crio.conf.d/sallyport.conf", "/etc/crio/crio.conf.d/10-crio.conf"],
}

named_by(engine) if {
	some f in other_engines[engine]
	names_gate(f)
}

named_by(engine) if {
	engine in {"containerd", "crio"}
	diverted("runc")
}

engine_result(engine) := {"rule": "gate-default-runtime", "outcome": "pass", "msg": sprintf("%s: its configuration names the gate", [engine])} if {
	named_by(engine)
} else := {"rule": "gate-default-runtime", "outcome": "fail", "msg": sprintf("%s: no configuration names the gate", [engine])}

gate_results contains r if {
	some engine, _ in other_engines
	installed(engine)
	r := engine_result(engine)
}

gate_results contains idle("gate-default-runtime", "no container engine is installed") if not some_engine

some_engine if docker

some_engine if {
	some engine, _ in other_engines
	installed(engine)
}

# --- ways round --------------------------------------------------------------------------------------

ways_round contains sprintf("docker offers runtime %s (%s)", [name, runtime_path(name)]) if {
	docker
	some name in runtime_names
	not is_gate(runtime_path(name))
}

# Docker always knows runc by name, and builds images with it.
ways_round contains sprintf("%s is a plain runtime, and docker takes it by name", [p]) if {
	docker
	some p in program("runc")
	not is_gate(p)
}

gate_results contains verdict("gate-other-runtimes", count(ways_round) == 0, concat("; ", sort(ways_round)), "every runtime that docker offers is the gate") if docker

gate_results contains idle("gate-other-runtimes", "Docker is not installed") if not docker

gate_results contains verdict(
	"gate-enforces", input.settings.mode == "enforce",
	sprintf("the mode is %v: nothing is refused", [input.settings.mode]), "the mode is enforce",
) if {
	input.settings.mode
}

gate_results contains unsure("gate-enforces", "no policy is in force") if not input.settings.mode

# --- who can change it -------------------------------------------------------------------------------

own_files := (gate_paths | {p | some name in ["sallyport-runtime", "sallyport-hook", "sallyport"]; some p in program(name)}) | {p |
	some p in runtime_paths
	is_gate(p)
}

loose contains sprintf("%s belongs to %d", [p, seen(p).uid]) if {
	some p in own_files
	there(p)
	seen(p).uid != 0
}

loose contains sprintf("%s can be written by others (mode %s)", [p, octal(seen(p).mode)]) if {
	some p in own_files
	there(p)
	bits.and(seen(p).mode, 18) != 0
}

gate_results contains verdict("gate-files", count(loose) == 0, concat("; ", sort(loose)), "programs, settings, policy and log are root's alone") if {
	count([p | some p in own_files; there(p)]) > 0
}

gate_results contains unsure("gate-files", "nothing of Sallyport's is in its usual place") if {
	count([p | some p in own_files; there(p)]) == 0
}

gate_catalogue := {
	"gate-default-runtime": {"title": "Engines start containers through the gate", "severity": "critical", "remediation": {"docker": "default-runtime and runtimes in daemon.json: the path of sallyport-runtime", "host": "name sallyport-runtime in the engine's configuration"}},
	"gate-other-runtimes": {"title": "No engine offers a way past the gate", "severity": "critical", "remediation": {"docker": "remove other runtimes, and divert runc itself"}},
	"gate-enforces": {"title": "The policy refuses what it must not admit", "severity": "critical", "remediation": {"host": "mode: enforce in sallyport.yaml, then sallyport policy activate"}},
	"gate-files": {"title": "Only root can change the gate", "severity": "critical", "remediation": {"host": "chown root, chmod go-w"}},
	"gate-running": {"title": "Every running container was admitted by the gate", "severity": "critical", "remediation": {"host": "stop it, and start it through the gate"}},
	"log-intact": {"title": "The log is whole", "severity": "critical", "remediation": {"host": "sallyport audit verify"}},
}
