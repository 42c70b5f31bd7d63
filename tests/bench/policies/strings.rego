# Text: patterns, parts and rewriting.
package bench

result contains entry if {
	some line in input.lines
	regex.match(`^(GET|POST|PUT) /api/v[0-9]+/[a-z]+`, line)
	parts := split(line, " ")
	path := trim_prefix(parts[1], "/api/")
	glob.match("v*/users/**", ["/"], path)
	entry := {"method": lower(parts[0]), "path": upper(replace(path, "/", ":")), "status": to_number(parts[2])}
}
