# METADATA
# title: "The container must not share the host's name"
# description: "A missing namespace is added; the host's, joined by path, refuses."
# custom:
#   id: host-uts-namespace
#   severity: medium
#   level: baseline
#   risk: "With CAP_SYS_ADMIN the host can be renamed, and its name says where the container runs."
#   remediation:
#     docker: "remove --uts=host"
#     kubernetes: "hostNetwork: false"
#     podman: "remove --uts=host"
#   controls:
#     nist-csf: ["PR.IR-01", "PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.3", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)", "164.312(a)(1)"]
#     gdpr: ["25", "32", "32(1)(b)"]
#     sox-itgc: ["APD"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     cis-docker: ["5.21"]
#     nist-sp-800-190: ["3.4.3", "4.4.3"]
#     nist-sp-800-53r5: ["SC-39", "CM-6", "CM-7"]
#     docker-ee-stig: ["DKER-EE-002060"]
#     container-platform-srg: ["SRG-APP-000431-CTR-001065"]
#     owasp-docker-top-10: ["D04", "D05"]
package sallyport.rules.host_uts_namespace

import data.sallyport.lib

deny contains finding if {
	lib.starting
	lib.namespace("uts").state == "missing"
	finding := {
		"msg": "shares the host's uts namespace",
		"path": "/config/linux/namespaces",
		"fix": [{"op": "add", "path": "/config/linux/namespaces/-", "value": {"type": "uts"}}],
	}
}

deny contains finding if {
	lib.starting
	lib.namespace("uts").state == "host"
	finding := {"msg": "joins the host's uts namespace by its path", "path": "/config/linux/namespaces"}
}

deny contains finding if {
	lib.starting
	lib.unknown("/facts/namespaces/uts/state")
	finding := lib.undetermined("/facts/namespaces/uts/state", "/config/linux/namespaces", "whose uts namespace is joined")
}
