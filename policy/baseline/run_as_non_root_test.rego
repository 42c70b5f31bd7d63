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

# --- root of a user namespace ---------------------------------------------------------------------

ids := {"containerID": 0, "hostID": 1879113728, "size": 65536}

mapping := {"mapping": {"possible": true, "base": 1879113728, "count": 65536}}

mappable := object.union(nginx, {"facts": mapping})

mapped(document) if {
	some f in run_as_non_root.deny with input as document
	{"op": "add", "path": "/config/linux/uidMappings", "value": [ids]} in f.fix
	{"op": "add", "path": "/config/linux/gidMappings", "value": [ids]} in f.fix
	{"op": "add", "path": "/config/linux/namespaces/-", "value": {"type": "user"}} in f.fix
	f.actions == [
		{"action": "map_root", "base": 1879113728, "count": 65536},
		{"action": "stdio_owner", "uid": 1879113728, "gid": 1879113728},
	]
	uids(document) == set()
}

test_a_program_that_drops_by_itself_becomes_root_of_a_namespace if mapped(mappable)

test_a_server_of_many_users_becomes_root_of_a_namespace if {
	mapped(sample.root(object.union(mapping, {"rootfs": {"program": {"name": "sshd"}}})))
}

test_what_an_entry_script_is_given_counts_as_the_program if {
	mapped(sample.with_config(
		object.union(mapping, {"process": {"uid": 0, "root": true, "root_in_host": true, "home": "/root"}, "rootfs": {"script": {"execs_arguments": true}, "program": {"name": "entry.sh"}}}),
		{"process": {"args": ["/entry.sh", "/usr/sbin/sshd", "-D"]}},
	))
}

test_a_proven_user_is_taken_all_the_same if {
	uids(sample.root(object.union(mapping, {"rootfs": {
		"script": {"drops_to": "redis", "drop_by": "gosu", "guarded": true},
		"accounts": [{"name": "redis", "uid": 999, "gid": 999, "home": "/data"}],
	}}))) == {999}
}

test_without_an_account_nobody_is_taken if uids(sample.root(mapping)) == {65532}

test_settings_may_want_no_namespace if {
	not mapped(mappable) with data.sallyport.main.parameters as {"run-as-non-root": {"user_namespace": false}}
	uids(mappable) == {33} with data.sallyport.main.parameters as {"run-as-non-root": {"user_namespace": false}}
}

test_where_nothing_can_be_mapped_the_account_is_taken if {
	uids(object.union(nginx, {"facts": {"mapping": {"possible": false, "hindrance": "no"}}})) == {33}
}

test_shared_namespaces_cannot_be_mapped if {
	every type in ["pid", "network", "ipc"] {
		not mapped(object.union(mappable, {"facts": {"namespaces": {type: {"state": "shared"}}}}))
	}
}

test_settings_of_the_kernel_that_a_namespace_may_not_change_hinder if {
	mapped(object.union(mappable, {"config": {"linux": {"sysctl": {"net.core.somaxconn": "1"}}}}))
	not mapped(object.union(mappable, {"config": {"linux": {"sysctl": {"kernel.shmmax": "1"}}}}))
}

test_the_groups_that_may_ping_are_those_of_the_namespace if {
	some f in run_as_non_root.deny with input as object.union(mappable, {"config": {"linux": {"sysctl": {"net.ipv4.ping_group_range": "0 2147483647"}}}})
	{"op": "add", "path": "/config/linux/sysctl/net.ipv4.ping_group_range", "value": "0 65535"} in f.fix
}
