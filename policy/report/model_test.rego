package sallyport.report_test

import data.sallyport.report

zero := {"pass": 0, "hardened": 0, "fail": 0, "waived": 0, "undetermined": 0, "unasked": 0, "not_applicable": 0, "prevented": 0, "failing": []}

# One framework of one control with two rules that came to x and y.
status_of(claim, x, y) := s if {
	doc := {
		"title": "t", "generated": "2026-11-24T00:00:00Z", "tool": {"name": "sallyport", "version": "0"}, "host": "h", "source": {"kind": "log"},
		"policy": {}, "paint": {}, "settings": {}, "catalogue": {}, "asked": {},
		"tally": {"rules": {"x": object.union(zero, x), "y": object.union(zero, y)}, "trend": [], "subjects": [], "starts": 1, "refused": 0, "failed": 0, "unknown_policy": 0},
		"frameworks": [{"id": "f", "name": "f", "title": "F", "version": "1", "kind": "benchmark", "mapping": claim, "sections": [{"id": "1", "title": "S"}], "controls": [{"id": "1.1", "title": "C", "section": "1", "rules": ["x", "y"], "claim": claim}]}],
	}
	s := report.model.frameworks[0].sections[0].controls[0].status with input as doc
}

cases := [
	{"note": "both passed", "claim": "direct", "x": {"pass": 1}, "y": {"hardened": 1}, "want": "pass"},
	{"note": "evidence is no pass", "claim": "supporting", "x": {"pass": 1}, "y": {"pass": 1}, "want": "supported"},
	{"note": "one failure fails", "claim": "direct", "x": {"pass": 9, "fail": 1}, "y": {"pass": 1}, "want": "fail"},
	{"note": "evidence can speak against", "claim": "supporting", "x": {"fail": 1}, "y": {"pass": 1}, "want": "fail"},
	{"note": "waived is not passed", "claim": "direct", "x": {"pass": 9, "waived": 1}, "y": {"pass": 1}, "want": "waived"},
	{"note": "a failure beside a waiver fails", "claim": "direct", "x": {"fail": 1}, "y": {"waived": 1}, "want": "fail"},
	{"note": "a fact that could not be had", "claim": "direct", "x": {"pass": 9, "undetermined": 1}, "y": {"pass": 1}, "want": "not-checked"},
	{"note": "a rule that was not asked", "claim": "direct", "x": {"unasked": 1}, "y": {"pass": 1}, "want": "not-checked"},
	{"note": "asked of some only", "claim": "direct", "x": {"unasked": 1, "pass": 1}, "y": {"pass": 1}, "want": "supported"},
	{"note": "nothing it is about", "claim": "direct", "x": {"not_applicable": 1}, "y": {"prevented": 1}, "want": "not-applicable"},
]

test_each_case_is_one if count({c.note | some c in cases; status_of(c.claim, c.x, c.y) == c.want}) == count(cases)

test_without_rules_a_control_is_manual if report.weigh({"claim": "direct"}, []) == "manual"

test_a_parameter_that_allows_takes_the_claim if {
	report.weigh({"claim": "direct", "rules": ["x"]}, ["pass"]) == "supported" with input.settings as {"parameters": {"x": {"allow": ["a"]}}}
	report.weigh({"claim": "direct", "rules": ["x"]}, ["pass"]) == "pass" with input.settings as {"parameters": {"x": {"limit": 1}}}
}

test_waived_counts_against_the_score if report.percent({"pass": 1, "fail": 0, "waived": 1}, "pass") == 50

test_nothing_decided_is_no_score if report.percent({"pass": 0, "fail": 0, "waived": 0}, "pass") == null

test_uuid_form if regex.match(`^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, report.stable("x"))

test_a_cell_is_no_formula if {
	report.cell("=1+1") == "\"'=1+1\""
	report.cell("a\"b") == "\"a\"\"b\""
}

test_token if report.token("164.308(a)(1)(ii)(A)") == "164.308-a-1-ii-A"
