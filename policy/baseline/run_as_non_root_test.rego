package sallyport.rules.run_as_non_root_test

import data.sallyport.identity
import data.sallyport.rules.run_as_non_root
import data.sallyport.sample

plain := sample.root({})

nginx := sample.root({"rootfs": {
	"program": {"name": "nginx"},
	"accounts": [{"name": "root", "uid": 0, "gid": 0, "home": "/root"}, {"name": "www-data", "uid": 33, "gid": 33, "home": "/var/www"}],
	"groups": [{"name": "ssl", "gid": 110, "members": ["www-data"]}, {"name": "root", "gid": 0, "members": ["www-data"]}],
}})

uids(document) := got if {
	got := {op.value | some f in run_as_non_root.deny; some op in f.fix; op.path == "/config/process/user/uid"} with input as document with data.sallyport.main.parameters as {}
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
	some f in run_as_non_root.deny with input as document with data.sallyport.main.parameters as {}
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
	mapped(sample.root(object.union(mapping, {"rootfs": {
		"program": {"name": "entry.sh"},
		"executed": {"path": "/usr/sbin/sshd"},
	}})))
}

test_a_program_that_changes_the_user_stays_root if {
	mapped(sample.root(object.union(mapping, {"rootfs": {"program": {"name": "su-exec"}}})))
	uids(sample.root({"rootfs": {"program": {"name": "gosu"}}})) == set()
}

test_a_proven_user_is_taken_all_the_same if {
	uids(sample.root(object.union(mapping, {"rootfs": {
		"script": {"drops_to": "redis", "drop_by": "gosu", "guarded": true},
		"accounts": [{"name": "redis", "uid": 999, "gid": 999, "home": "/data"}],
	}}))) == {999}
}

test_without_an_account_nobody_is_taken if uids(sample.root(mapping)) == {65532}

test_settings_may_want_no_namespace if {
	got := run_as_non_root.deny with input as mappable with data.sallyport.main.parameters as {"run-as-non-root": {"user_namespace": false}}
	{33} == {op.value | some f in got; some op in f.fix; op.path == "/config/process/user/uid"}
}

test_where_nothing_can_be_mapped_the_account_is_taken if {
	uids(object.union(nginx, {"facts": {"mapping": {"possible": false, "hindrance": "no"}}})) == {33}
}

test_the_hosts_namespaces_cannot_be_mapped if {
	every type in ["pid", "network", "ipc"] {
		not mapped(object.union(mappable, {"facts": {"namespaces": {type: {"state": "host", "path": "/proc/1/ns/x"}}}}))
		not mapped(object.union(mappable, {"facts": {"namespaces": {type: {"state": "missing"}}}}))
	}
}

test_a_pods_network_and_ipc_can_be_joined_its_processes_cannot if {
	every type in ["network", "ipc"] {
		mapped(object.union(mappable, {"facts": {"namespaces": {type: {"state": "shared", "path": "/run/netns/x"}}}}))
	}
	not mapped(object.union(mappable, {"facts": {"namespaces": {"pid": {"state": "shared", "path": "/proc/7/ns/pid"}}}}))
}

test_settings_of_the_kernel_that_a_namespace_may_not_change_hinder if {
	mapped(object.union(mappable, {"config": {"linux": {"sysctl": {"net.core.somaxconn": "1"}}}}))
	not mapped(object.union(mappable, {"config": {"linux": {"sysctl": {"kernel.shmmax": "1"}}}}))
}

test_the_groups_that_may_ping_are_those_of_the_namespace if {
	some f in run_as_non_root.deny with input as object.union(mappable, {"config": {"linux": {"sysctl": {"net.ipv4.ping_group_range": "0 2147483647"}}}}) with data.sallyport.main.parameters as {}
	{"op": "add", "path": "/config/linux/sysctl/net.ipv4.ping_group_range", "value": "0 65535"} in f.fix
}

# --- what the user has to write ---------------------------------------------------------------------

fresh := {"index": 0, "destination": "/data", "bind": true, "readonly": false, "own_rootfs": false, "kind": "directory", "engine_managed": "volume", "uid": 0, "tree": {"complete": true, "uids": []}}

with_volume(changes) := sample.root(object.union(mapping, {"mounts": [object.union(fresh, changes)]}))

given(document) := got if {
	got := {a | some f in run_as_non_root.deny; some a in f.actions; a.action == "own"} with input as document with data.sallyport.main.parameters as {}
}

test_a_fresh_volume_is_given if {
	uids(with_volume({})) == {65532}
	given(with_volume({})) == {{"action": "own", "mount": "/data", "uid": 65532, "gid": 65532}}
}

test_what_root_left_in_the_users_volume_is_given if {
	given(with_volume({"uid": 7, "tree": {"complete": true, "uids": [0, 7]}})) == {{"action": "own", "mount": "/data", "uid": 7, "gid": 7}}
	given(with_volume({"uid": 7, "tree": {"complete": true, "uids": [7]}})) == set()
}

