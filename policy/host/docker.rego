# CIS Docker 1.2.2 and 4 to 7, and the STIG's kin: what the engine says of its images, its running containers and its swarm.
#
# An image's history is what its builder left of it, and a container is seen as it runs now: the frameworks' `why` says so.
package sallyport.host

# --- what is asked ----------------------------------------------------------------------------------

answer(question) := input.docker[question]

docker_questions := {"info", "version", "images/json", "containers/json", "networks"} | (image_questions | (container_questions | swarm_questions))

image_questions := {sprintf("images/%s/%s", [image.Id, part]) | some image in answer("images/json"); some part in ["json", "history"]}

container_questions := {sprintf("containers/%s/%s", [c.Id, part]) | some c in answer("containers/json"); some part in ["json", "top"]}

swarm_questions := {"swarm" | info.Swarm.ControlAvailable}

setuid_dirs := {dir | some image in images; some dir in layers(image)}

# --- images -----------------------------------------------------------------------------------------

# By the name that people know; one without a name by its digest.
images := [{"name": name, "id": i.Id, "config": object.get(answer(sprintf("images/%s/json", [i.Id])), "Config", {}), "graph": object.get(answer(sprintf("images/%s/json", [i.Id])), "GraphDriver", {}), "history": [h.CreatedBy | some h in array.reverse(answer(sprintf("images/%s/history", [i.Id])))]} |
	some i in answer("images/json")
	name := concat(",", sort([t | some t in tags(i)]))
]

tags(i) := i.RepoTags if count(object.get(i, "RepoTags", [])) > 0

tags(i) := [substring(i.Id, 0, 19)] if count(object.get(i, "RepoTags", [])) == 0

# The engine's own storage tells where an image's files lie; containerd's does not.
layers(image) := [dir |
	image.graph.Name == "overlay2"
	some text in [object.get(image.graph.Data, "LowerDir", ""), object.get(image.graph.Data, "UpperDir", "")]
	some dir in split(text, ":")
	startswith(dir, "/")
]

default healthy(_) := false

healthy(image) if {
	test := image.config.Healthcheck.Test
	count(test) > 0
	test[0] != "NONE"
}

updates := `\b(apt-get|apt|yum|dnf|microdnf|zypper|apk)\b[^;&|]*\b(update|upgrade|makecache|refresh)\b`

installs := `\b(apt-get|apt|yum|dnf|microdnf|zypper|apk)\b[^;&|]*\b(install|add|in)\b`

# A step that fetches lists of packages for a later one: that one is then taken from an old cache.
updates_alone(image) := [substring(h, 0, 120) | some h in image.history; regex.match(updates, h); not regex.match(installs, h); not regex.match(`--no-cache`, h)]

# ADD of the first layer is how a root file system comes into an image.
adds(image) := [substring(h, 0, 120) |
	some i, h in image.history
	regex.match(`(^|#\(nop\) +)ADD `, h)
	count([1 | some k, before in image.history; k < i; not regex.match(`#\(nop\)|^(ENV|LABEL|ARG|CMD|ENTRYPOINT|USER|WORKDIR|EXPOSE|MAINTAINER)\b`, before)]) > 0
]

setuid_files(image) := {f | some dir in layers(image); some f in input.setuid[dir].files}

setuid_whole(image) if {
	count(layers(image)) > 0
	every dir in layers(image) {
		input.setuid[dir].complete
	}
}

docker_results contains r if {
	some image in images
	some r in [
		about(image.name, verdict("image-healthcheck", healthy(image), "the image has no HEALTHCHECK", "the image says how its health is checked")),
		about(image.name, verdict("image-update-alone", no(updates_alone(image)), sprintf("fetches lists of packages in a step of their own: %s", [concat("; ", updates_alone(image))]), "no step of its history fetches lists of packages alone")),
		about(image.name, verdict("image-add", no(adds(image)), sprintf("ADD where COPY would do: %s", [concat("; ", adds(image))]), "no ADD after its first layer")),
	]
}

docker_results contains about(image.name, verdict("setuid-binaries", count(setuid_files(image)) == 0, sprintf("%d files with setuid or setgid, such as %s", [count(setuid_files(image)), concat(", ", array.slice(sort(setuid_files(image)), 0, 3))]), "no file with setuid or setgid in its layers")) if {
	some image in images
	setuid_whole(image)
}

