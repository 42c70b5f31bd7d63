package sallyport.rules.cache_allocation_test

import data.sallyport.rules.cache_allocation
import data.sallyport.sample

class(id) := object.union(sample.clean, {"config": {"linux": {"intelRdt": {"closID": id}}}})

test_the_usual_passes if {
	count(cache_allocation.deny) == 0 with input as sample.clean
	count(cache_allocation.deny) == 0 with input as class("web")
	count(cache_allocation.deny) == 0 with input as sample.operation("exec", class("/"))
}

test_others_refuse if {
	every id in ["", "/", "..", ".", "a/b"] {
		count(cache_allocation.deny) == 1 with input as class(id)
	}
}

test_schemata_refuse if {
	every name in ["schemata", "l3CacheSchema", "memBwSchema"] {
		document := object.union(sample.clean, {"config": {"linux": {"intelRdt": {name: "L3:0=ff"}}}})
		count(cache_allocation.deny) == 1 with input as document
		count(cache_allocation.deny) == 0 with input as sample.operation("exec", document)
		count(cache_allocation.deny) == 0 with input as object.union(sample.clean, {"config": {"linux": {"intelRdt": {name: ""}}}})
	}
}
