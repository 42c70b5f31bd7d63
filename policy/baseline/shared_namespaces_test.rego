package sallyport.rules.shared_namespaces_test

import data.sallyport.rules.shared_namespaces
import data.sallyport.sample

test_the_usual_passes if count(shared_namespaces.deny) == 0 with input as sample.clean

test_case_1 if count(shared_namespaces.deny) == 1 with input as sample.facts({"namespaces": {"pid": {"state": "shared"}}})

test_case_2 if count(shared_namespaces.deny) == 0 with input as object.union(sample.facts({"namespaces": {"pid": {"state": "shared"}}}), {"container": {"scope": "sandbox"}})

test_case_3 if count(shared_namespaces.deny) == 0 with input as sample.operation("exec", sample.facts({"namespaces": {"pid": {"state": "shared"}}}))

joined(type, engine) := object.union(sample.facts({"namespaces": {type: {"state": "shared"}}}), {"container": {"engine": engine}})

test_other_namespaces_of_others_are_told if {
	every type in ["network", "ipc", "uts", "cgroup"] {
		count(shared_namespaces.deny) == 1 with input as joined(type, "docker")
		count(shared_namespaces.deny) == 0 with input as sample.operation("exec", joined(type, "docker"))
		every engine in ["cri", "crio", "podman"] {
			count(shared_namespaces.deny) == 0 with input as joined(type, engine)
		}
	}
}