docker_results contains about(image.name, unsure("setuid-binaries", sprintf("%s: its layers could not be looked through", [image.name]))) if {
	some image in images
	not setuid_whole(image)
}

# --- running containers -----------------------------------------------------------------------------

containers := [{"name": name, "image": c.Image, "doc": answer(sprintf("containers/%s/json", [c.Id])), "top": object.get(input.docker, sprintf("containers/%s/top", [c.Id]), {})} |
	some c in answer("containers/json")
	name := trim_prefix(concat(",", object.get(c, "Names", [c.Id])), "/")
	answer(sprintf("containers/%s/json", [c.Id]))
]

bindings(c) := [{"port": port, "ip": object.get(b, "HostIp", ""), "host": to_number(b.HostPort)} |
	some port, list in object.get(object.get(c.doc, "HostConfig", {}), "PortBindings", {})
	is_array(list)
	some b in list
	b.HostPort != ""
]

privileged_bindings(c) := [sprintf("%d to %s", [b.host, b.port]) | some b in bindings(c); b.host > 0; b.host < 1024]

# "" is every address.
wide_bindings(c) := [sprintf("%d to %s", [b.host, b.port]) | some b in bindings(c); b.ip in {"", "0.0.0.0", "::"}]

restart(c) := object.get(object.get(c.doc.HostConfig, "RestartPolicy", {}), "Name", "")

default restart_holds(_) := false

restart_holds(c) if restart(c) in {"", "no"}

restart_holds(c) if {
	restart(c) == "on-failure"
	c.doc.HostConfig.RestartPolicy.MaximumRetryCount in {1, 2, 3, 4, 5}
}

health(c) := object.get(object.get(c.doc.State, "Health", {}), "Status", "none")

sshds(c) := [1 | some row in c.top.Processes; regex.match(`(^|/)sshd(:|$)`, split(row[count(row) - 1], " ")[0])]

docker_results contains about(c.name, verdict("container-sshd", no(sshds(c)), "sshd runs in it", "no sshd runs in it")) if {
	some c in containers
	c.top.Processes
}

docker_results contains about(c.name, unsure("container-sshd", sprintf("the processes of %s could not be seen", [c.name]))) if {
	some c in containers
	not c.top.Processes
}

default on_default_bridge(_) := false

on_default_bridge(c) if c.doc.NetworkSettings.Networks.bridge

# A tag that names another image by now: what runs is older than what a start would take.
default outdated(_) := false

outdated(c) if {
	some i in answer("images/json")
	c.image in object.get(i, "RepoTags", [])
	i.Id != c.doc.Image
}

outdated(c) if startswith(c.image, "sha256:")

docker_results contains r if {
	some c in containers
	some r in [
		about(c.name, verdict("privileged-ports", no(privileged_bindings(c)), sprintf("ports below 1024 are published: %s", [concat(", ", privileged_bindings(c))]), "no port below 1024 is published")),
		about(c.name, verdict("host-interface-binding", no(wide_bindings(c)), sprintf("published on every interface: %s", [concat(", ", wide_bindings(c))]), "no port is published on every interface")),
		about(c.name, verdict("restart-policy", restart_holds(c), sprintf("is restarted without a limit (%s)", [restart(c)]), "restarts are limited to five")),
		about(c.name, verdict("container-health", health(c) in {"healthy", "starting"}, sprintf("health: %s", [health(c)]), sprintf("health: %s", [health(c)]))),
		about(c.name, verdict("default-bridge", not_so(on_default_bridge(c)), "is on the default bridge", "is not on the default bridge")),
		about(c.name, verdict("image-latest", not_so(outdated(c)), sprintf("runs an older image than %s is now", [c.image]), "runs the image that its name names here")),
	]
}

# Which ports are needed nobody can say from here.
docker_results contains unsure("published-ports", sprintf("%s publishes %s: whether it is needed is for you to say", [c.name, concat(", ", sort([sprintf("%d", [b.host]) | some b in bindings(c)]))])) if {
	some c in containers
	count(bindings(c)) > 0
}

docker_results contains {"rule": "published-ports", "outcome": "pass", "msg": "no port is published", "subject": c.name} if {
	some c in containers
	count(bindings(c)) == 0
}

