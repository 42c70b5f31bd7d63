# METADATA
# title: "The program should be the image's"
# description: "A program or PATH that goes through /proc is told: it may lead to the runtime's own binary."
# custom:
#   id: runtime-program
#   severity: medium
#   level: baseline
#   mode: warn
#   risk: "The first program of a container has overwritten the runtime that started it."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-sp-800-53r5: ["CM-6", "SI-2"]
package sallyport.rules.runtime_program

import data.sallyport.lib

deny contains finding if {
	not lib.updating
	input.facts.process.self_exe
	finding := {"msg": "the program or PATH leads through /proc", "path": concat("", [lib.process_path, "/args"])}
}
