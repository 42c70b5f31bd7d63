# An admission review: labels, registries, limits, privileges.
package bench

registries := {"registry.example.com", "ghcr.io", "quay.io"}

containers := array.concat(input.request.object.spec.containers, object.get(input.request.object.spec, "initContainers", []))

result contains msg if {
	some label in ["app", "team", "tier", "cost-center"]
	not input.request.object.metadata.labels[label]
	msg := sprintf("label %s is missing", [label])
}

result contains msg if {
	some c in containers
	not trusted(c.image)
	msg := sprintf("%s: image %s comes from elsewhere", [c.name, c.image])
}

result contains msg if {
	some c in containers
	some what in ["cpu", "memory"]
	not c.resources.limits[what]
	msg := sprintf("%s: no limit of %s", [c.name, what])
}

result contains msg if {
	some c in containers
	c.securityContext.privileged
	msg := sprintf("%s: is privileged", [c.name])
}

result contains msg if {
	some c in containers
	some e in c.env
	regex.match(`(?i)(password|secret|token)`, e.name)
	not e.valueFrom
	msg := sprintf("%s: %s holds a secret", [c.name, e.name])
}

trusted(image) if split(image, "/")[0] in registries
