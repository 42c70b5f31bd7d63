package sallyport.rules.runtime_version_test

import data.sallyport.rules.runtime_version
import data.sallyport.sample

run(family) := object.union(sample.clean, {"host": {"runtime": {"family": family}}})

told(family, numbers) if {
	count(runtime_version.deny) == 1 with input as run(family) with data.sallyport.settings as {"runtime_version": {"text": "x", "numbers": numbers}}
}

test_the_usual_passes if count(runtime_version.deny) == 0 with input as sample.clean with data.sallyport.settings as {}

test_old_ones_are_told if {
	every numbers in [[1, 1, 5], [1, 1, 11], [1, 0, 3], [1, 2, 0], [1, 2, 7], [1, 3, 0], [1, 3, 2]] {
		told("runc", numbers)
	}
	every numbers in [[1, 8, 1], [1, 29]] {
		told("crun", numbers)
	}
}

test_new_ones_are_not if {
	every numbers in [[1, 1, 12], [1, 1, 15], [1, 2, 8], [1, 3, 3], [1, 4, 0], [2, 0]] {
		not told("runc", numbers)
	}
	every numbers in [[1, 30], [1, 30, 1], [2, 0]] {
		not told("crun", numbers)
	}
	not told("youki", [0, 1])
}

test_a_mended_one_is_not if {
	known := {"runtime_version": {"text": "1.1.5-mended", "numbers": [1, 1, 5]}}
	count(runtime_version.deny) == 0 with input as run("runc") with data.sallyport.settings as known with data.sallyport.main.parameters as {"runtime-version": {"mended": ["1.1.5-mended"]}}
	count(runtime_version.deny) == 0 with input as sample.operation("exec", run("runc")) with data.sallyport.settings as known
	{f.enforcement | some f in runtime_version.deny} == {"audit"} with input as run("runc") with data.sallyport.settings as known
}
