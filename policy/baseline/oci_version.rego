# METADATA
# title: "The specification version must be one that is known"
# description: "A version newer than this one knows may have fields that weaken the container."
# custom:
#   id: oci-version
#   severity: low
#   level: baseline
#   risk: "New fields are passed to the runtime unseen."
#   remediation:
#     docker: "remove the option"
#     kubernetes: "remove the setting"
#     podman: "remove the option"
#   controls:
#     nist-csf: ["PR.PS-01"]
#     nist-sp-800-190: ["4.4.1"]
#     nist-sp-800-53r5: ["CM-6", "SA-22"]
#     cobit: ["BAI10.03"]
package sallyport.rules.oci_version

import data.sallyport.lib

deny contains finding if {
	lib.starting
	input.facts.oci.supported == false
	finding := {"msg": sprintf("ociVersion %s is not known", [input.facts.oci.version]), "path": "/config/ociVersion"}
}
