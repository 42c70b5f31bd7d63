# One row for each control; RFC 4180. A spreadsheet must not take a text for a formula.
package sallyport.report

csv := concat("", [sprintf("%s\r\n", [concat(",", [cell(x) | some x in row])]) | some row in array.concat([csv_head], csv_rows)])

csv_head := ["framework", "version", "section", "control", "title", "status", "claim", "severity", "reason", "findings", "prevented", "rules", "subjects", "waivers"]

csv_rows := [row |
	some f in model.frameworks
	some s in f.sections
	some c in s.controls
	row := [
		f.id, f.version, s.id, c.id, c.title, c.status, c.claim, c.severity, c.reason,
		sprintf("%d", [c.findings]), sprintf("%d", [c.prevented]),
		concat(" ", c.rules),
		concat(" ", sort({x.subject | some x in c.failing})),
		concat(" ", sort({x.waived | some x in c.failing; x.waived})),
	]
]

cell(text) := sprintf("\"%s\"", [replace(plain(text), "\"", "\"\"")])

plain(text) := concat("", ["'", text]) if {
	substring(text, 0, 1) in {"=", "+", "-", "@", "\t", "\r"}
} else := text
