package sallyport.rules.seccomp_lint_test

import data.sallyport.rules.seccomp_lint
import data.sallyport.sample

test_the_usual_passes if count(seccomp_lint.deny) == 0 with input as sample.clean

lint(facts) := sample.facts({"seccomp": facts})

test_what_filters_do_not_say_is_told if {
	every facts in [{"lint": ["/config/linux/seccomp/syscalls/0/args/1"]}, {"unknown_names": ["x"]}, {"eperm_calls": ["clone3"]}] {
		count(seccomp_lint.deny) == 1 with input as lint(facts)
		count(seccomp_lint.deny) == 0 with input as sample.operation("exec", lint(facts))
	}
}

test_what_helps_is_recorded if {
	{f.enforcement | some f in seccomp_lint.deny} == {"audit"} with input as lint({"helpers": ["personality"]})
	count(seccomp_lint.deny) == 0 with input as lint({"helpers": [], "unknown_names": [], "eperm_calls": [], "lint": []})
	count(seccomp_lint.deny) == 0 with input as sample.operation("exec", lint({"helpers": ["personality"]}))
}
