package sallyport.host_docker_test

import data.sallyport.host

id := "sha256:0123456789abcdef"

image(history, config) := {
	"images/json": [{"Id": id, "RepoTags": ["app:1"]}],
	sprintf("images/%s/json", [id]): {"Config": config, "GraphDriver": {"Name": "overlay2", "Data": {"UpperDir": "/l/2", "LowerDir": "/l/1:/l/0"}}},
	sprintf("images/%s/history", [id]): array.reverse([{"CreatedBy": h} | some h in history]),
}

container(host_config, more) := {
	"containers/json": [{"Id": "c1", "Names": ["/web"], "Image": "app:1"}],
	"containers/c1/json": object.union({"Image": id, "State": {}, "HostConfig": host_config, "NetworkSettings": {"Networks": {"own": {}}}}, more),
	"containers/c1/top": {"Processes": [["root", "1", "nginx: master"]]},
}

engine := {"info": {"Swarm": {"LocalNodeState": "inactive"}}, "version": {"Version": "28.2.2"}, "networks": [], "images/json": [], "containers/json": []}

seen(more) := {
	"processes": [{"pid": 1, "args": ["/usr/bin/dockerd"]}],
	"mounts": ["/"], "settings": {"mode": "enforce"}, "stat": {}, "text": {}, "json": {}, "glob": {},
	"setuid": {},
	"docker": object.union(engine, more),
}

outcome(rule, doc) := {r.outcome | some r in host.assessment.results with input as doc; r.rule == rule}

base := ["/bin/sh -c #(nop) ADD file:1 in / ", "/bin/sh -c #(nop)  CMD [\"sh\"]"]

steps(more) := seen(image(array.concat(base, more), {}))

test_each_round_names_what_the_next_looks_at if {
	doc := seen(object.union(image(base, {}), container({}, {})))
	look := host.look with input as doc
	look.docker & {"images/sha256:0123456789abcdef/json", "images/sha256:0123456789abcdef/history", "containers/c1/json", "containers/c1/top"} == {"images/sha256:0123456789abcdef/json", "images/sha256:0123456789abcdef/history", "containers/c1/json", "containers/c1/top"}
	look.setuid == {"/l/0", "/l/1", "/l/2"}
}

test_health_checks if {
	outcome("image-healthcheck", seen(image(base, {"Healthcheck": {"Test": ["CMD", "true"]}}))) == {"pass"}
	outcome("image-healthcheck", seen(image(base, {"Healthcheck": {"Test": ["NONE"]}}))) == {"fail"}
	outcome("image-healthcheck", seen(image(base, {}))) == {"fail"}
}

test_updates_alone if {
	outcome("image-update-alone", steps(["RUN /bin/sh -c apt-get update # buildkit"])) == {"fail"}
	outcome("image-update-alone", steps(["RUN /bin/sh -c apt-get update && apt-get install -y x # buildkit"])) == {"pass"}
	outcome("image-update-alone", steps(["|1 A=b /bin/sh -c yum -y update"])) == {"fail"}
	outcome("image-update-alone", steps(["RUN /bin/sh -c apk add --no-cache --update x"])) == {"pass"}
	outcome("image-update-alone", steps([])) == {"pass"}
}

test_add_after_the_first_layer if {
	outcome("image-add", steps([])) == {"pass"}
	outcome("image-add", steps(["COPY a b # buildkit"])) == {"pass"}
	outcome("image-add", steps(["RUN x", "ADD a.tar /b # buildkit"])) == {"fail"}
	outcome("image-add", seen(image(["ADD root.tar / # buildkit"], {}))) == {"pass"}
}

test_setuid_files if {
	outcome("setuid-binaries", whole([])) == {"pass"}
	outcome("setuid-binaries", whole(["/bin/su"])) == {"fail"}
	outcome("setuid-binaries", json.patch(whole([]), [{"op": "replace", "path": "/setuid/~1l~11/complete", "value": false}])) == {"unasked"}
	outcome("setuid-binaries", seen(image(base, {}))) == {"unasked"}
}

whole(files) := object.union(seen(image(base, {})), {"setuid": {"/l/0": {"files": files, "complete": true}, "/l/1": {"files": [], "complete": true}, "/l/2": {"files": [], "complete": true}}})

