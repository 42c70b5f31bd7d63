package sallyport.rules.no_new_privileges_test

import data.sallyport.rules.no_new_privileges
import data.sallyport.sample

open := sample.facts({"process": {"no_new_privileges": false}})

test_set_passes if count(no_new_privileges.deny) == 0 with input as sample.clean

test_unset_is_set if {
	sample.fixes(no_new_privileges.deny) == {{"op": "add", "path": "/config/process/noNewPrivileges", "value": true}} with input as open
}

test_an_exec_gets_it_too if {
	sample.fixes(no_new_privileges.deny) == {{"op": "add", "path": "/process/noNewPrivileges", "value": true}} with input as sample.operation("exec", open)
}

test_an_update_has_no_process if count(no_new_privileges.deny) == 0 with input as sample.operation("update", open)

test_builds_may_use_sudo if count(no_new_privileges.deny) == 0 with input as sample.building(open)
