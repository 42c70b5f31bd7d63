# AWS Security Finding Format: one finding for each control that is decided or not checked; resources are what fails.
package sallyport.report

asff := [asff_finding(f, s, c) | some f in model.frameworks; some s in f.sections; some c in s.controls; c.status != "manual"]

asff_account := input.aws.account

asff_region := input.aws.region

asff_status := {"pass": "PASSED", "supported": "NOT_AVAILABLE", "fail": "FAILED", "waived": "FAILED", "not-applicable": "NOT_AVAILABLE", "not-checked": "NOT_AVAILABLE"}

asff_labels := {"critical": "CRITICAL", "high": "HIGH", "medium": "MEDIUM", "low": "LOW", "info": "INFORMATIONAL"}

# Only what fails has a severity to act on.
asff_label(c) := asff_labels[c.severity] if c.status in {"fail", "waived"}

asff_label(c) := "INFORMATIONAL" if not c.status in {"fail", "waived"}

asff_workflow(c) := {"pass": "RESOLVED", "waived": "SUPPRESSED"}[c.status] if {
	c.status in {"pass", "waived"}
} else := "NEW"

asff_finding(f, s, c) := {
	"SchemaVersion": "2018-10-08",
	"Id": sprintf("%s/%s/%s", [model.host, f.id, c.id]),
	"ProductArn": sprintf("arn:aws:securityhub:%s:%s:product/%s/default", [asff_region, asff_account, asff_account]),
	"ProductName": "Sallyport",
	"GeneratorId": sprintf("%s/%s", [f.id, c.id]),
	"AwsAccountId": asff_account,
	"Region": asff_region,
	"Types": ["Software and Configuration Checks/Industry and Regulatory Standards"],
	"CreatedAt": model.generated,
	"UpdatedAt": model.generated,
	"Title": substring(sprintf("%s %s", [c.id, c.title]), 0, 256),
	"Description": substring(sprintf("%s: %s", [s.title, c.reason]), 0, 1024),
	"Severity": {"Label": asff_label(c)},
	"Resources": asff_resources(c),
	"Compliance": {"Status": asff_status[c.status], "RelatedRequirements": [substring(sprintf("%s %s/%s", [f.title, f.version, c.id]), 0, 64)]},
	"RecordState": "ACTIVE",
	"Workflow": {"Status": asff_workflow(c)},
}

# At most 32 may be named.
asff_resources(c) := list if {
	names := array.slice(sort({x.subject | some x in c.failing}), 0, 32)
	list := [{"Type": "Container", "Id": sprintf("%s/%s", [model.host, n]), "Details": {"Container": {"Name": n}}} | some n in names]
	count(list) > 0
} else := [{"Type": "Other", "Id": model.host}]
