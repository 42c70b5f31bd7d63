# METADATA
# title: "A container's memory should stay in the container"
# description: "A checkpoint writes the container's memory, keys and data in it, to a directory or to the network: that is told."
# custom:
#   id: checkpoint-images
#   severity: medium
#   level: baseline
#   mode: warn
#   risk: "Whoever reads the images reads the secrets that the programs hold."
#   remediation:
#     docker: "keep checkpoints in a directory of root's alone"
#     kubernetes: "restrict the kubelet's checkpoint interface"
#     podman: "keep checkpoints in a directory of root's alone"
#   controls:
#     nist-sp-800-53r5: ["SC-28"]
package sallyport.rules.checkpoint_images

deny contains finding if {
	input.operation == "checkpoint"
	not input.facts.args.page_server
	finding := {"msg": sprintf("writes the container's memory to %s", [directory]), "path": "/facts/args/image_path"}
}

deny contains finding if {
	input.operation == "checkpoint"
	server := input.facts.args.page_server
	finding := {
		"msg": sprintf("sends the container's memory to %s", [server]),
		"path": "/facts/args/page_server",
		"severity": "high",
	}
}

default directory := "the current directory"

directory := input.facts.args.image_path
