# Kubernetes' ClusterPolicyReport (wgpolicyk8s.io/v1alpha2): one result for each control.
package sallyport.report

policyreport := {
	"apiVersion": "wgpolicyk8s.io/v1alpha2",
	"kind": "ClusterPolicyReport",
	"metadata": {
		"name": sprintf("sallyport-%s", [token(lower(model.host))]),
		"labels": {"app.kubernetes.io/managed-by": "sallyport"},
		"annotations": {"sallyport.dev/generated": model.generated, "sallyport.dev/source": model.source.kind},
	},
	"summary": {r: count([1 | some x in policyreport_results; x.result == r]) | some r in ["pass", "fail", "warn", "error", "skip"]},
	"results": policyreport_results,
}

# Evidence and waivers are neither passes nor failures.
policyreport_result := {"pass": "pass", "supported": "skip", "fail": "fail", "waived": "warn", "not-applicable": "skip", "not-checked": "skip", "manual": "skip"}

policyreport_results := [r |
	some f in model.frameworks
	some s in f.sections
	some c in s.controls
	r := {
		"source": "sallyport",
		"policy": f.id,
		"rule": c.id,
		"category": s.title,
		"severity": c.severity,
		"result": policyreport_result[c.status],
		"scored": c.claim == "direct",
		"message": sprintf("%s: %s", [c.title, c.reason]),
		"timestamp": {"seconds": floor(time.parse_rfc3339_ns(model.generated) / 1000000000), "nanos": 0},
		"properties": {"status": c.status, "rules": concat(" ", c.rules), "subjects": concat(" ", sort({x.subject | some x in c.failing}))},
	}
]
