# OSCAL assessment-results. What is claimed directly becomes a finding, satisfied or not; evidence stays an observation.
package sallyport.report

oscal_ns := "https://sallyport.dev/ns/oscal"

oscal := {"assessment-results": {
	"uuid": model.uuid,
	"metadata": {
		"title": model.title,
		"last-modified": model.generated,
		"version": "1",
		"oscal-version": "1.1.2",
		"props": [{"name": "tool", "ns": oscal_ns, "value": sprintf("%s %s", [model.tool.name, model.tool.version])}],
	},
	"import-ap": {"href": sprintf("#%s", [uuid("plan")])},
	"results": [oscal_result(f) | some f in model.frameworks],
	"back-matter": {"resources": [{"uuid": uuid("plan"), "title": "The policy in force is the plan", "description": sprintf("policy %s", [object.get(model.policy, "digest", "unknown")])}]},
}}

oscal_id(framework, control) := lower(replace(replace(control.id, "(", "."), ")", "")) if framework.name == "nist-sp-800-53r5"

oscal_id(framework, control) := sprintf("%s_%s", [framework.id, control.token]) if framework.name != "nist-sp-800-53r5"

oscal_result(f) := object.union(
	{
		"uuid": f.result,
		"title": sprintf("%s %s", [f.title, f.version]),
		"description": sprintf("%s on %s: %d of %d controls decided", [f.id, model.host, f.decided, f.controls]),
		"start": model.generated,
		"reviewed-controls": {"control-selections": [{"include-controls": [{"control-id": oscal_id(f, c)} | some s in f.sections; some c in s.controls]}]},
		"observations": [oscal_observation(f, c) | some s in f.sections; some c in s.controls],
	},
	object.union(oscal_findings(f), oscal_items(f)),
)

# Empty lists are not allowed.
oscal_findings(f) := {"findings": list} if {
	list := [oscal_finding(f, c) | some s in f.sections; some c in s.controls; oscal_claimed(c)]
	count(list) > 0
} else := {}

oscal_items(f) := {"local-definitions": {"inventory-items": list}} if {
	list := [{"uuid": oscal_subject(n), "description": n, "props": [{"name": "asset-id", "value": n}]} | some n in oscal_names(f)]
	count(list) > 0
} else := {}

oscal_names(f) := {x.subject | some s in f.sections; some c in s.controls; some x in c.failing}

oscal_subject(name) := stable(concat("", ["subject/", name]))

oscal_claimed(c) if {
	c.claim == "direct"
	c.status in {"pass", "fail", "waived"}
}

oscal_observation(_, c) := object.union(
	{
		"uuid": c.observation,
		"title": sprintf("%s %s", [c.id, c.title]),
		"description": c.reason,
		"methods": [oscal_method(c)],
		"types": ["control-objective"],
		"collected": model.generated,
		"props": array.concat(
			[
				{"name": "result", "ns": oscal_ns, "value": c.status},
				{"name": "claim", "ns": oscal_ns, "value": c.claim},
			],
			array.concat(
				[{"name": "rule", "ns": oscal_ns, "value": r} | some r in c.rules],
				[{"name": "waiver", "ns": oscal_ns, "value": w} | some w in {x.waived | some x in c.failing; x.waived}],
			),
		),
	},
	oscal_subjects(c),
)

oscal_method(c) := "EXAMINE" if c.status == "manual"

oscal_method(c) := "TEST" if c.status != "manual"

oscal_subjects(c) := {"subjects": list} if {
	list := [{"subject-uuid": oscal_subject(n), "type": "inventory-item"} | some n in {x.subject | some x in c.failing}]
	count(list) > 0
} else := {}

oscal_finding(f, c) := {
	"uuid": c.finding,
	"title": sprintf("%s %s", [c.id, c.title]),
	"description": c.reason,
	"target": {
		"type": "objective-id",
		"target-id": oscal_id(f, c),
		"status": {"pass": {"state": "satisfied", "reason": "pass"}, "fail": {"state": "not-satisfied", "reason": "fail"}, "waived": {"state": "not-satisfied", "reason": "other"}}[c.status],
	},
	"related-observations": [{"observation-uuid": c.observation}],
}
