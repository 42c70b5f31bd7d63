package sallyport.rules.runtime_options_test

import data.sallyport.rules.runtime_options
import data.sallyport.sample

test_the_usual_passes if count(runtime_options.deny) == 0 with input as sample.clean

test_case_1 if count(runtime_options.deny) == 1 with input as args({"no_pivot": true})

test_case_2 if count(runtime_options.deny) == 1 with input as args({"preserved_kinds": ["directory"]})

test_case_3 if count(runtime_options.deny) == 0 with input as args({"preserved_kinds": ["socket", "pipe"], "preserve_fds": 2})

test_case_4 if count(runtime_options.deny) == 1 with input as args({"preserve_fds": 2})

test_case_5 if count(runtime_options.deny) == 1 with input as args({"listen_fds": 1})

test_case_6 if count(runtime_options.deny) == 0 with input as args({"preserve_fds": 0})

test_case_7 if count(runtime_options.deny) == 1 with input as args({"criu": "/x"})

test_case_8 if count(runtime_options.deny) == 1 with input as args({"unknown": ["--x"]})

test_case_9 if count(runtime_options.deny) == 0 with input as args({"unknown": ["--x"]}) with data.sallyport.main.parameters as {"runtime-options": {"allow": ["--x"]}}

test_case_10 if count(runtime_options.deny) == 1 with input as args({"no_new_keyring": true})

args(a) := sample.facts({"args": a})

test_a_shared_keyring_warns if {f.enforcement | some f in runtime_options.deny} == {"warn"} with input as args({"no_new_keyring": true})
