package sallyport.rules.rlimits_test

import data.sallyport.rules.rlimits
import data.sallyport.sample

endless(names) := sample.with_config(
	{"process": {"rlimits_infinite": names}},
	{"process": {"rlimits": [{"type": "RLIMIT_NPROC", "hard": 18446744073709551615, "soft": 100}, {"type": "RLIMIT_CPU", "hard": 18446744073709551615, "soft": 18446744073709551615}]}},
)

test_the_usual_passes if count(rlimits.deny) == 0 with input as sample.clean

test_they_are_bounded if {
	sample.fixes(rlimits.deny) == {{"op": "replace", "path": "/config/process/rlimits/0", "value": {"type": "RLIMIT_NPROC", "hard": 1048576, "soft": 100}}} with input as endless(["NPROC"])
	count(rlimits.deny) == 0 with input as endless(["CPU"])
	count(rlimits.deny) == 0 with input as sample.operation("update", endless(["NPROC"]))
	{op.value.soft | some op in sample.fixes(rlimits.deny)} == {9} with input as endless(["CPU"]) with data.sallyport.main.parameters as {"rlimits": {"bounds": {"CPU": 9}}}
}

test_none_are_recorded if {
	bare := object.union(sample.clean, {"config": {"process": {"rlimits": []}}})
	{f.enforcement | some f in rlimits.deny} == {"audit"} with input as bare
	count(rlimits.deny) == 0 with input as sample.operation("exec", bare)
}

test_the_settings_limits_go_first if {
	hard := {op.value.hard | some op in sample.fixes(rlimits.deny)} with input as endless(["NPROC"]) with data.sallyport.main.parameters as {"resource-limits": {"rlimits": {"NPROC": {"max": "2k"}}}}
	hard == {2048}
}
