# METADATA
# title: "The working directory must be a plain path"
# description: "A relative path, one that climbs and one in /proc refuse."
# custom:
#   id: working-directory
#   severity: high
#   level: baseline
#   risk: "A leaked descriptor of the runtime leads from /proc/self/fd to the host's files."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-csf: ["PR.PS-01"]
#     pci-dss: ["2.2.6", "6.3.3"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)"]
#     gdpr: ["32"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     nist-sp-800-190: ["3.4.1", "4.4.1", "4.4.3"]
#     nist-sp-800-53r5: ["SI-2", "CM-6", "SC-39"]
#     owasp-docker-top-10: ["D02", "D04"]
package sallyport.rules.working_directory

import data.sallyport.lib

deny contains finding if {
	not lib.updating
	input.facts.process.cwd_odd in {"relative", "dotdot", "proc"}
	finding := {"msg": sprintf("working directory %s", [input.facts.process.cwd]), "path": concat("", [lib.process_path, "/cwd"])}
}

deny contains finding if {
	not lib.updating
	at := input.facts.rootfs.workdir_resolved
	some place in ["/proc", "/sys", "/dev/fd"]
	within(at, place)
	not input.facts.process.cwd_odd == "proc"
	not within(input.facts.process.cwd, place)
	finding := {
		"msg": sprintf("links of the image lead the working directory %s to %s", [input.facts.process.cwd, at]),
		"path": concat("", [lib.process_path, "/cwd"]),
	}
}

within(path, top) if path == top

within(path, top) if startswith(path, concat("", [top, "/"]))
