package sallyport.rules.read_only_rootfs_test

import data.sallyport.rules.read_only_rootfs
import data.sallyport.sample

open := sample.with_config(
	{"rootfs": {"readonly": false}},
	{"root": {"readonly": false}},
)

mounts(document) := got if {
	got := [op.value | some f in read_only_rootfs.deny; some op in f.fix; op.path == "/config/mounts/0"] with input as document
}

places(document) := {m.destination | some m in mounts(document)}

test_a_read_only_root_passes if count(read_only_rootfs.deny) == 0 with input as sample.clean

test_a_writable_root_is_closed if {
	some f in read_only_rootfs.deny with input as open
	{"op": "add", "path": "/config/root/readonly", "value": true} in f.fix
	places(open) == {"/run", "/tmp", "/var/tmp"}
}

test_builds_keep_writing if count(read_only_rootfs.deny) == 0 with input as sample.building(open)

test_an_exec_has_no_root_of_its_own if count(read_only_rootfs.deny) == 0 with input as sample.operation("exec", open)

test_what_is_mounted_stays if {
	places(object.union(open, {"config": {"mounts": [{"destination": "/tmp"}]}})) == {"/run", "/var/tmp"}
}

test_links_are_not_covered if {
	places(object.union(open, {"facts": {"rootfs": {"symlinked": ["/run"]}}})) == {"/tmp", "/var/tmp"}
}

dirs(list) := object.union(open, {"facts": {"rootfs": {"directories": list}}})

test_own_directories_stay_writable if {
	doc := dirs([
		{"path": "/var/lib/app", "kind": "directory", "uid": 1000},
		{"path": "/var/lib/else", "kind": "directory", "uid": 5},
		{"path": "/var/lib/file", "kind": "file", "uid": 1000},
		{"path": "/tmp", "kind": "directory", "uid": 1000},
		{"path": "/run/app", "kind": "directory", "uid": 0},
	])
	places(doc) == {"/run", "/tmp", "/var/tmp", "/run/app", "/var/lib/app"}
	some m in mounts(doc)
	m == {
		"destination": "/var/lib/app",
		"type": "bind",
		"source": "/var/lib/docker/overlay2/x/merged/var/lib/app",
		"options": ["rbind", "rw", "nosuid", "nodev", "rprivate"],
	}
}

test_mounted_directories_are_left if {
	doc := object.union(dirs([{"path": "/var/lib/app", "kind": "directory", "uid": 1000}]), {"config": {"mounts": [{"destination": "/var/lib/app"}]}})
	places(doc) == {"/run", "/tmp", "/var/tmp"}
}

test_run_belongs_to_the_user if {
	some m in mounts(open)
	m.destination == "/run"
	m.options == ["nosuid", "nodev", "mode=755", "size=64m", "uid=1000", "gid=1000"]
}

test_tmp_belongs_to_everyone if {
	some m in mounts(open)
	m.destination == "/tmp"
	m.options == ["nosuid", "nodev", "mode=1777", "size=256m"]
}

root := object.union(
	sample.root({"rootfs": {"readonly": false, "program": {"name": "sshd"}, "directories": [
		{"path": "/var/lib/sshd", "kind": "directory", "uid": 0},
		{"path": "/etc/ssh", "kind": "directory", "uid": 0},
	]}}),
	{"config": {"root": {"readonly": false}}},
)

test_a_root_phase_writes_its_state if {
	places(root) == {"/run", "/tmp", "/var/tmp", "/var/lib/sshd"}
	some m in mounts(root)
	m.destination == "/run"
	m.options == ["nosuid", "nodev", "mode=755", "size=64m"]
}

test_the_chosen_user_owns_run if {
	doc := object.union(sample.root({"rootfs": {"readonly": false}}), {"config": {"root": {"readonly": false}}})
	some m in mounts(doc)
	m.destination == "/run"
	"uid=65532" in m.options
}

# --- root of a user namespace ---------------------------------------------------------------------

mapped(changes) := object.union(
	sample.root({
		"mapping": {"possible": true, "base": 1879113728, "count": 65536},
		"rootfs": {
			"readonly": false,
			"program": {"name": "sshd"},
			"resolved": "/r",
			"directories": [
				{"path": "/run", "kind": "directory", "uid": 0, "gid": 0},
				{"path": "/run/app", "kind": "directory", "uid": 7, "gid": 8},
				{"path": "/var/lib", "kind": "directory", "uid": 0, "gid": 0},
				{"path": "/var/log", "kind": "symlink"},
				{"path": "/etc", "kind": "directory", "uid": 0, "gid": 0},
				{"path": "/etc/ssh", "kind": "directory", "uid": 0, "gid": 0},
			],
			"symlinked": [],
		},
	}),
	{"facts": changes},
)

