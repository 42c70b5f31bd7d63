# STIG Viewer 3's checklist. Holds STIGs alone; evidence towards a requirement stays for a reviewer.
package sallyport.report

stigs := [f | some f in model.frameworks; f.kind == "stig"]

stig_controls(f) := [c | some s in f.sections; some c in s.controls; c.vuln_id]

stig_status := {"pass": "not_a_finding", "supported": "not_reviewed", "fail": "open", "waived": "open", "not-applicable": "not_applicable", "not-checked": "not_reviewed", "manual": "not_reviewed"}

# With the revision where it is known.
stig_rule(c) := r if {
	r := c.rule_id
} else := r if {
	r := c.rule_id_v2r2
} else := r if {
	r := c.rule_id_v2r1
} else := sprintf("S%s_rule", [c.vuln_id])

stig_severity(c) := s if {
	s := {"high": "high", "medium": "medium", "low": "low", "critical": "high"}[object.get(c, "severity", "medium")]
} else := "unknown"

stig_details(c) := concat("\n", [sprintf("%s: %s: %s%s", [x.subject, x.rule, x.msg, stig_waived(x)]) | some x in c.failing])

stig_waived(x) := sprintf(" (waiver %s)", [x.waived]) if {
	x.waived
} else := ""

stig_fix(c) := concat("\n", [sprintf("%s: %s", [r.engine, r.text]) | some r in c.remediation])

cklb := {
	"title": model.title,
	"id": model.uuid,
	"active": true,
	"mode": 2,
	"has_path": false,
	"cklb_version": "1.0",
	"target_data": {
		"target_type": "Computing", "host_name": model.host, "ip_address": "", "mac_address": "", "fqdn": "", "comments": "",
		"role": "None", "is_web_database": false, "technology_area": "", "web_db_site": "", "web_db_instance": "", "classification": null,
	},
	"stigs": [cklb_stig(f) | some f in stigs],
}

cklb_stig(f) := {
	"stig_name": f.title,
	"display_name": f.title,
	"stig_id": f.id,
	"release_info": sprintf("Release: %s", [f.version]),
	"version": f.version,
	"uuid": f.uuid,
	"reference_identifier": "0000",
	"size": count(stig_controls(f)),
	"rules": [cklb_rule(f, c) | some c in stig_controls(f)],
}

cklb_rule(f, c) := {
	"uuid": c.uuid,
	"stig_uuid": f.uuid,
	"group_id": c.vuln_id,
	"group_id_src": c.vuln_id,
	"rule_id": trim_suffix(stig_rule(c), "_rule"),
	"rule_id_src": stig_rule(c),
	"weight": "10.0",
	"classification": "NONE",
	"severity": stig_severity(c),
	"rule_version": c.id,
	"group_title": object.get(c, "srg", c.id),
	"rule_title": c.title,
	"fix_text": stig_fix(c),
	"check_content": concat(", ", c.rules),
	"check_content_ref": {"href": f.id, "name": "M"},
	"discussion": "", "false_positives": "", "false_negatives": "", "documentable": "false", "security_override_guidance": "",
	"potential_impacts": "", "third_party_tools": "", "ia_controls": "", "responsibility": "", "mitigations": "", "mitigation_control": "",
	"legacy_ids": [],
	"ccis": object.get(c, "ccis", []),
	"group_tree": [{"id": c.vuln_id, "title": object.get(c, "srg", c.id), "description": ""}],
	"status": stig_status[c.status],
	"overrides": {},
	"comments": c.reason,
	"finding_details": stig_details(c),
	"reference_identifier": "0000",
	"srg_id": object.get(c, "srg", ""),
}