# --- the engine -------------------------------------------------------------------------------------

docker_results contains unsure("docker-version", sprintf("version %s: look up whether it is the newest", [answer("version").Version]))

docker_results contains unsure("image-sprawl", sprintf("%d of %d images are used by no running container: whether they are needed is for you to say", [count(unused), count(answer("images/json"))])) if count(unused) > 0

docker_results contains {"rule": "image-sprawl", "outcome": "pass", "msg": "every image is used by a running container"} if {
	is_array(answer("images/json"))
	count(unused) == 0
}

unused := {i.Id | some i in answer("images/json")} - {c.doc.Image | some c in containers}

swarm_active if info.Swarm.LocalNodeState != "inactive"

docker_results contains {"rule": "swarm-mode", "outcome": "pass", "msg": "swarm mode is off"} if info.Swarm.LocalNodeState == "inactive"

docker_results contains unsure("swarm-mode", "swarm mode is on: whether it is needed is for you to say") if swarm_active

# What only a swarm has.
swarm_rules := ["swarm-managers", "swarm-interface", "swarm-overlay-encrypted", "swarm-secrets", "swarm-autolock", "swarm-key-rotation", "swarm-certificates", "swarm-ca", "swarm-planes"]

docker_results contains idle(rule, "swarm mode is off") if {
	info.Swarm.LocalNodeState == "inactive"
	some rule in swarm_rules
}

plain_overlays := sort({n.Name | some n in answer("networks"); n.Driver == "overlay"; not n.Options.encrypted})

docker_results contains verdict("swarm-overlay-encrypted", count(plain_overlays) == 0, sprintf("not encrypted: %s", [concat(", ", plain_overlays)]), "every overlay network is encrypted") if {
	swarm_active
	answer("networks")
}

docker_results contains verdict("swarm-autolock", answer("swarm").Spec.EncryptionConfig.AutoLockManagers == true, "managers start without the key being given", "managers ask for the key when they start") if swarm_active

docker_results contains unsure(rule, why) if {
	swarm_active
	some rule, why in {
		"swarm-managers": sprintf("%v managers: whether that is the least that you need is for you to say", [object.get(info.Swarm, "Managers", "?")]),
		"swarm-interface": "which interface the swarm listens on is not told",
		"swarm-secrets": "whether secrets go through docker secret is not told",
		"swarm-key-rotation": "when the key was rotated is not told",
		"swarm-certificates": sprintf("certificates end after %v nanoseconds", [object.get(object.get(object.get(object.get(input.docker, "swarm", {}), "Spec", {}), "CAConfig", {}), "NodeCertExpiry", "?")]),
		"swarm-ca": "when the CA's certificate was rotated is not told",
		"swarm-planes": sprintf("data goes by %v, management by %v", [object.get(info.Swarm, "DataPathAddr", "the same address"), object.get(info.Swarm, "NodeAddr", "?")]),
	}
}

# --- where there is nothing -------------------------------------------------------------------------

about(subject, r) := object.union(r, {"subject": subject})

default no(_) := false

no(list) if count(list) == 0

not_so(x) := x == false

of_images := ["image-healthcheck", "image-update-alone", "image-add", "setuid-binaries"]

of_containers := ["privileged-ports", "host-interface-binding", "restart-policy", "container-health", "container-sshd", "default-bridge", "image-latest", "published-ports"]

of_engine := array.concat(["docker-version", "image-sprawl", "swarm-mode"], swarm_rules)

docker_results contains idle(rule, "Docker is not installed") if {
	not docker
	some rule in array.concat(of_engine, array.concat(of_images, of_containers))
}

docker_results contains unsure(rule, "the daemon does not answer") if {
	docker
	not info
	some rule in array.concat(of_engine, array.concat(of_images, of_containers))
}

# What did not answer, or is more than is asked about.
unseen_images := [1 |
	some i in answer("images/json")
	not i.Id in {seen_image.id | some seen_image in images}
]

unseen_containers := [1 | some c in answer("containers/json"); not answer(sprintf("containers/%s/json", [c.Id]))]

docker_results contains unsure(rule, sprintf("%d images could not be looked at", [count(unseen_images)])) if {
	count(unseen_images) > 0
	some rule in of_images
}

