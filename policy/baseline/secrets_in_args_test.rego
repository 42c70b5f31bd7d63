package sallyport.rules.secrets_in_args_test

import data.sallyport.rules.secrets_in_args
import data.sallyport.sample

test_the_usual_passes if count(secrets_in_args.deny) == 0 with input as sample.clean

test_case_1 if count(secrets_in_args.deny) == 1 with input as sample.facts({"secrets": [{"kind": "jwt", "where": "/config/process/args/1"}]})

test_case_2 if count(secrets_in_args.deny) == 0 with input as sample.facts({"secrets": [{"kind": "jwt", "where": "/config/process/other/1"}]})

test_case_3 if count(secrets_in_args.deny) == 0 with input as sample.operation("update", sample.facts({"secrets": [{"kind": "jwt", "where": "/config/process/args/1"}]}))
