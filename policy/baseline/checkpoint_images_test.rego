package sallyport.rules.checkpoint_images_test

import data.sallyport.rules.checkpoint_images
import data.sallyport.sample

args(given) := sample.operation("checkpoint", sample.facts({"args": given}))

messages(document) := got if {
	got := {f.msg | some f in checkpoint_images.deny} with input as document
}

test_where_memory_goes_is_told if {
	messages(args({"image_path": "/srv/x"})) == {"writes the container's memory to /srv/x"}
	messages(args({})) == {"writes the container's memory to the current directory"}
	messages(args({"image_path": "/srv/x", "page_server": "192.0.2.1:9"})) == {"sends the container's memory to 192.0.2.1:9"}
}

test_other_calls_write_none if {
	messages(sample.facts({"args": {"image_path": "/srv/x"}})) == set()
	messages(sample.operation("restore", sample.facts({"args": {"page_server": "x"}}))) == set()
}
