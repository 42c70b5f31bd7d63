package sallyport.rules.tmpfs_size_test

import data.sallyport.rules.tmpfs_size
import data.sallyport.sample

tmp := {"type": "tmpfs", "bind": false, "size_limited": true, "nosuid": true, "nodev": true, "destination_clean": "/tmp"}

values(m) := got if {
	got := {op.value | some op in sample.fixes(tmpfs_size.deny)} with input as sample.mount(object.union(tmp, m))
}

test_a_bounded_one_passes if values({}) == set()

test_a_size_is_set if {
	values({"size_limited": false}) == {"size=1g"}
	values({"size_limited": false, "type": "sysfs"}) == set()
	values({"size_limited": false, "bind": true}) == set()
	count(tmpfs_size.deny) == 0 with input as sample.operation("exec", sample.mount(object.union(tmp, {"size_limited": false, "nodev": false})))
}

test_protection_is_added if {
	values({"nosuid": false}) == {"nosuid"}
	values({"nodev": false}) == {"nodev"}
	values({"nodev": false, "destination_clean": "/dev"}) == set()
	values({"nodev": false, "type": "mqueue"}) == set()
	values({"nodev": false, "bind": true}) == set()
}

test_the_settings_limits_go_first if {
	open := sample.mount(object.union(tmp, {"size_limited": false}))
	sizes := {op.value | some op in sample.fixes(tmpfs_size.deny)} with input as open with data.sallyport.main.parameters as {"resource-limits": {"tmpfs": {"max": "64m"}}, "tmpfs-size": {"size": "1g"}}
	sizes == {"size=67108864"}
}
