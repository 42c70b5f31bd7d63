package sallyport.rules.drop_capabilities_test

import data.sallyport.rules.drop_capabilities
import data.sallyport.sample

caps(names) := {"capabilities": {"union": names}}

config(names) := {"process": {"capabilities": {"bounding": names, "effective": names, "permitted": names, "inheritable": names, "ambient": names}}}

holding(names) := sample.with_config(caps(names), config(names))

value(document, name) := got if {
	got := {op.value | some f in drop_capabilities.deny; some op in f.fix; op.path == concat("", ["/config/process/capabilities/", name])} with input as document
}

test_none_pass if count(drop_capabilities.deny) == 0 with input as sample.clean

test_all_sets_are_emptied if {
	doc := holding(["CAP_CHOWN", "CAP_NET_RAW"])
	every name in ["bounding", "effective", "permitted", "inheritable", "ambient"] {
		value(doc, name) == {[]}
	}
}

test_an_update_has_no_process if count(drop_capabilities.deny) == 0 with input as sample.operation("update", holding(["CAP_CHOWN"]))

test_builds_keep_what_package_managers_need if {
	doc := sample.building(holding(["CAP_CHOWN", "CAP_SETFCAP", "CAP_MKNOD"]))
	value(doc, "effective") == {["CAP_CHOWN", "CAP_SETFCAP"]}
	value(doc, "ambient") == {[]}
	value(doc, "inheritable") == {[]}
}

test_a_root_phase_keeps_a_few if {
	doc := object.union(holding(["CAP_SETUID", "CAP_SYS_CHROOT", "CAP_NET_RAW"]), {"facts": {"process": {"root": true, "root_in_host": false}}})
	value(doc, "permitted") == {["CAP_SETUID", "CAP_SYS_CHROOT"]}
}

test_settings_may_keep_some if {
	doc := holding(["CAP_IPC_LOCK", "CAP_NET_RAW"])
	settings := {"drop-capabilities": {"keep": ["CAP_IPC_LOCK"]}}
	{["CAP_IPC_LOCK"]} == value(doc, "effective") with data.sallyport.main.parameters as settings
}

test_file_capabilities_stay_in_the_bounding_set if {
	doc := object.union(holding(["CAP_NET_RAW", "CAP_CHOWN"]), {"facts": {"rootfs": {"program": {"file_capabilities": ["CAP_NET_RAW"], "file_capabilities_effective": true}}}})
	value(doc, "bounding") == {["CAP_NET_RAW"]}
	value(doc, "effective") == {[]}
	inert := object.union(doc, {"facts": {"rootfs": {"program": {"file_capabilities_effective": false}}}})
	value(inert, "bounding") == {[]}
}

exec(admitted) := object.union(
	sample.operation("exec", sample.facts(caps(["CAP_CHOWN", "CAP_KILL"]))),
	{"process": config(["CAP_CHOWN", "CAP_KILL"]).process, "container": {"admitted": admitted}},
)

test_an_exec_keeps_what_was_admitted if {
	some f in drop_capabilities.deny with input as exec({"capabilities": ["CAP_KILL"]})
	f.path == "/process/capabilities"
	{"op": "add", "path": "/process/capabilities/effective", "value": ["CAP_KILL"]} in f.fix
}

test_an_exec_without_an_admission_keeps_none if {
	some f in drop_capabilities.deny with input as exec({})
	{"op": "add", "path": "/process/capabilities/effective", "value": []} in f.fix
}

ports(document) := got if {
	got := {op.value | some f in drop_capabilities.deny; some op in f.fix; endswith(op.path, "ip_unprivileged_port_start")} with input as document
}

test_low_ports_open_by_the_kernels_setting if {
	doc := holding(["CAP_NET_BIND_SERVICE"])
	ports(doc) == {"0"}
	ports(holding(["CAP_CHOWN"])) == set()
	ports(object.union(doc, {"facts": {"namespaces": {"network": {"state": "shared"}}}})) == set()
	ports(object.union(doc, {"facts": {"userns": {"present": true}}})) == set()
	ports(object.union(doc, {"config": {"linux": {"sysctl": {"net.ipv4.ip_unprivileged_port_start": "80"}}}})) == set()
	ports(object.union(sample.operation("exec", doc), {"process": doc.config.process})) == set()
	kept := object.union(holding(["CAP_NET_BIND_SERVICE", "CAP_NET_RAW"]), {"facts": {"process": {"root": true}}})
	ports(kept) == set()
}

# --- low ports of a network that is joined ---------------------------------------------------------

joining(changes) := sample.root(object.union({
	"capabilities": {"union": ["CAP_NET_BIND_SERVICE", "CAP_CHOWN"]},
	"namespaces": {"network": {"state": "shared", "path": "/run/netns/x"}},
}, changes))

opened(document) if {
	some f in drop_capabilities.deny with input as document with data.sallyport.main.parameters as {}
	f.actions == [{"action": "open_ports"}]
}

test_low_ports_of_a_joined_network_are_opened if {
	opened(joining({}))
	opened(joining({"mapping": {"possible": true, "base": 1879113728, "count": 65536}, "rootfs": {"program": {"name": "sshd"}}}))
}

test_they_stay_shut_where_nothing_is_taken if {
	not opened(joining({"capabilities": {"union": ["CAP_CHOWN"]}}))
	not opened(joining({"namespaces": {"network": {"state": "private"}}}))
	not opened(joining({"namespaces": {"network": {"state": "host", "path": "/proc/1/ns/net"}}}))
	not opened(joining({"process": {"root_in_host": false}}))
	not opened(sample.building(joining({})))
}