test_a_large_volume_of_roots_keeps_root_in_a_namespace if mapped(with_volume({"tree": {"complete": false, "uids": [0]}}))

test_a_large_volume_of_the_users_stays_the_users if {
	uids(with_volume({"uid": 65532, "tree": {"complete": false, "uids": [0, 65532]}})) == {65532}
	given(with_volume({"uid": 65532, "tree": {"complete": false, "uids": [0, 65532]}})) == set()
}

test_a_volume_of_many_keeps_root_in_a_namespace if mapped(with_volume({"tree": {"complete": true, "uids": [0, 5, 6]}}))

test_a_directory_of_the_hosts_is_never_given if {
	mapped(object.union(with_volume({}), {"facts": {"mounts": [json.remove(fresh, ["engine_managed"])]}}))
	given(object.union(with_volume({}), {"facts": {"mapping": {"possible": false}, "mounts": [json.remove(fresh, ["engine_managed"])]}})) == set()
}

test_a_directory_of_the_hosts_that_is_open_to_all_is_taken_as_it_is if {
	host := object.union(json.remove(fresh, ["engine_managed"]), {"world_writable": true})
	uids(object.union(with_volume({}), {"facts": {"mounts": [host]}})) == {65532}
	given(object.union(with_volume({}), {"facts": {"mounts": [host]}})) == set()
}

test_what_cannot_be_written_does_not_matter if uids(with_volume({"readonly": true, "uid": 5, "tree": {"complete": false, "uids": []}})) == {65532}

at(dir) := sample.root(object.union(mapping, {"rootfs": {"workdir": object.union({"path": "/app", "kind": "directory", "uid": 0, "tree": {"complete": true, "uids": [0]}}, dir)}}))

test_the_working_directory_is_given if {
	uids(at({})) == {65532}
	given(at({})) == {{"action": "own", "inside": "/app", "uid": 65532, "gid": 65532}}
}

test_a_large_working_directory_keeps_root_in_a_namespace if mapped(at({"tree": {"complete": false, "uids": [0]}}))

test_the_systems_directories_are_never_given if {
	every path in ["/", "/usr/lib", "/etc", "/bin"] {
		given(at({"path": path})) == set()
		uids(at({"path": path})) == {65532}
	}
}

test_a_working_directory_on_a_volume_is_the_volumes_matter if {
	document := object.union(at({}), {"config": {"mounts": [{"destination": "/app"}]}})
	given(document) == set()
	uids(document) == {65532}
}

test_what_only_root_can_enter_keeps_root_in_a_namespace if {
	mapped(at({"path": "/root/app"}))
	mapped(sample.root(object.union(mapping, {"rootfs": {"program": {"name": "app", "resolved": "/root/app"}}})))
}

test_an_entry_script_without_an_account_keeps_root_in_a_namespace if {
	mapped(sample.root(object.union(mapping, {"rootfs": {"program": {"name": "run.sh", "script": true}}})))
}

dropping(changes) := sample.root(object.union(mapping, {"rootfs": object.union(
	{
		"script": {"drops_to": "redis", "drop_by": "gosu", "guarded": true, "chowns": ["/var/log/redis"]},
		"accounts": [{"name": "redis", "uid": 999, "gid": 999, "home": "/data"}],
	},
	changes,
)}))

test_what_an_entry_script_gives_away_keeps_root_in_a_namespace_until_it_is_given if {
	mapped(dropping({"directories": [{"path": "/var/log/redis", "kind": "directory", "uid": 0}]}))
	uids(dropping({"directories": [{"path": "/var/log/redis", "kind": "directory", "uid": 999}]})) == {999}
	uids(object.union(dropping({"directories": [{"path": "/var/log/redis", "kind": "directory", "uid": 0}]}), {"config": {"mounts": [{"destination": "/var/log"}]}})) == {999}
}

# --- decided once -----------------------------------------------------------------------------------

again(chosen, document) := object.union(document, {"container": {"chosen": chosen}})

test_the_first_starts_user_holds_whatever_the_container_wrote_since if {
	uids(again({"uid": 999, "gid": 998, "groups": [5], "home": "/data"}, mappable)) == {999}
	uids(again({"uid": 999, "gid": 998, "groups": [], "home": "/data"}, sample.root(object.union(mapping, {"rootfs": {"program": {"name": "sshd"}}})))) == {999}
	some f in run_as_non_root.deny with input as again({"uid": 999, "gid": 998, "groups": [5], "home": "/data"}, mappable)
	{"op": "add", "path": "/config/process/user/gid", "value": 998} in f.fix
	{"op": "add", "path": "/config/process/user/additionalGids", "value": [5]} in f.fix
}

test_a_namespace_of_the_first_start_holds if {
	mapped(again({"mapped": true}, sample.root(mapping)))
	mapped(again({"mapped": true}, dropping({"directories": []})))
}

test_a_namespace_that_cannot_be_had_any_more_is_decided_anew if {
	uids(again({"mapped": true}, nginx)) == {33}
}

