package sallyport.rules.working_directory_test

import data.sallyport.rules.working_directory
import data.sallyport.sample

test_the_usual_passes if count(working_directory.deny) == 0 with input as sample.clean

test_case_1 if count(working_directory.deny) == 1 with input as sample.facts({"process": {"cwd": "/proc/self/fd/7", "cwd_odd": "proc"}})

test_case_2 if count(working_directory.deny) == 0 with input as sample.facts({"process": {"cwd": "/a/", "cwd_odd": "unclean"}})

test_case_3 if count(working_directory.deny) == 0 with input as sample.operation("update", sample.facts({"process": {"cwd": "a", "cwd_odd": "relative"}}))
