# METADATA
# title: "The container must not be able to reach an engine's control socket"
# description: "Control sockets of engines and of the host's services, and directories that hold one, refuse, read-only or not; so does every other socket that the settings do not allow."
# custom:
#   id: engine-socket
#   severity: critical
#   level: baseline
#   risk: "Whoever can talk to the engine starts a container of their own as root of the host."
#   remediation:
#     docker: "remove the mount of the socket"
#     kubernetes: "remove the hostPath volume of the socket"
#     podman: "remove the mount of the socket"
#   controls:
#     nist-csf: ["PR.AA-05", "PR.PS-01"]
#     pci-dss: ["2.2.1", "2.2.6", "7.2.5"]
#     hipaa-security-rule: ["164.308(a)(1)(ii)(B)", "164.312(a)(1)"]
#     gdpr: ["25", "32"]
#     sox-itgc: ["APD"]
#     cobit: ["DSS05.03", "DSS05.04"]
#     mcsb: ["PV-2"]
#     cis-docker: ["5.32"]
#     k8s-pss: ["hostPathVolumes"]
#     nist-sp-800-190: ["3.4.3", "4.4.3", "3.5.4", "4.5.5"]
#     nist-sp-800-53r5: ["AC-3", "AC-6", "AC-6(10)", "SC-2", "CM-7"]
#     docker-ee-stig: ["DKER-EE-002130"]
#     container-platform-srg: ["SRG-APP-000133-CTR-000295", "SRG-APP-000243-CTR-000595", "SRG-APP-000340-CTR-000770"]
#     owasp-docker-top-10: ["D04"]
#     owasp-k8s-top-10-2022: ["K01"]
#     owasp-k8s-top-10-2025: ["K01"]
#     kubescape: ["C-0074"]
#     azure-policy: ["098fc59e-46c7-4d99-9b16-64990e543d75"]
#     gcp-scc: ["GKE_HOST_PATH_VOLUMES"]
#   parameters:
#     allow: {type: array, items: {type: string}, description: "Sources that may be mounted in spite of it."}
package sallyport.rules.engine_socket

import data.sallyport.lib

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.engine_socket
	finding := {"msg": sprintf("%s is a control socket of %s", [m.source, m.engine_socket]), "path": lib.mount_path(i)}
}

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.contains_socket
	not m.engine_socket
	finding := {"msg": sprintf("%s holds the control socket %s", [m.source, m.contains_socket]), "path": lib.mount_path(i)}
}

deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.socket
	not m.engine_socket
	not lib.own_mount(m)
	not m.source in lib.parameter("engine-socket", "allow", [])
	finding := {"msg": sprintf("%s is a socket of the host", [m.source]), "path": lib.mount_path(i)}
}

# Where nobody can look, the name is what there is to go by.
deny contains finding if {
	lib.starting
	some i, m in input.facts.mounts
	m.bind
	not m.engine_socket
	not m.contains_socket
	lib.unknown(sprintf("/facts/mounts/%d/kind", [i]))
	some name in ["docker.sock", "containerd.sock", "containerd.sock.ttrpc", "crio.sock", "podman.sock", "buildkitd.sock", "cri-dockerd.sock"]
	endswith(m.source, concat("", ["/", name]))
	finding := {"msg": sprintf("%s has the name of a control socket", [m.source]), "path": lib.mount_path(i)}
}
