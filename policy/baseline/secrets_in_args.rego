# METADATA
# title: "The arguments should hold no secret"
# description: "Key material is told by kind and place, never by value."
# custom:
#   id: secrets-in-args
#   severity: high
#   level: baseline
#   mode: warn
#   risk: "Everyone who can inspect the container reads it, and so do logs and crash reports."
#   remediation:
#     docker: "mount a file with the secret"
#     kubernetes: "mount a Secret as a volume"
#     podman: "--secret"
#   controls:
#     nist-csf: ["PR.AA-01", "PR.DS-01"]
#     pci-dss: ["8.6.2", "8.6.3"]
#     hipaa-security-rule: ["164.312(a)(1)"]
#     gdpr: ["32"]
#     sox-itgc: ["APD"]
#     cobit: ["DSS05.04"]
#     mcsb: ["IM-8"]
#     nist-sp-800-190: ["3.1.4", "4.1.4"]
#     nist-sp-800-53r5: ["IA-5", "IA-5(7)"]
#     owasp-docker-top-10: ["D06"]
#     owasp-k8s-top-10-2022: ["K08"]
#     owasp-k8s-top-10-2025: ["K03"]
#     kubescape: ["C-0012"]
package sallyport.rules.secrets_in_args

import data.sallyport.lib

deny contains finding if {
	not lib.updating
	some s in input.facts.secrets
	contains(s.where, "/args/")
	finding := {"msg": sprintf("holds a secret (%s)", [s.kind]), "path": s.where}
}
