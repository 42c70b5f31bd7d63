package sallyport.rules.rlimits_test

import data.sallyport.rules.rlimits
import data.sallyport.sample

test_the_usual_passes if count(rlimits.deny) == 0 with input as sample.clean

test_case_1 if count(rlimits.deny) == 1 with input as sample.facts({"process": {"rlimits_infinite": ["NPROC"]}})

test_case_2 if count(rlimits.deny) == 0 with input as sample.facts({"process": {"rlimits_infinite": ["CPU"]}})

test_case_3 if count(rlimits.deny) == 0 with input as sample.operation("update", sample.facts({"process": {"rlimits_infinite": ["NPROC"]}}))