published(ip, port) := seen(container({"PortBindings": {"80/tcp": [{"HostIp": ip, "HostPort": port}]}}, {}))

test_ports if {
	outcome("privileged-ports", published("10.0.0.1", "80")) == {"fail"}
	outcome("privileged-ports", published("10.0.0.1", "8080")) == {"pass"}
	outcome("host-interface-binding", published("", "8080")) == {"fail"}
	outcome("host-interface-binding", published("0.0.0.0", "8080")) == {"fail"}
	outcome("host-interface-binding", published("10.0.0.1", "8080")) == {"pass"}
	outcome("published-ports", published("10.0.0.1", "8080")) == {"unasked"}
	outcome("published-ports", seen(container({}, {}))) == {"pass"}
}

test_restarts if {
	outcome("restart-policy", seen(container({"RestartPolicy": {"Name": "always"}}, {}))) == {"fail"}
	outcome("restart-policy", seen(container({"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 5}}, {}))) == {"pass"}
	outcome("restart-policy", seen(container({"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 0}}, {}))) == {"fail"}
	outcome("restart-policy", seen(container({"RestartPolicy": {"Name": "no"}}, {}))) == {"pass"}
}

test_what_runs if {
	one := container({}, {"State": {"Health": {"Status": "healthy"}}})
	outcome("container-health", seen(one)) == {"pass"}
	outcome("container-health", seen(container({}, {"State": {"Health": {"Status": "unhealthy"}}}))) == {"fail"}
	outcome("container-health", seen(container({}, {}))) == {"fail"}
	outcome("container-sshd", seen(one)) == {"pass"}
	outcome("container-sshd", seen(object.union(one, {"containers/c1/top": {"Processes": [["root", "7", "/usr/sbin/sshd -D"]]}}))) == {"fail"}
	outcome("container-sshd", seen(object.remove(one, ["containers/c1/top"]))) == {"unasked"}
	outcome("default-bridge", seen(one)) == {"pass"}
	outcome("default-bridge", seen(container({}, {"NetworkSettings": {"Networks": {"bridge": {}}}}))) == {"fail"}
	outcome("image-latest", seen(object.union(image(base, {}), one))) == {"pass"}
	outcome("image-latest", seen(object.union(image(base, {}), container({}, {"Image": "sha256:older"})))) == {"fail"}
}

test_swarm if {
	outcome("swarm-mode", seen({})) == {"pass"}
	outcome("swarm-autolock", seen({})) == {"not_applicable"}
	active := {"info": {"Swarm": {"LocalNodeState": "active", "ControlAvailable": true, "Managers": 1}}, "swarm": {"Spec": {"EncryptionConfig": {"AutoLockManagers": false}}}}
	outcome("swarm-mode", seen(active)) == {"unasked"}
	outcome("swarm-autolock", seen(active)) == {"fail"}
	outcome("swarm-managers", seen(active)) == {"unasked"}
	outcome("swarm-overlay-encrypted", seen(active)) == {"pass"}
	outcome("swarm-overlay-encrypted", seen(object.union(active, {"networks": [{"Name": "n", "Driver": "overlay", "Options": {}}]}))) == {"fail"}
	outcome("swarm-overlay-encrypted", seen(object.union(active, {"networks": [{"Name": "n", "Driver": "overlay", "Options": {"encrypted": ""}}]}))) == {"pass"}
}

test_what_did_not_answer_passes_nothing if {
	doc := seen(object.remove(object.union(image(base, {}), container({}, {})), [sprintf("images/%s/json", [id]), "containers/c1/json"]))
	every rule in array.concat(host.of_images, host.of_containers) {
		outcome(rule, doc) == {"unasked"}
	}
	every rule in array.concat(host.of_engine, array.concat(host.of_images, host.of_containers)) {
		outcome(rule, object.remove(seen({}), ["docker"])) == {"unasked"}
	}
}

test_nothing_there if {
	every rule in array.concat(host.of_images, host.of_containers) {
		outcome(rule, seen({})) == {"not_applicable"}
	}
}

test_every_result_is_described if {
	all := host.assessment with input as seen(object.union(image(base, {}), container({}, {})))
	every r in all.results {
		all.catalogue[r.rule].title
	}
}
