package sallyport.gatekeeper.pod_test

import data.sallyport.gatekeeper.pod

start := {
	"operation": "create",
	"gate": {"caller": "shim"},
	"container": {
		"id": "c1",
		"scope": "container",
		"labels": {"owner": "me"},
		"image": {"name": "docker.io/library/web:1", "trusted": true},
	},
	"config": {
		"root": {"readonly": true},
		"process": {
			"args": ["/bin/web"],
			"env": ["A=b=c", "odd"],
			"user": {"uid": 7, "gid": 8, "additionalGids": [9]},
			"noNewPrivileges": true,
			"apparmorProfile": "docker-default",
			"selinuxLabel": "system_u:system_r:container_t:s0:c1,c2",
			"capabilities": {"bounding": ["CAP_NET_BIND_SERVICE"]},
		},
		"linux": {
			"maskedPaths": ["/proc/kcore"],
			"namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "ipc"}],
			"seccomp": {},
			"sysctl": {"net.ipv4.ip_forward": "1"},
			"resources": {"memory": {"limit": 1048576}, "cpu": {"quota": 50000, "period": 100000, "shares": 512}},
		},
	},
	"facts": {
		"privileged": false,
		"unknown": [],
		"seccomp": {"dangerous": []},
		"namespaces": {"pid": {"state": "private"}, "network": {"state": "private"}, "ipc": {"state": "private"}, "user": {"state": "missing"}},
		"mounts": [],
	},
}

with_mount(m) := object.union(start, {"facts": {"mounts": [m]}})

only := pod.review.object.spec.containers[0]

context := only.securityContext

test_who_it_is if {
	r := pod.review with input as start
	r.name == "c1"
	r.namespace == "default"
	r.operation == "CREATE"
	r.object.metadata.labels == {"owner": "me"}
}

test_kubernetes_names_count_when_trusted if {
	k := {"pod": "p", "namespace": "n", "container": "c", "pod_uid": "u"}
	trusted := object.union(start, {"container": {"kubernetes": object.union(k, {"trusted": true})}})
	forged := object.union(start, {"container": {"kubernetes": object.union(k, {"trusted": false})}})
	t := pod.review with input as trusted
	[t.name, t.namespace, t.object.spec.containers[0].name] == ["p", "n", "c"]
	f := pod.review with input as forged
	[f.name, f.namespace, f.object.spec.containers[0].name] == ["c1", "default", "c1"]
}

test_an_image_that_may_be_made_up_has_no_name if {
	only.image == "docker.io/library/web:1" with input as start
	forged := object.union(start, {"container": {"image": {"trusted": false}}})
	only.image == "" with input as forged
}

test_security_context if {
	c := context with input as start
	c.privileged == false
	c.allowPrivilegeEscalation == false
	c.readOnlyRootFilesystem == true
	[c.runAsUser, c.runAsGroup, c.runAsNonRoot] == [7, 8, true]
	c.seccompProfile == {"type": "RuntimeDefault"}
	c.appArmorProfile == {"type": "RuntimeDefault"}
	c.procMount == "Default"
	c.seLinuxOptions == {"user": "system_u", "role": "system_r", "type": "container_t", "level": "s0:c1,c2"}
}

test_security_context_of_what_says_nothing if {
	bare := object.union(object.remove(start, ["config"]), {"config": {"process": {}, "linux": {"namespaces": []}}})
	c := context with input as bare
	c.allowPrivilegeEscalation == true
	c.readOnlyRootFilesystem == false
	[c.runAsUser, c.runAsNonRoot] == [0, false]
	c.seccompProfile == {"type": "Unconfined"}
	c.appArmorProfile == {"type": "Unconfined"}
	c.procMount == "Unmasked"
}

test_dangerous_calls_are_no_default_profile if {
	open_filter := object.union(start, {"facts": {"seccomp": {"dangerous": ["bpf"]}}})
	context.seccompProfile.type == "Localhost" with input as open_filter
	allowing := object.union(start, {"facts": {"seccomp": {"default_allows": true}}})
	context.seccompProfile.type == "Unconfined" with input as allowing
}

test_few_capabilities_were_added_after_all_were_dropped if {
	c := context.capabilities with input as start
	c.add == ["NET_BIND_SERVICE"]
	"ALL" in c.drop
	not "NET_BIND_SERVICE" in c.drop
}

