package sallyport.rules.update_limits_test

import data.sallyport.rules.update_limits
import data.sallyport.sample

test_the_usual_passes if count(update_limits.deny) == 0 with input as sample.clean

test_case_1 if count(update_limits.deny) == 1 with input as update(-1, 5)

test_case_2 if count(update_limits.deny) == 0 with input as update(9, 5)

test_case_3 if count(update_limits.deny) == 0 with input as update(-1, -1)

test_case_4 if count(update_limits.deny) == 0 with input as sample.operation("create", update(-1, 5))

update(limit, admitted) := object.union(sample.operation("update", sample.facts({"resources": {"memory_limit": limit}})), {"container": {"admitted": {"resources": {"memory": {"limit": admitted}}}}})
