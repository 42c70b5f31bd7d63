# METADATA
# title: "The real runtime should have its known holes closed"
# description: "Versions of runc and crun with known ways out of a container are told: distributions mend without changing the number, so it refuses nothing by itself."
# custom:
#   id: runtime-version
#   severity: medium
#   level: baseline
#   mode: warn
#   risk: "CVE-2024-21626, CVE-2025-31133, CVE-2025-52565, CVE-2025-52881 (runc); CVE-2026-47766, CVE-2026-88264, CVE-2026-88265 (crun)."
#   remediation:
#     docker: "upgrade runc, then sallyport policy activate"
#     kubernetes: "upgrade runc or crun, then sallyport policy activate"
#     podman: "upgrade crun or runc, then sallyport policy activate"
#   controls:
#     nist-sp-800-190: ["3.4.1", "4.4.1"]
#     nist-sp-800-53r5: ["SI-2", "CM-6"]
#     pci-dss: ["6.3.3"]
#   parameters:
#     mended: {type: array, items: {type: string}, description: "Versions as the runtime prints them that the distribution mended."}
package sallyport.rules.runtime_version

import data.sallyport.lib

deny contains finding if {
	lib.starting
	version := data.sallyport.settings.runtime_version
	old(input.host.runtime.family, version.numbers)
	not version.text in lib.parameter("runtime-version", "mended", [])
	finding := {
		"msg": sprintf("%s %s has known ways out unless its distribution mended them", [input.host.runtime.family, version.text]),
		"path": "/host/runtime",
		"enforcement": "audit",
	}
}

old("runc", numbers) if numbers < [1, 1, 12]

old("runc", numbers) if {
	numbers >= [1, 2]
	numbers < [1, 2, 8]
}

old("runc", numbers) if {
	numbers >= [1, 3]
	numbers < [1, 3, 3]
}

old("crun", numbers) if numbers < [1, 30]
