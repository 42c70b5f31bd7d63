package sallyport.rules.user_namespace_test

import data.sallyport.rules.user_namespace
import data.sallyport.sample

test_the_usual_passes if count(user_namespace.deny) == 0 with input as sample.clean

test_case_1 if count(user_namespace.deny) == 1 with input as userns({"maps_host_root": true, "identity": true})

test_case_2 if count(user_namespace.deny) == 1 with input as userns({"identity": true})

test_case_3 if count(user_namespace.deny) == 1 with input as userns({"overlaps": true})

test_case_4 if count(user_namespace.deny) == 1 with input as userns({"path_with_mappings": true})

test_case_5 if count(user_namespace.deny) == 0 with input as sample.operation("exec", userns({"maps_host_root": true, "identity": true, "overlaps": true, "path_with_mappings": true}))

test_case_6 if count(user_namespace.deny) == 0 with input as sample.operation("exec", userns({"identity": true}))

test_case_7 if count(user_namespace.deny) == 0 with input as userns({"present": false, "maps_host_root": true})

test_case_8 if count(user_namespace.deny) == 0 with input as object.union(userns({"maps_host_root": true, "overlaps": true}), {"host": {"trusted": false}})

test_rootless_or_not_may_be_unknown if {
	doc := sample.unknown("/host/trusted", userns({"maps_host_root": true}).facts)
	{f.undetermined | some f in user_namespace.deny} == {true} with input as doc
	count(user_namespace.deny) == 0 with input as sample.operation("exec", doc)
	count(user_namespace.deny) == 0 with input as sample.unknown("/host/trusted", userns({}).facts)
}

userns(u) := sample.facts({"userns": object.union({"present": true}, u)})

test_the_host_s_is_refused if {
	count(user_namespace.deny) == 1 with input as joined({"state": "host", "host": true}, "podman")
	count(user_namespace.deny) == 0 with input as object.union(joined({"state": "private", "host": false}, "docker"), maps)
}

test_another_s_is_for_pods if {
	count(user_namespace.deny) == 1 with input as joined({"state": "shared", "host": false}, "docker")
	count(user_namespace.deny) == 0 with input as joined({"state": "shared", "host": false}, "podman")
	count(user_namespace.deny) == 0 with input as sample.operation("exec", joined({"state": "shared", "host": false}, "docker"))
	count(user_namespace.deny) == 0 with input as sample.operation("exec", joined({"state": "host", "host": true}, "docker"))
}

joined(n, engine) := object.union(
	sample.facts({"userns": {"present": true}, "namespaces": {"user": n}}),
	{"container": {"engine": engine}},
)

test_whose_it_is_may_be_unknown if {
	doc := sample.unknown("/facts/namespaces/user/state", {"userns": {"present": true}})
	{f.undetermined | some f in user_namespace.deny} == {true} with input as doc
	count(user_namespace.deny) == 0 with input as sample.operation("exec", doc)
}

maps := {"config": {"linux": {"uidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}]}}}

test_mappings_are_given if {
	count(user_namespace.deny) == 1 with input as joined({"state": "private", "host": false}, "docker")
	count(user_namespace.deny) == 0 with input as joined({"state": "shared", "host": false}, "podman")
	count(user_namespace.deny) == 0 with input as sample.operation("exec", joined({"state": "private", "host": false}, "docker"))
}
