package sallyport.rules.runtime_program_test

import data.sallyport.rules.runtime_program
import data.sallyport.sample

test_the_usual_passes if count(runtime_program.deny) == 0 with input as sample.clean

test_a_program_through_proc_is_told if {
	through := sample.facts({"process": {"self_exe": true}})
	count(runtime_program.deny) == 1 with input as through
	count(runtime_program.deny) == 1 with input as sample.operation("exec", through)
	count(runtime_program.deny) == 0 with input as sample.operation("update", through)
}
