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

# --- a program that is set-user-id itself ---------------------------------------------------------

mail(changes) := object.union(sample.root({
	"process": {"no_new_privileges": false, "uid": 0, "root": true, "root_in_host": true},
	"mapping": {"possible": true, "base": 1879113728, "count": 65536},
	"rootfs": {"program": {"name": "entry.sh", "script": true}, "executed": {"name": "exim4", "setuid": true}},
}), {"facts": changes})

set_by(document) := got if {
	got := {op | some f in no_new_privileges.deny; some op in f.fix} with input as document with data.sallyport.main.parameters as {}
}

warned(document) if {
	some f in no_new_privileges.deny with input as document with data.sallyport.main.parameters as {}
	f.enforcement == "warn"
}

test_a_set_user_id_program_of_a_namespace_may_be_itself if {
	warned(mail({}))
	set_by(mail({})) == set()
	set_by(mail({"userns": {"present": true}, "process": {"root_in_host": false}})) == set()
}

test_where_there_is_no_namespace_it_may_not if {
	not warned(mail({"mapping": {"possible": false}}))
	count(set_by(mail({"mapping": {"possible": false}}))) == 1
	count(set_by(mail({"userns": {"present": true, "maps_host_root": true}, "process": {"root_in_host": false}}))) == 1
}

test_other_programs_of_a_namespace_may_not if {
	count(set_by(mail({"rootfs": {"executed": {"setuid": false}}}))) == 1
}
