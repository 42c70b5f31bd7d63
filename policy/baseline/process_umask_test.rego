package sallyport.rules.process_umask_test

import data.sallyport.rules.process_umask
import data.sallyport.sample

mask(n) := sample.facts({"process": {"umask": n}})

test_the_usual_passes if {
	count(process_umask.deny) == 0 with input as sample.clean
	count(process_umask.deny) == 0 with input as mask(18)
	count(process_umask.deny) == 0 with input as sample.operation("exec", mask(0))
}

test_open_masks_are_told if {
	count(process_umask.deny) == 1 with input as mask(0)
	count(process_umask.deny) == 1 with input as mask(16)
}
