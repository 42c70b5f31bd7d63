package sallyport.rules.exec_privileged_test

import data.sallyport.rules.exec_privileged
import data.sallyport.sample

test_the_usual_passes if count(exec_privileged.deny) == 0 with input as sample.clean

test_case_1 if count(exec_privileged.deny) == 1 with input as exec({"apparmor": "other"}, {})

test_case_2 if count(exec_privileged.deny) == 0 with input as exec({"apparmor": "mine"}, {})

test_case_3 if count(exec_privileged.deny) == 1 with input as exec({"process_label": "other"}, {})

test_case_4 if count(exec_privileged.deny) == 0 with input as exec({"process_label": "label"}, {})

test_case_5 if count(exec_privileged.deny) == 1 with input as exec({"cgroup": "/"}, {})

test_case_6 if count(exec_privileged.deny) == 1 with input as exec({}, {"apparmorProfile": "unconfined"})

test_case_7 if count(exec_privileged.deny) == 0 with input as exec({}, {"apparmorProfile": "mine"})

test_case_8 if count(exec_privileged.deny) == 0 with input as object.union(exec({}, {"apparmorProfile": "unconfined"}), {"host": {"apparmor": false}})

test_case_9 if count(exec_privileged.deny) == 0 with input as object.union(exec({}, {"apparmorProfile": "unconfined"}), {"container": {"admitted": {"apparmor_profile": "unconfined"}}})

test_case_10 if count(exec_privileged.deny) == 0 with input as sample.operation("create", exec({"apparmor": "o", "process_label": "o", "cgroup": "/"}, {"apparmorProfile": "unconfined"}))

exec(args, process) := object.union(sample.operation("exec", sample.facts({"args": args})), {
	"container": {"admitted": {"apparmor_profile": "mine", "selinux_label": "label"}},
	"process": process,
	"host": {"apparmor": true},
})

test_a_profile_of_its_own_where_none_was_admitted if {
	bare := object.remove(exec({"apparmor": "unconfined", "process_label": "x"}, {}), ["container"])
	count(exec_privileged.deny) == 2 with input as object.union(bare, {"container": {"admitted": {}}})
	count(exec_privileged.deny) == 2 with input as object.union(bare, {"container": {}})
}

test_another_containers_label_gives_way if {
	labelled := object.union(exec({}, {"selinuxLabel": "other"}), {"host": {"selinux": true}})
	some f in exec_privileged.deny with input as labelled
	f == {"msg": "its SELinux label other is not the container's", "path": "/process/selinuxLabel", "fix": [{"op": "add", "path": "/process/selinuxLabel", "value": "label"}]}
	count(exec_privileged.deny) == 0 with input as object.union(labelled, {"process": {"selinuxLabel": "label"}})
	count(exec_privileged.deny) == 0 with input as object.union(labelled, {"host": {"selinux": false}})
	count(exec_privileged.deny) == 0 with input as object.union(labelled, {"container": {"admitted": {"selinux_label": ""}}})
	count(exec_privileged.deny) == 0 with input as object.union(labelled, {"operation": "create"})
	count(exec_privileged.deny) == 1 with input as object.union(exec({}, {}), {"host": {"selinux": true}})
}