added(document) := {m.destination: m |
	some f in read_only_rootfs.deny with input as document with data.sallyport.main.parameters as {}
	some op in f.fix
	op.path == "/config/mounts/0"
	m := op.value
}

test_root_of_a_namespace_writes_its_state_and_nothing_else if {
	got := added(mapped({}))
	object.keys(got) == {"/run", "/run/app", "/tmp", "/var/tmp", "/var/lib"}
	got["/var/lib"].source == "/r/var/lib"
}

test_directories_of_the_image_below_run_keep_their_owners if {
	got := added(mapped({}))
	"uid=7" in got["/run/app"].options
	"gid=8" in got["/run/app"].options
	every o in got["/run"].options { not startswith(o, "uid=") }
}

test_what_the_entry_script_edits_below_etc_is_written if {
	"/etc/ssh" in object.keys(added(mapped({"rootfs": {"script": {"edits_etc": ["ssh"]}}})))
	not "/etc" in object.keys(added(mapped({"rootfs": {"script": {"edits_etc": ["ssh"]}}})))
	"/etc" in object.keys(added(mapped({"rootfs": {"script": {"edits_etc": ["."]}}})))
}

test_a_working_directory_is_written_unless_it_is_the_systems if {
	every path in ["/app", "/usr/src/app", "/var/www/html", "/usr/local/tomcat", "/usr/share/app"] {
		path in object.keys(added(mapped({"rootfs": {"workdir": {"path": path, "kind": "directory"}}})))
	}
	every path in ["/", "/usr/lib", "/etc/app", "/bin", "/usr/local", "/usr/local/bin", "/usr/local/lib/app", "/usr/share"] {
		not path in object.keys(added(mapped({"rootfs": {"workdir": {"path": path, "kind": "directory"}}})))
	}
	not "/app" in object.keys(added(mapped({"rootfs": {"workdir": {"path": "/app", "kind": "symlink"}}})))
}

test_once_mapped_the_same_directories_are_written if {
	again := object.union(mapped({"userns": {"present": true}, "process": {"root_in_host": false}}), {})
	"/var/lib" in object.keys(added(again))
}

test_a_working_directory_that_is_given_is_written if {
	doc := sample.root({"rootfs": {
		"readonly": false,
		"symlinked": [],
		"workdir": {"path": "/app", "kind": "directory", "uid": 0, "tree": {"complete": true, "uids": [0]}},
	}})
	"/app" in object.keys(added(doc))
	service := object.union(doc, {"facts": {"rootfs": {
		"program": {"name": "nginx"},
		"accounts": [{"name": "www-data", "uid": 33, "gid": 33, "home": "/"}],
	}}})
	not "/app" in object.keys(added(service))
}

test_the_images_own_trees_and_what_it_gave_are_written_by_root_of_a_namespace if {
	got := object.keys(added(mapped({"rootfs": {"directories": [
		{"path": "/var/lib", "kind": "directory", "uid": 0},
		{"path": "/data", "kind": "directory", "uid": 0, "mode": 493, "own_tree": true},
		{"path": "/opt", "kind": "directory", "uid": 0},
		{"path": "/opt/tool", "kind": "directory", "uid": 0, "own_tree": true},
		{"path": "/data/uploads", "kind": "directory", "uid": 33, "mode": 493},
		{"path": "/etc/app", "kind": "directory", "uid": 33, "mode": 493},
		{"path": "/usr/share/x", "kind": "directory", "uid": 0, "mode": 511},
		{"path": "/usr/share/y", "kind": "directory", "uid": 0, "mode": 509},
	]}})))
	got & {"/var/lib", "/data", "/opt", "/opt/tool", "/data/uploads", "/etc/app", "/usr/share/x", "/usr/share/y"} == {"/var/lib", "/data", "/opt", "/etc/app", "/usr/share/x"}
}