test_roots_leftovers_are_given_at_a_later_start_too if {
	document := again({"uid": 65532, "gid": 65532, "groups": [], "home": "/tmp"}, with_volume({"uid": 65532, "tree": {"complete": true, "uids": [0, 65532]}}))
	given(document) == {{"action": "own", "mount": "/data", "uid": 65532, "gid": 65532}}
}

# --- what tells nothing of itself -------------------------------------------------------------------

can_map(changes) := object.union(sample.root({"mapping": {"possible": true, "base": 1879113728, "count": 65536}}), {"facts": changes})

why_mapped(document) := got if {
	got := {f.msg | some f in run_as_non_root.deny; contains(f.msg, "user namespace alone")} with input as document with data.sallyport.main.parameters as {}
}

own_tree(changes) := can_map({"rootfs": {
	"workdir": {"path": "/app", "kind": "directory", "uid": 65532},
	"directories": [object.union({"path": "/storage", "kind": "directory", "uid": 0, "own_tree": true}, changes)],
}})

test_a_tree_of_its_own_that_a_program_may_write_keeps_root if {
	some msg in why_mapped(own_tree({}))
	contains(msg, "it may write /storage")
	why_mapped(own_tree({"uid": 7})) == set()
	why_mapped(own_tree({"own_tree": false})) == set()
	why_mapped(own_tree({"path": "/app"})) == set()
	why_mapped(object.union(own_tree({}), {"config": {"mounts": [{"destination": "/storage"}]}})) == set()
}

test_an_entry_script_that_sets_capabilities_keeps_root_and_one_more_of_them if {
	doc := can_map({"rootfs": {
		"script": {"sets_capabilities": true, "drops_to": "vault", "drop_by": "su-exec", "guarded": true},
		"accounts": [{"name": "vault", "uid": 7, "gid": 7, "home": "/"}],
	}})
	some msg in why_mapped(doc)
	contains(msg, "sets capabilities of a file")
	"CAP_SETFCAP" in identity.keeps with input as doc
	without := object.union(doc, {"facts": {"rootfs": {"script": {"sets_capabilities": false}}}})
	why_mapped(without) == set()
	not "CAP_SETFCAP" in identity.keeps with input as can_map({"rootfs": {"program": {"name": "sshd"}}})
}

test_at_a_later_start_what_was_given_is_given_again if {
	later := object.union(
		sample.root({"rootfs": {
			"workdir": {"path": "/app", "kind": "directory", "uid": 0, "tree": {"complete": true, "uids": [0]}},
			"accounts": [{"name": "app", "uid": 1000, "gid": 1000, "home": "/"}],
		}}),
		{"container": {"chosen": {"uid": 65532, "gid": 65532, "groups": []}}},
	)
	some f in run_as_non_root.deny with input as later with data.sallyport.main.parameters as {}
	{"action": "own", "inside": "/app", "uid": 65532, "gid": 65532} in f.actions
	named := object.union(later, {"container": {"chosen": {"uid": 1000, "gid": 1000}}})
	some g in run_as_non_root.deny with input as named with data.sallyport.main.parameters as {}
	not {a.action | some a in g.actions}.own
}

test_an_account_that_does_not_own_its_volume_keeps_root_though_anybody_may_write_it if {
	volume := {"destination": "/data", "bind": true, "readonly": false, "own_rootfs": false, "kind": "directory", "uid": 0, "world_writable": true}
	doc := can_map({
		"mounts": [volume],
		"rootfs": {
			"script": {"drops_to": "postgres", "drop_by": "gosu", "guarded": true},
			"accounts": [{"name": "postgres", "uid": 7, "gid": 7, "home": "/"}],
		},
	})
	count(why_mapped(doc)) == 1
	why_mapped(object.union(doc, {"facts": {"mounts": [object.union(volume, {"uid": 7})]}})) == set()
	why_mapped(can_map({"mounts": [volume]})) == set()
}

test_what_is_mounted_to_be_read_and_is_roots_alone_keeps_root if {
	secret := {"destination": "/run/secrets/key", "bind": true, "readonly": true, "own_rootfs": false, "kind": "file", "uid": 0, "world_readable": false}
	count(why_mapped(can_map({"mounts": [secret]}))) == 1
	count(why_mapped(can_map({"mounts": [object.union(secret, {"kind": "directory", "world_readable": true})]}))) == 1
	every open in [{"world_readable": true}, {"uid": 7}, {"engine_managed": "hosts"}, {"bind": false}, {"own_rootfs": true}, {"kind": "socket"}, {"readonly": false}] {
		why_mapped(can_map({"mounts": [object.union(secret, open)]})) == set()
	}
	named := can_map({"mounts": [secret], "rootfs": {
		"script": {"drops_to": "redis", "drop_by": "gosu", "guarded": true},
		"accounts": [{"name": "redis", "uid": 999, "gid": 999, "home": "/data"}],
	}})
	why_mapped(named) == set()
}
