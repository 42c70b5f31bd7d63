package sallyport.host_test

import data.sallyport.host

root_file(mode) := {"kind": "file", "uid": 0, "gid": 0, "mode": mode, "dev": 1, "real": "/x"}

machine := {
	"processes": [{"pid": 1, "args": ["/usr/bin/dockerd", "--icc=false", "--log-level", "info", "-H", "fd://"]}],
	"mounts": ["/"],
	"settings": {"mode": "enforce"},
	"stat": {"/usr/bin/dockerd": root_file(493), "/etc/docker/daemon.json": root_file(420)},
	"text": {"/etc/group": "root:x:0:\ndocker:x:99:alice\n"},
	"json": {"/etc/docker/daemon.json": {"no-new-privileges": true}},
	"glob": {},
}

outcome(rule, doc) := o if {
	all := host.assessment.results with input as doc
	o := {r.outcome | some r in all; r.rule == rule}
}

change(patch) := json.patch(machine, patch)

test_flags_and_file if {
	outcome("daemon-icc", machine) == {"pass"}
	outcome("daemon-no-new-privileges", machine) == {"pass"}
	outcome("daemon-userland-proxy", machine) == {"fail"}
}

test_a_flag_wins if outcome("daemon-icc", change([{"op": "add", "path": "/json/~1etc~1docker~1daemon.json/icc", "value": true}])) == {"pass"}

test_a_port_without_certificates if {
	bare := change([{"op": "add", "path": "/json/~1etc~1docker~1daemon.json/hosts", "value": ["tcp://0.0.0.0:2375"]}])
	outcome("daemon-tls", bare) == {"fail"}
	outcome("daemon-tls", json.patch(bare, [{"op": "add", "path": "/json/~1etc~1docker~1daemon.json/tlsverify", "value": true}])) == {"pass"}
	outcome("daemon-tls", change([{"op": "add", "path": "/processes/0/args/5", "value": "tcp://0.0.0.0:1"}])) == {"fail"}
}

test_what_nobody_answered_is_unasked if {
	outcome("daemon-rootless", machine) == {"unasked"}
	outcome("daemon-aufs", machine) == {"unasked"}
}

test_a_file_that_cannot_be_read if outcome("daemon-icc", change([{"op": "replace", "path": "/json/~1etc~1docker~1daemon.json", "value": {"unreadable": "x"}}])) == {"unasked"}

test_without_docker_nothing_applies if outcome("daemon-icc", {"processes": [], "mounts": [], "settings": {}, "stat": {}, "text": {}, "json": {}, "glob": {}}) == {"not_applicable"}

test_modes if {
	outcome("mode-daemon-json", machine) == {"pass"}
	outcome("mode-daemon-json", change([{"op": "replace", "path": "/stat/~1etc~1docker~1daemon.json/mode", "value": 438}])) == {"fail"}
	outcome("owner-daemon-json", change([{"op": "replace", "path": "/stat/~1etc~1docker~1daemon.json/uid", "value": 1000}])) == {"fail"}
	outcome("mode-daemon-json", change([{"op": "replace", "path": "/stat/~1etc~1docker~1daemon.json", "value": {"unknown": "denied"}}])) == {"unasked"}
}

test_audit_rules if {
	outcome("audit-docker-daemon", machine) == {"fail"}
	outcome("audit-docker-daemon", change([{"op": "add", "path": "/text/~1etc~1audit~1audit.rules", "value": "# -w /usr/bin/dockerd\n-w /usr/bin/dockerd -k docker\n"}])) == {"pass"}
	outcome("audit-docker-daemon", change([{"op": "add", "path": "/text/~1etc~1audit~1audit.rules", "value": "# -w /usr/bin/dockerd -k docker\n"}])) == {"fail"}
}

test_members_are_for_people_to_judge if outcome("docker-group", machine) == {"unasked"}

test_ways_round if {
	gated := change([
		{"op": "add", "path": "/json/~1etc~1docker~1daemon.json/default-runtime", "value": "gate"},
		{"op": "add", "path": "/json/~1etc~1docker~1daemon.json/runtimes", "value": {"gate": {"path": "/usr/bin/sallyport-runtime"}}},
		{"op": "add", "path": "/stat/~1usr~1bin~1sallyport-runtime", "value": object.union(root_file(493), {"real": "/usr/bin/sallyport-runtime"})},
	])
	outcome("gate-default-runtime", gated) == {"pass"}
	outcome("gate-default-runtime", machine) == {"fail"}
	outcome("gate-other-runtimes", gated) == {"pass"}
	plain := json.patch(gated, [{"op": "add", "path": "/stat/~1usr~1bin~1runc", "value": root_file(493)}])
	outcome("gate-other-runtimes", plain) == {"fail"}
}

test_enforces if {
	outcome("gate-enforces", machine) == {"pass"}
	outcome("gate-enforces", change([{"op": "replace", "path": "/settings/mode", "value": "warn"}])) == {"fail"}
}

test_every_result_is_described if {
	all := host.assessment with input as machine
	every r in all.results {
		all.catalogue[r.rule].title
	}
}
