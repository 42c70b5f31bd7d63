package sallyport.rules.apparmor_profile_test

import data.sallyport.rules.apparmor_profile
import data.sallyport.sample

on(facts) := object.union(sample.facts({"lsm": {"apparmor": facts}}), {"host": {"apparmor": true}})

bare := on({"unconfined": true})

own := {"apparmor-profile": {"profile": "sallyport"}}

test_no_apparmor_passes if count(apparmor_profile.deny) == 0 with input as object.union(bare, {"host": {"apparmor": false}})

test_without_a_profile_of_ours_it_warns if {
	{f.enforcement | some f in apparmor_profile.deny} == {"warn"} with input as bare with data.sallyport.main.parameters as {}
}

test_the_settings_profile_is_set if {
	sample.fixes(apparmor_profile.deny) == {{"op": "add", "path": "/config/process/apparmorProfile", "value": "sallyport"}} with input as bare with data.sallyport.main.parameters as own
	{f.enforcement | some f in apparmor_profile.deny} == set() with input as bare with data.sallyport.main.parameters as own
}

test_builds_and_updates_pass if {
	count(apparmor_profile.deny) == 0 with input as sample.building(bare)
	count(apparmor_profile.deny) == 0 with input as sample.operation("update", bare)
}

test_a_loaded_profile_passes if count(apparmor_profile.deny) == 0 with input as on({"unconfined": false, "profile": "docker-default", "loaded": true}) with data.sallyport.main.parameters as {}

missing := on({"unconfined": false, "profile": "nowhere", "loaded": false})

test_a_missing_profile_refuses if {
	{f.msg | some f in apparmor_profile.deny} == {"AppArmor profile nowhere is not loaded"} with input as missing
	count(apparmor_profile.deny) == 0 with input as sample.operation("update", missing)
	count(apparmor_profile.deny) == 0 with input as missing with data.sallyport.main.parameters as {"apparmor-profile": {"profile": "nowhere"}}
	count(apparmor_profile.deny) == 0 with input as on({"unconfined": true, "profile": "unconfined", "loaded": false}) with data.sallyport.main.parameters as {"apparmor-profile": {"profile": ""}} with input.host.apparmor as false
}

test_unknown_is_said if {
	doc := sample.unknown("/facts/lsm/apparmor/loaded", {"lsm": {"apparmor": {"unconfined": false, "profile": "x"}}})
	{f.undetermined | some f in apparmor_profile.deny} == {true} with input as doc
	count(apparmor_profile.deny) == 0 with input as sample.unknown("/facts/lsm/apparmor/loaded", {})
}
