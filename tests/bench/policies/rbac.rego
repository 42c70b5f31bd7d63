# Roles, grants and resources: joins of small lists, as authorisation policies make them.
package bench

default allow := false

allow if some grant in granted

granted contains grant if {
	some role in data_roles[input.user]
	some grant in role_grants[role]
	grant.action == input.action
	grant.type == input.type
	not revoked(grant)
}

revoked(grant) if {
	some r in input.revocations
	r.action == grant.action
	r.type == grant.type
	r.user == input.user
}

data_roles[user] contains role if {
	some b in input.bindings
	some user in b.users
	some role in b.roles
}

role_grants[role] contains grant if {
	some r in input.roles
	role := r.name
	some grant in r.grants
}

result := {"allow": allow, "granted": count(granted)}