test_a_file_of_etc_itself_that_is_edited_opens_all_of_it if {
	got := object.keys(added(mapped({"rootfs": {"script": {"edits_etc": ["environment"]}}})))
	"/etc" in got
	not "/etc/ssh" in got
	file := object.union(mapped({"rootfs": {"script": {"edits_etc": ["hosts"]}}}), {"facts": {"rootfs": {"directories": [
		{"path": "/etc", "kind": "directory", "uid": 0},
		{"path": "/etc/hosts", "kind": "file", "uid": 0},
	]}}})
	"/etc" in object.keys(added(file))
	not "/etc" in object.keys(added(mapped({})))
}

test_a_program_whose_capabilities_are_set_is_written if {
	program := {"kind": "file", "resolved": "/usr/bin/vault"}
	sets := mapped({"rootfs": {"script": {"sets_capabilities": true}, "executed": program}})
	added(sets)["/usr/bin/vault"].source == "/r/usr/bin/vault"
	not "/usr/bin/vault" in object.keys(added(mapped({"rootfs": {"executed": program}})))
	not "/opt/vault" in object.keys(added(mapped({"rootfs": {"script": {"sets_capabilities": true}, "executed": {"kind": "file", "resolved": "/opt/vault"}}})))
	not "/bin/gone" in object.keys(added(mapped({"rootfs": {"script": {"sets_capabilities": true}, "executed": {"kind": "missing", "resolved": "/bin/gone"}}})))
}

test_a_user_writes_what_the_kernel_would_let_it if {
	doc := object.union(
		dirs([
			{"path": "/usr/share/a", "kind": "directory", "uid": 0, "gid": 0, "mode": 509},
			{"path": "/usr/share/b", "kind": "directory", "uid": 0, "gid": 50, "mode": 509},
			{"path": "/usr/share/c", "kind": "directory", "uid": 0, "gid": 1000, "mode": 509},
			{"path": "/usr/share/d", "kind": "directory", "uid": 0, "gid": 50, "mode": 493},
			{"path": "/usr/share/e", "kind": "directory", "uid": 0, "gid": 0, "mode": 511},
		]),
		{"facts": {"process": {"groups": [50]}}},
	)
	places(doc) == {"/run", "/tmp", "/var/tmp", "/usr/share/b", "/usr/share/c", "/usr/share/e"}
}

test_a_user_of_its_own_writes_its_working_directory if {
	works := object.union(open, {"facts": {"rootfs": {"workdir": {"path": "/usr/src/app", "kind": "directory", "uid": 1000, "gid": 1000, "mode": 493}}}})
	"/usr/src/app" in places(works)
	not "/usr/src/app" in places(object.union(works, {"facts": {"rootfs": {"workdir": {"uid": 0, "gid": 0}}}}))
	twice := object.union(works, {"facts": {"rootfs": {"directories": [{"path": "/usr/src/app", "kind": "directory", "uid": 1000, "gid": 1000}]}}})
	count([m | some m in mounts(twice); m.destination == "/usr/src/app"]) == 1
}

# --- a /run of the engine's ---------------------------------------------------------------------------

of_engine := {"destination": "/run", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]}

service := sample.root({"rootfs": {
	"readonly": false,
	"script": {"drops_to": "postgres", "drop_by": "gosu", "guarded": true},
	"accounts": [{"name": "postgres", "uid": 100, "gid": 102, "home": "/"}],
	"directories": [{"path": "/run/postgresql", "kind": "directory", "uid": 100, "gid": 102}],
}})

appended(document) := got if {
	got := {op.value | some f in read_only_rootfs.deny; some op in f.fix; startswith(op.path, "/config/mounts/"); endswith(op.path, "-")} with input as document with data.sallyport.main.parameters as {}
}

test_what_the_image_has_below_it_is_made_again_for_a_user if {
	got := appended(object.union(service, {"config": {"mounts": [of_engine]}}))
	{"uid=100", "gid=102"} == {o | some o in got; is_string(o)}
	{m.destination | some m in got; is_object(m)} == {"/run/postgresql"}
	not "/run/postgresql" in places(object.union(service, {"config": {"mounts": [of_engine]}}))
	"/run/postgresql" in places(service)
	appended(service) == set()
	theirs := object.union(of_engine, {"options": ["uid=7"]})
	{o | some o in appended(object.union(service, {"config": {"mounts": [theirs]}})); is_string(o)} == set()
	twice := object.union(service, {"config": {"mounts": [of_engine, {"destination": "/run/postgresql", "type": "bind"}]}})
	{m | some m in appended(twice); is_object(m)} == set()
}

test_root_makes_it_again_itself if {
	appended(object.union(mapped({}), {"config": {"mounts": [of_engine]}})) == set()
}
