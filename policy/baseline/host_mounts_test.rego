package sallyport.rules.host_mounts_test

import data.sallyport.rules.host_mounts
import data.sallyport.sample

etc := {"bind": true, "source": "/etc", "resolved": "/etc", "sensitive": "/etc", "relation": "equal"}

paths(document) := got if {
	got := {f.path | some f in host_mounts.deny} with input as document
}

refused := {"/config/mounts/0"}

test_plain_directories_pass if paths(sample.mount({"bind": true, "source": "/srv/data", "resolved": "/srv/data"})) == set()

test_sensitive_trees_refuse if {
	paths(sample.mount(etc)) == refused
	paths(sample.mount(object.union(etc, {"relation": "ancestor", "source": "/", "sensitive": "/etc"}))) == refused
	paths(sample.mount(object.union(etc, {"relation": "inside", "source": "/etc/shadow"}))) == refused
}

test_file_systems_have_no_source if paths(sample.mount(object.union(etc, {"bind": false}))) == set()

test_what_the_engine_made_passes if {
	paths(sample.mount(object.union(etc, {"engine_managed": "hosts"}))) == set()
	paths(sample.mount(object.union(etc, {"own_rootfs": true}))) == set()
}

test_an_exec_mounts_nothing if {
	paths(sample.operation("exec", sample.mount(etc))) == set()
	paths(sample.operation("exec", sample.mount({"bind": true, "source": "/proc/1/root", "via_proc": true}))) == set()
	paths(sample.operation("exec", sample.mount({"bind": false, "backing": [{"source": "/etc", "sensitive": "/etc", "relation": "equal"}]}))) == set()
	paths(sample.operation("exec", sample.unknown("/facts/mounts", sample.mount({"bind": true, "source": "/x"}).facts))) == set()
}

test_time_zones_pass_read_only if {
	zone := object.union(etc, {"source": "/etc/localtime", "relation": "inside", "readonly": true})
	paths(sample.mount(zone)) == set()
	paths(sample.mount(object.union(zone, {"readonly": false}))) == refused
	paths(sample.mount(object.union(zone, {"source": "/etc/shadow"}))) == refused
}

test_settings_may_allow_a_path if {
	doc := sample.mount(object.union(etc, {"source": "/etc/app", "relation": "inside", "readonly": true}))
	set() == paths(doc) with data.sallyport.main.parameters as {"host-mounts": {"allow_readonly": ["/etc/app"]}}
}

test_other_processes_files_refuse if {
	proc := {"bind": true, "source": "/proc/1/root/x", "via_proc": true}
	paths(sample.mount(proc)) == refused
	paths(sample.mount(object.union(proc, {"bind": false}))) == set()
	paths(sample.mount(object.union(proc, {"engine_managed": "init"}))) == set()
}

test_overlays_of_host_directories_refuse if {
	paths(sample.mount({"bind": false, "backing": [{"source": "/etc", "sensitive": "/etc", "relation": "equal"}]})) == refused
	paths(sample.mount({"bind": false, "backing": [{"source": "/srv"}]})) == set()
}

test_projects_in_a_home_pass if {
	home := object.union(etc, {"source": "/home/ann/src", "resolved": "/home/ann/src", "sensitive": "/home", "relation": "inside"})
	paths(sample.mount(home)) == set()
	paths(sample.mount(object.union(home, {"resolved": "/home/ann"}))) == refused
	paths(sample.mount(object.union(home, {"resolved": "/home/ann/.ssh"}))) == refused
	paths(sample.mount(object.union(home, {"relation": "equal"}))) == refused
	paths(sample.mount(object.union(home, {"sensitive": "/root"}))) == refused
}

test_unknown_sources_are_said if {
	said(doc({"bind": true, "source": "/x"})) == {true}
	said(doc({"bind": false, "source": "/x"})) == set()
	said(doc({"bind": true, "source": "/x", "own_rootfs": true})) == set()
	said(doc(etc)) == set()
	said(sample.mount({"bind": true, "source": "/x"})) == set()
}

doc(m) := sample.unknown("/facts/mounts/0/resolved", sample.mount(m).facts)

test_names_count_where_nobody_can_look if {
	every source in ["/etc", "/etc/shadow", "/", "/var"] {
		f := {g.msg | some g in host_mounts.deny; not g.undetermined} with input as doc({"bind": true, "source": source})
		count(f) == 1
	}
	named(sample.mount({"bind": true, "source": "/etc"})) == 0
	named(doc({"bind": true, "source": "/etcetera"})) == 0
	named(doc({"bind": false, "source": "/etc"})) == 0
	named(doc({"bind": true, "source": "/etc", "own_rootfs": true})) == 0
	named(doc({"bind": true, "source": "/etc/localtime", "readonly": true})) == 0
	named(sample.operation("exec", doc({"bind": true, "source": "/etc"}))) == 0
	named(doc(object.union(etc, {"source": "/etc"}))) == 1
	said(doc({"bind": true, "source": "/etc/localtime", "readonly": true})) == set()
}

named(document) := got if {
	got := count({f.msg | some f in host_mounts.deny; not f.undetermined}) with input as document
}

said(document) := got if {
	got := {f.undetermined | some f in host_mounts.deny; f.undetermined} with input as document
}

logs := {"bind": true, "readonly": true, "source": "/var/log", "resolved": "/var/log", "sensitive": "/var/log", "relation": "equal"}

test_logs_may_be_read if {
	{f.enforcement | some f in host_mounts.deny} == {"warn"} with input as sample.mount(logs)
	{f.enforcement | some f in host_mounts.deny} == {"warn"} with input as sample.mount(object.union(logs, {"relation": "inside"}))
	every change in [{"readonly": false}, {"relation": "ancestor"}, {"sensitive": "/etc"}] {
		{object.get(f, "enforcement", "deny") | some f in host_mounts.deny} == {"deny"} with input as sample.mount(object.union(logs, change))
	}
	count(host_mounts.deny) == 0 with input as sample.mount(object.union(logs, {"bind": false}))
	count(host_mounts.deny) == 0 with input as sample.mount(object.union(logs, {"engine_managed": "volume"}))
	count(host_mounts.deny) == 0 with input as sample.operation("exec", sample.mount(logs))
}

layers(b) := sample.mount({"bind": false, "backing": [b]})

test_layers_through_proc_refuse if {
	paths(layers({"source": "/proc/1/root/x", "via_proc": true})) == refused
	paths(sample.operation("exec", layers({"source": "/proc/1/root/x", "via_proc": true}))) == set()
}

test_layers_that_could_not_be_looked_at_are_told if {
	blind := sample.unknown("/facts/mounts/0/backing/0/resolved", layers({"source": "/x"}).facts)
	{f.undetermined | some f in host_mounts.deny} == {true} with input as blind
	count(host_mounts.deny) == 0 with input as layers({"source": "/x"})
	count(host_mounts.deny) == 0 with input as sample.operation("exec", blind)
	known := sample.unknown("/facts/mounts/0/backing/0/resolved", layers({"source": "/etc", "sensitive": "/etc", "relation": "equal"}).facts)
	{f | some f in host_mounts.deny; f.undetermined} == set() with input as known
}