docker_results contains unsure(rule, sprintf("%d containers could not be looked at", [count(unseen_containers)])) if {
	count(unseen_containers) > 0
	some rule in of_containers
}

docker_results contains unsure(rule, "the daemon does not tell its images") if {
	info
	not answer("images/json")
	some rule in array.concat(["image-sprawl"], of_images)
}

docker_results contains unsure(rule, "the daemon does not tell its containers") if {
	info
	not answer("containers/json")
	some rule in of_containers
}

docker_results contains idle(rule, "there is no image") if {
	answer("images/json") == []
	some rule in of_images
}

docker_results contains idle(rule, "no container runs") if {
	answer("containers/json") == []
	some rule in of_containers
}

docker_catalogue := {rule: object.union({"severity": "medium"}, c) |
	some rule, c in {
		"image-healthcheck": {"title": "Images say how their health is checked", "severity": "low", "remediation": {"docker": "a HEALTHCHECK instruction, or --health-cmd"}},
		"image-update-alone": {"title": "Lists of packages are fetched in the step that installs", "severity": "low", "remediation": {"docker": "join update and install in one RUN"}},
		"image-add": {"title": "Files are copied into images, not added", "severity": "low", "remediation": {"docker": "COPY in place of ADD"}},
		"setuid-binaries": {"title": "Images have no setuid or setgid files", "remediation": {"docker": "RUN find / -xdev -perm /6000 -type f -exec chmod a-s {} +"}},
		"privileged-ports": {"title": "Ports below 1024 are not published", "remediation": {"docker": "publish a port above 1023"}},
		"host-interface-binding": {"title": "Ports are published on a named interface", "remediation": {"docker": "-p ADDRESS:PORT:PORT"}},
		"restart-policy": {"title": "Restarts are limited to five", "severity": "low", "remediation": {"docker": "--restart on-failure:5"}},
		"container-health": {"title": "Running containers' health is checked and good", "severity": "low", "remediation": {"docker": "--health-cmd, or a HEALTHCHECK in the image"}},
		"container-sshd": {"title": "No sshd runs in containers", "remediation": {"docker": "remove sshd; docker exec does"}},
		"default-bridge": {"title": "Containers are not on the default bridge", "remediation": {"docker": "docker network create, then --network"}},
		"image-latest": {"title": "Containers run the image that their name names now", "severity": "low", "remediation": {"docker": "make the container anew of the newer image"}},
		"published-ports": {"title": "Only needed ports are published", "remediation": {"docker": "publish no more than what is needed"}},
		"docker-version": {"title": "Docker is up to date", "remediation": {"host": "update Docker"}},
		"image-sprawl": {"title": "No image is kept that is not needed", "severity": "low", "remediation": {"docker": "docker image prune --all"}},
		"swarm-mode": {"title": "Swarm mode is on only where it is needed", "severity": "low", "remediation": {"docker": "docker swarm leave --force"}},
		"swarm-managers": {"title": "A swarm has the least number of managers", "severity": "low", "remediation": {"docker": "docker node demote"}},
		"swarm-interface": {"title": "A swarm listens on a named interface", "remediation": {"docker": "docker swarm init --listen-addr"}},
		"swarm-overlay-encrypted": {"title": "A swarm's overlay networks are encrypted", "severity": "high", "remediation": {"docker": "docker network create --driver overlay --opt encrypted"}},
		"swarm-secrets": {"title": "A swarm's secrets are managed as such", "remediation": {"docker": "docker secret create"}},
		"swarm-autolock": {"title": "A swarm's managers are locked when they start", "remediation": {"docker": "docker swarm update --autolock"}},
		"swarm-key-rotation": {"title": "The key of a swarm's managers is rotated", "severity": "low", "remediation": {"docker": "docker swarm unlock-key --rotate"}},
		"swarm-certificates": {"title": "Nodes' certificates are rotated", "severity": "low", "remediation": {"docker": "docker swarm update --cert-expiry"}},
		"swarm-ca": {"title": "The swarm's CA is rotated", "severity": "low", "remediation": {"docker": "docker swarm ca --rotate"}},
		"swarm-planes": {"title": "Data and management have networks of their own", "severity": "low", "remediation": {"docker": "docker swarm init --data-path-addr"}},
	}
}
