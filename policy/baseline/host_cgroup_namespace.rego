# METADATA
# title: "The container must not see the host's control groups"
# description: "A missing namespace is added; the host's, joined by path, refuses."
# custom:
#   id: host-cgroup-namespace
#   severity: low
#   level: baseline
#   risk: "The host's control group tree shows its layout and is a step of known escapes."
#   remediation:
#     docker: "--cgroupns=private"
#     kubernetes: "use cgroup v2"
#     podman: "--cgroupns=private"
#   controls:
#     nist-csf: ["PR.IR-01", "PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.3", "2.2.6"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)", "164.312(a)(1)"]
#     gdpr: ["25", "32", "32(1)(b)"]
#     sox-itgc: ["APD"]
#     cobit: ["DSS05.03"]
#     mcsb: ["PV-2"]
#     nist-sp-800-190: ["4.4.3"]
#     nist-sp-800-53r5: ["SC-39", "CM-6"]
#     owasp-docker-top-10: ["D04", "D05"]
package sallyport.rules.host_cgroup_namespace

import data.sallyport.lib

deny contains finding if {
	lib.starting
	lib.namespace("cgroup").state == "missing"
	finding := {
		"msg": "shares the host's cgroup namespace",
		"path": "/config/linux/namespaces",
		"fix": [{"op": "add", "path": "/config/linux/namespaces/-", "value": {"type": "cgroup"}}],
	}
}

deny contains finding if {
	lib.starting
	lib.namespace("cgroup").state == "host"
	finding := {"msg": "joins the host's cgroup namespace by its path", "path": "/config/linux/namespaces"}
}

deny contains finding if {
	lib.starting
	lib.unknown("/facts/namespaces/cgroup/state")
	finding := lib.undetermined("/facts/namespaces/cgroup/state", "/config/linux/namespaces", "whose cgroup namespace is joined")
}