test_many_capabilities_are_the_usual_ones_less_some if {
	held := [concat("", ["CAP_", c]) | some c in ((pod.usual - {"NET_RAW"}) | {"SYS_ADMIN"})]
	many := object.union(start, {"config": {"process": {"capabilities": {"bounding": held}}}})
	c := context.capabilities with input as many
	c.add == ["SYS_ADMIN"]
	"NET_RAW" in c.drop
	not "ALL" in c.drop
}

test_namespaces_of_the_host if {
	shared := object.union(start, {"facts": {"namespaces": {"pid": {"state": "missing"}, "network": {"state": "host"}}}})
	s := pod.review.object.spec with input as shared
	[s.hostPID, s.hostNetwork, s.hostIPC] == [true, true, false]
}

test_a_namespace_that_could_not_be_looked_at_is_the_hosts if {
	blind := object.union(start, {"facts": {"unknown": ["/facts/namespaces/network"], "namespaces": {"network": {"state": "shared"}}}})
	s := pod.review.object.spec with input as blind
	s.hostNetwork
	off := pod.review.object.spec with input as object.union(blind, {"gate": {"caller": "lint"}})
	not off.hostNetwork
}

test_resources if {
	r := only.resources with input as start
	r == {"limits": {"memory": "1048576", "cpu": "500m"}, "requests": {"cpu": "500m"}}
}

test_environment_and_sysctls if {
	only.env == [{"name": "A", "value": "b=c"}] with input as start
	pod.review.object.spec.securityContext.sysctls == [{"name": "net.ipv4.ip_forward", "value": "1"}] with input as start
}

volume(m) := object.remove(v, ["name"]) if {
	v := pod.review.object.spec.volumes[0] with input as with_mount(m)
}

test_volumes if {
	volume({"bind": true, "source": "/etc", "resolved": "/real/etc"}) == {"hostPath": {"path": "/real/etc"}}
	volume({"bind": true, "source": "/var/lib/docker/volumes/db/_data", "engine_managed": "volume"}) == {"persistentVolumeClaim": {"claimName": "db"}}
	volume({"type": "tmpfs", "pseudo": true, "destination": "/tmp"}) == {"emptyDir": {"medium": "Memory"}}
	not volume({"type": "proc", "pseudo": true, "destination": "/proc"})
	not volume({"type": "tmpfs", "pseudo": true, "destination": "/dev"})
	not volume({"bind": true, "source": "/x/hosts", "engine_managed": "hosts"})
	not volume({"bind": true, "source": "/rootfs/data", "own_rootfs": true})
}

pods_volume(uid, path) := object.remove(v, ["name"]) if {
	k := {"container": {"kubernetes": {"trusted": true, "pod_uid": uid}}}
	v := pod.review.object.spec.volumes[0] with input as object.union(with_mount({"bind": true, "source": path, "engine_managed": "pod-volume"}), k)
}

test_another_pods_volume_is_a_path_of_the_host if {
	path := "/var/lib/kubelet/pods/u1/volumes/kubernetes.io~configmap/c"
	pods_volume("u1", path) == {"configMap": {}}
	pods_volume("u2", path) == {"hostPath": {"path": path}}
}

test_read_only_mounts if {
	m := {"bind": true, "source": "/etc", "destination": "/host", "readonly": true}
	only.volumeMounts == [{"name": "mount-0", "mountPath": "/host", "readOnly": true}] with input as with_mount(m)
}

test_a_sandbox_has_no_container if {
	pod.review.object.spec.containers == [] with input as object.union(start, {"container": {"scope": "sandbox"}})
}

test_what_is_judged if {
	pod.judged with input as start
	not pod.judged with input as object.union(start, {"operation": "exec"})
	not pod.judged with input as object.union(start, {"container": {"scope": "build"}})
}

test_findings if {
	pod.finding({"msg": "m", "details": {"a": 1}}) == {"msg": "m", "metadata": {"details": {"a": 1}}}
	pod.finding({"msg": 1}) == {"msg": "1"}
	pod.finding({"x": 1}) == {"msg": "violation"}
	pod.finding("text") == {"msg": "text"}
}
