package sallyport.rules.working_directory_test

import data.sallyport.rules.working_directory
import data.sallyport.sample

test_the_usual_passes if count(working_directory.deny) == 0 with input as sample.clean

test_case_1 if count(working_directory.deny) == 1 with input as sample.facts({"process": {"cwd": "/proc/self/fd/7", "cwd_odd": "proc"}})

test_case_2 if count(working_directory.deny) == 0 with input as sample.facts({"process": {"cwd": "/a/", "cwd_odd": "unclean"}})

test_case_3 if count(working_directory.deny) == 0 with input as sample.operation("update", sample.facts({"process": {"cwd": "a", "cwd_odd": "relative"}}))

led(cwd, at) := sample.facts({"process": {"cwd": cwd}, "rootfs": {"workdir_resolved": at}})

test_links_of_the_image_lead_nowhere_else if {
	every at in ["/proc", "/proc/self/fd/7", "/sys", "/dev/fd/3"] {
		count(working_directory.deny) == 1 with input as led("/x", at)
		count(working_directory.deny) == 1 with input as sample.operation("exec", led("/x", at))
		count(working_directory.deny) == 0 with input as sample.operation("update", led("/x", at))
	}
	count(working_directory.deny) == 0 with input as led("/x", "/srv")
	count(working_directory.deny) == 0 with input as led("/sys/fs", "/sys/fs")
	count(working_directory.deny) == 1 with input as object.union(led("/proc/self", "/proc/self"), {"facts": {"process": {"cwd_odd": "proc"}}})
	count(working_directory.deny) == 1 with input as object.union(led("/x/../proc", "/proc"), {"facts": {"process": {"cwd_odd": "proc"}}})
}
