# SARIF 2.1.0: one run for each framework, its controls as rules, one result for each control and place.
package sallyport.report

sarif := {
	"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
	"version": "2.1.0",
	"runs": [sarif_run(f) | some f in model.frameworks],
}

sarif_run(f) := {
	"tool": {"driver": {
		"name": model.tool.name,
		"version": model.tool.version,
		"rules": [sarif_rule(f, c) | some s in f.sections; some c in s.controls],
	}},
	"automationDetails": {"id": sprintf("%s/%s", [f.id, model.host])},
	"invocations": [{"executionSuccessful": true, "endTimeUtc": model.generated}],
	"results": [r | some s in f.sections; some c in s.controls; some r in sarif_results(f, c)],
	"properties": {"framework": f.id, "mapping": f.mapping, "percent": f.percent, "counts": f.counts},
}

sarif_rule_id(f, c) := sprintf("%s/%s", [f.id, c.id])

sarif_rule(f, c) := {
	"id": sarif_rule_id(f, c),
	"shortDescription": {"text": c.title},
	"defaultConfiguration": {"level": sarif_levels[c.severity]},
	"help": {"text": sarif_help(c)},
	"properties": {"tags": ["compliance", f.id], "claim": c.claim, "rules": c.rules},
}

sarif_help(c) := text if {
	text := concat("\n", [sprintf("%s: %s", [r.engine, r.text]) | some r in c.remediation])
	text != ""
} else := c.title

sarif_levels := {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}

sarif_kinds := {"pass": "pass", "supported": "informational", "fail": "fail", "waived": "fail", "not-applicable": "notApplicable", "not-checked": "open", "manual": "review"}

sarif_level(c) := sarif_levels[c.severity] if c.status in {"fail", "waived"}

sarif_level(c) := "none" if not c.status in {"fail", "waived"}

sarif_results(f, c) := list if {
	list := [sarif_found(f, c, x) | some x in c.failing]
	count(list) > 0
} else := [object.union(sarif_base(f, c), {"message": {"text": c.reason}, "locations": [sarif_place(model.host)]})]

sarif_base(f, c) := {
	"ruleId": sarif_rule_id(f, c),
	"kind": sarif_kinds[c.status],
	"level": sarif_level(c),
}

sarif_place(name) := {"logicalLocations": [{"name": name, "fullyQualifiedName": sprintf("%s/%s", [model.host, name]), "kind": "resource"}]}

sarif_found(f, c, x) := object.union(
	{
		"ruleId": sarif_rule_id(f, c),
		"kind": "fail",
		"level": sarif_levels[c.severity],
		"message": {"text": sprintf("%s: %s", [x.rule, x.msg])},
		"locations": [sarif_place(x.subject)],
		"partialFingerprints": {"control/v1": crypto.sha256(concat("/", [f.id, c.id, x.subject, x.rule, object.get(x, "path", "")]))},
	},
	sarif_suppression(x),
)

sarif_suppression(x) := {"suppressions": [{"kind": "external", "status": "accepted", "justification": sprintf("waiver %s", [x.waived])}]} if {
	x.waived
} else := {}
