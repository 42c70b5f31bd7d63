package sallyport.rules.run_as_non_root_test

import data.sallyport.rules.run_as_non_root
import data.sallyport.sample

plain := sample.root({})

nginx := sample.root({"rootfs": {
	"program": {"name": "nginx"},
	"accounts": [{"name": "root", "uid": 0, "gid": 0, "home": "/root"}, {"name": "www-data", "uid": 33, "gid": 33, "home": "/var/www"}],
	"groups": [{"name": "ssl", "gid": 110, "members": ["www-data"]}, {"name": "root", "gid": 0, "members": ["www-data"]}],
}})

uids(document) := got if {
	got := {op.value | some f in run_as_non_root.deny; some op in f.fix; op.path == "/config/process/user/uid"} with input as document
}

test_other_users_pass if count(run_as_non_root.deny) == 0 with input as sample.clean

test_root_without_evidence_becomes_nobody if uids(plain) == {65532}

test_root_of_a_user_namespace_passes if {
	count(run_as_non_root.deny) == 0 with input as object.union(plain, {"facts": {"process": {"root_in_host": false}}})
}

test_builds_keep_root if count(run_as_non_root.deny) == 0 with input as sample.building(plain)

test_an_exec_is_not_this_rules_matter if count(run_as_non_root.deny) == 0 with input as sample.operation("exec", plain)

test_the_programs_account_is_taken if {
	uids(nginx) == {33}
	some f in run_as_non_root.deny with input as nginx
	{"op": "add", "path": "/config/process/user/additionalGids", "value": [110]} in f.fix
	f.actions == [{"action": "stdio_owner", "uid": 33, "gid": 33}]
}

test_home_of_root_is_replaced if {
	env := {"process": {"env": ["PATH=/bin", "HOME=/root"]}}
	some f in run_as_non_root.deny with input as object.union(nginx, {"config": env})
	{"op": "replace", "path": "/config/process/env/1", "value": "HOME=/var/www"} in f.fix
}

test_a_missing_home_is_added if {
	bare := json.remove(nginx, ["facts/process/home"])
	some f in run_as_non_root.deny with input as bare
	{"op": "add", "path": "/config/process/env/-", "value": "HOME=/var/www"} in f.fix
}

test_another_home_stays if {
	some f in run_as_non_root.deny with input as object.union(nginx, {"facts": {"process": {"home": "/srv"}}})
	count(f.fix) == 3
}

test_a_guarded_drop_names_the_user if {
	uids(sample.root({"rootfs": {
		"script": {"drops_to": "redis", "drop_by": "gosu", "guarded": true},
		"accounts": [{"name": "redis", "uid": 999, "gid": 999, "home": "/data"}],
	}})) == {999}
}

test_an_unguarded_drop_keeps_root_and_says_so if {
	doc := sample.root({"rootfs": {
		"script": {"drops_to": "redis", "drop_by": "gosu", "guarded": false},
		"accounts": [{"name": "redis", "uid": 999, "gid": 999, "home": "/data"}],
	}})
	uids(doc) == set()
	some f in run_as_non_root.deny with input as doc
	f.enforcement == "warn"
}

test_an_option_needs_no_guard if {
	uids(sample.root({"rootfs": {
		"script": {"drops_to": "bind", "drop_by": "option"},
		"accounts": [{"name": "bind", "uid": 53, "gid": 53, "home": "/"}],
	}})) == {53}
}

test_daemons_of_many_users_keep_root if {
	uids(sample.root({"rootfs": {"program": {"name": "sshd"}}})) == set()
	uids(sample.root({"rootfs": {"program": {"name": "anything", "setuid": true}}})) == set()
	uids(sample.root({"rootfs": {"program": {"name": "anything"}, "service": {"chroot": true}}})) == set()
}

test_interpreters_name_no_account if {
	uids(sample.root({"rootfs": {"program": {"name": "node"}, "accounts": [{"name": "node", "uid": 1000, "gid": 1000, "home": "/home/node"}]}})) == {65532}
}

test_the_owner_of_the_programs_directory_counts if {
	uids(sample.root({"rootfs": {"program": {"name": "prometheus"}, "directories": [
		{"path": "/var/lib/prometheus", "uid": 101, "kind": "directory"},
		{"path": "/var/lib/other", "uid": 102, "kind": "directory"},
	]}})) == {101}
}

test_two_owners_prove_nothing if {
	uids(sample.root({"rootfs": {"program": {"name": "prometheus"}, "directories": [
		{"path": "/var/lib/prometheus", "uid": 101, "kind": "directory"},
		{"path": "/var/log/prometheus", "uid": 102, "kind": "directory"},
	]}})) == {65532}
}

test_the_volumes_owner_counts if {
	volume := {"bind": true, "readonly": false, "own_rootfs": false, "kind": "directory", "uid": 2000}
	uids(sample.root({"mounts": [volume]})) == {2000}
	uids(sample.root({"mounts": [object.union(volume, {"readonly": true})]})) == {65532}
	uids(sample.root({"mounts": [object.union(volume, {"kind": "file"})]})) == {65532}
	uids(sample.root({"mounts": [object.union(volume, {"own_rootfs": true})]})) == {65532}
	uids(sample.root({"mounts": [object.union(volume, {"engine_managed": "shm"})]})) == {65532}
	uids(sample.root({"mounts": [object.union(volume, {"uid": 0})]})) == {65532}
	uids(sample.root({"mounts": [object.union(volume, {"bind": false})]})) == {65532}
	uids(sample.root({"mounts": [volume, object.union(volume, {"uid": 3000})]})) == {65532}
}

test_the_only_account_that_a_script_gives_paths_to if {
	uids(sample.root({"rootfs": {"script": {"chown_accounts": ["app"]}, "accounts": [{"name": "app", "uid": 7, "gid": 7, "home": "/"}]}})) == {7}
	uids(sample.root({"rootfs": {"script": {"chown_accounts": ["app", "b"]}, "accounts": [{"name": "app", "uid": 7, "gid": 7, "home": "/"}]}})) == {65532}
}

test_unknown_accounts_are_said if {
	every part in ["/facts/rootfs/accounts", "/facts/rootfs/program", "/facts/rootfs"] {
		{object.get(f, "undetermined", false) | some f in run_as_non_root.deny} == {true} with input as sample.unknown(part, sample.root({}).facts)
		count(run_as_non_root.deny) == 0 with input as sample.unknown(part, sample.clean.facts)
	}
}
