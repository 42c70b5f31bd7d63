package sallyport.rules.hooks_test

import data.sallyport.rules.hooks
import data.sallyport.sample

hook(h) := sample.facts({"hooks": [object.union({"stage": "prestart", "index": 0, "path": "/opt/h", "digest": "sha256:1"}, h)]})

test_engines_own_pass if count(hooks.deny) == 0 with input as hook({"engine": "docker-libnetwork-setkey"})

test_others_refuse if {
	{f.path | some f in hooks.deny} == {"/config/hooks/prestart/0"} with input as hook({})
	count(hooks.deny) == 0 with input as sample.operation("exec", hook({}))
}

allow(path, digest) := {"hooks": {"allow": [{"path": path, "digest": digest}]}}

test_settings_may_allow_one if {
	count(hooks.deny) == 0 with input as hook({}) with data.sallyport.main.parameters as allow("/opt/h", "sha256:1")
	count(hooks.deny) == 1 with input as hook({}) with data.sallyport.main.parameters as allow("/opt/h", "sha256:2")
	count(hooks.deny) == 1 with input as hook({}) with data.sallyport.main.parameters as allow("/opt/x", "sha256:1")
}

test_replaceable_programs_refuse if {
	doc := hook({"engine": "docker-libnetwork-setkey", "changeable_by": "/opt"})
	count(hooks.deny) == 1 with input as doc
	count(hooks.deny) == 0 with input as sample.operation("exec", doc)
}

test_unknown_is_said if {
	every part in ["/facts/hooks/0/resolved", "/facts/hooks/0/engine", "/facts/hooks"] {
		doc := sample.unknown(part, hook({}).facts)
		{f.undetermined | some f in hooks.deny} == {true} with input as doc
		count(hooks.deny) == 0 with input as sample.operation("exec", doc)
		count(hooks.deny) == 0 with input as sample.unknown(part, hook({"engine": "docker-libnetwork-setkey"}).facts)
	}
}
