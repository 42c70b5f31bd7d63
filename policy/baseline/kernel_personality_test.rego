package sallyport.rules.kernel_personality_test

import data.sallyport.rules.kernel_personality
import data.sallyport.sample

bad := object.union(sample.clean, {"config": {"linux": {"personality": {"domain": "LINUX32"}}}})

test_the_usual_passes if count(kernel_personality.deny) == 0 with input as sample.clean

test_it_is_changed if {
	sample.fixes(kernel_personality.deny) == {{"op": "remove", "path": "/config/linux/personality"}} with input as bad
	count(kernel_personality.deny) == 0 with input as sample.operation("exec", bad)
}
