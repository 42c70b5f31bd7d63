package sallyport.rules.loader_environment_test

import data.sallyport.rules.loader_environment
import data.sallyport.sample

doc(h, e) := sample.facts({"hooks": [object.union({"engine": "other", "stage": "prestart", "index": 0}, h)], "process": {"env_dangerous": [object.union({"index": 3, "name": "LD_PRELOAD", "why": "loader"}, e)]}})

test_without_hooks_it_is_the_containers_matter if count(loader_environment.deny) == 0 with input as object.union(doc({}, {}), {"facts": {"hooks": []}})

test_it_is_removed if {
	sample.fixes(loader_environment.deny) == {{"op": "remove", "path": "/config/process/env/3"}} with input as doc({}, {})
	count(loader_environment.deny) == 0 with input as doc({"engine": "docker-libnetwork-setkey"}, {})
	count(loader_environment.deny) == 0 with input as doc({"engine": "sallyport-verify"}, {})
	count(loader_environment.deny) == 0 with input as doc({}, {"why": "shell"})
	count(loader_environment.deny) == 0 with input as sample.operation("exec", doc({}, {}))
}

test_a_hooks_own_refuses if {
	count(loader_environment.deny) == 1 with input as doc({"env_danger": ["LD_PRELOAD"]}, {"why": "shell"})
	count(loader_environment.deny) == 0 with input as sample.operation("exec", doc({"env_danger": ["LD_PRELOAD"]}, {"why": "shell"}))
}
