package sallyport.rules.document_shape_test

import data.sallyport.rules.document_shape
import data.sallyport.sample

test_the_usual_passes if count(document_shape.deny) == 0 with input as sample.clean

test_case_1 if count(document_shape.deny) == 1 with input as sample.facts({"malformed": ["/config/a"]})

test_case_2 if count(document_shape.deny) == 1 with input as sample.facts({"unknown_fields": ["/config/b"]})

test_sections_of_other_platforms_refuse if {
	every section in ["vm", "windows", "solaris", "zos", "freebsd"] {
		count(document_shape.deny) == 1 with input as object.union(sample.clean, {"config": {section: {"a": 1}}})
	}
}

test_a_process_of_other_platforms_refuses if {
	every process in [{"user": {"username": "root"}}, {"commandLine": "x"}, {"execCPUAffinity": {"initial": "0"}}] {
		count(document_shape.deny) == 1 with input as object.union(sample.clean, {"config": {"process": process}})
		count(document_shape.deny) == 1 with input as object.union(sample.clean, {"process": process})
	}
	every process in [{"user": {"username": ""}}, {"commandLine": ""}] {
		count(document_shape.deny) == 0 with input as object.union(sample.clean, {"config": {"process": process}})
	}
}
