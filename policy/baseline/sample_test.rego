# A document that no rule objects to, and ways to spoil it.
package sallyport.sample

import data.sallyport.rules

clean := {
	"version": 1,
	"time": "2026-01-02T03:04:05.000000000Z",
	"operation": "create",
	"gate": {"registration": "default", "caller": "shim"},
	"container": {"id": "web", "engine": "docker", "scope": "container"},
	"host": {"arch": "x86_64", "apparmor": false, "selinux": false, "trusted": true, "kernel_version": [6, 1], "runtime": {"family": "runc"}},
	"config": {
		"process": {
			"user": {"uid": 1000, "gid": 1000},
			"env": ["PATH=/bin", "HOME=/home/app"],
			"cwd": "/",
			"noNewPrivileges": true,
			"rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}],
		},
		"root": {"path": "/var/lib/docker/overlay2/x/merged", "readonly": true},
		"mounts": [],
		"linux": {
			"namespaces": [],
			"maskedPaths": ["/proc/kcore"],
			"readonlyPaths": ["/proc/sys"],
			"resources": {"devices": [{"allow": false, "access": "rwm"}], "pids": {"limit": 100}, "blockIO": {"weight": 100}},
			"seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": []},
			"sysctl": {},
		},
	},
	"facts": {
		"unknown": [],
		"malformed": [],
		"unknown_fields": [],
		"oci": {"version": "1.0.2", "supported": true},
		"mounts": [],
		"namespaces": {
			"pid": {"state": "private"},
			"network": {"state": "private"},
			"mount": {"state": "private"},
			"ipc": {"state": "private"},
			"uts": {"state": "private"},
			"cgroup": {"state": "private"},
		},
		"process": {"uid": 1000, "gid": 1000, "groups": [], "root": false, "root_in_host": false, "no_new_privileges": true, "home": "/home/app"},
		"capabilities": {"sets": {}, "union": [], "unknown_names": [], "critical": [], "default_excess": []},
		"seccomp": {"present": true, "default_allows": false, "dangerous": [], "notify": false, "spec_allow": false},
		"devices": {"allow_all": false, "default_deny": true, "explicit": true, "dangerous": [], "nodes": []},
		"paths": {"missing_masked": [], "missing_readonly": [], "odd": []},
		"rootfs": {"readonly": true, "dev_tmpfs": true, "resolved": "/var/lib/docker/overlay2/x/merged", "directories": [], "accounts": [], "groups": []},
		"hooks": [],
		"annotations": [],
		"sysctls": [],
		"cgroup": {"path": "/docker/web", "odd": [], "foreign": false},
		"resources": {"pids_limit": 100, "pids_limited": true, "memory_limited": true, "cpu_limited": true, "unified": []},
		"lsm": {},
		"secrets": [],
		"net_devices": [],
		"args": {},
	},
}

# The clean document with some facts replaced.
facts(changes) := object.union(clean, {"facts": changes})

with_config(changes, config) := object.union(facts(changes), {"config": config})

mount(m) := facts({"mounts": [object.union({"index": 0, "destination": "/data", "destination_odd": [], "options_danger": [], "kind": "directory"}, m)]})

unknown(pointer, changes) := object.union(facts(changes), {"facts": {"unknown": [pointer]}})

operation(name, document) := object.union(document, {"operation": name})

building(document) := object.union(document, {"container": {"scope": "build"}})

# Root of the host, as engines start most images.
root(changes) := object.union(
	with_config(object.union({"process": {"uid": 0, "gid": 0, "root": true, "root_in_host": true, "home": "/root"}}, changes), {"process": {"user": {"uid": 0, "gid": 0}}}),
	{},
)

fixes(findings) := {op | some f in findings; some op in f.fix}

test_no_rule_objects_to_the_clean_document if {
	found := {name | some name; count(rules[name].deny) > 0} with input as clean with data.sallyport.settings as {}
	found == set()
}
