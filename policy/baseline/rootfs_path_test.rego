package sallyport.rules.rootfs_path_test

import data.sallyport.rules.rootfs_path
import data.sallyport.sample

test_the_usual_passes if count(rootfs_path.deny) == 0 with input as sample.clean

test_case_1 if count(rootfs_path.deny) == 1 with input as sample.facts({"rootfs": {"sensitive": "/etc"}})

test_case_2 if count(rootfs_path.deny) == 1 with input as sample.facts({"rootfs": {"sensitive": "/etc", "storage": "docker"}})

test_case_3 if count(rootfs_path.deny) == 1 with input as sample.facts({"rootfs": {"changeable_by": "/tmp"}})

test_case_4 if count(rootfs_path.deny) == 1 with input as sample.facts({"rootfs": {"writable_by_others": true}})

test_case_5 if count(rootfs_path.deny) == 1 with input as sample.facts({"rootfs": {"symlinked": ["/dev"]}})

test_case_6 if count(rootfs_path.deny) == 0 with input as sample.facts({"rootfs": {"symlinked": ["/run"]}})

test_case_7 if count(rootfs_path.deny) == 0 with input as sample.operation("exec", sample.facts({"rootfs": {"sensitive": "/etc", "changeable_by": "/tmp", "writable_by_others": true, "symlinked": ["/dev"], "dev_tmpfs": false}}))

nodev := sample.facts({"rootfs": {"dev_tmpfs": false}})

test_a_missing_dev_is_made if {
	{op.value.destination | some op in sample.fixes(rootfs_path.deny)} == {"/dev"} with input as nodev
}

test_another_dev_refuses if {
	doc := object.union(sample.mount({"destination_clean": "/dev"}), {"facts": {"rootfs": {"dev_tmpfs": false}}})
	{object.get(f, "fix", []) | some f in rootfs_path.deny} == {[]} with input as doc
	count(rootfs_path.deny) == 0 with input as sample.operation("exec", doc)
}

test_unknown_is_said if {
	{f.undetermined | some f in rootfs_path.deny} == {true} with input as sample.unknown("/facts/rootfs", {})
	count(rootfs_path.deny) == 0 with input as sample.operation("exec", sample.unknown("/facts/rootfs", {}))
}

test_a_linked_path_refuses if {
	count(rootfs_path.deny) == 1 with input as sample.facts({"rootfs": {"links": ["/srv/link"]}})
	count(rootfs_path.deny) == 0 with input as sample.facts({"rootfs": {"links": ["/var/run"]}})
	count(rootfs_path.deny) == 0 with input as sample.operation("exec", sample.facts({"rootfs": {"links": ["/srv/link"]}}))
}

test_links_that_could_not_be_looked_at_are_told if {
	blind := sample.unknown("/facts/rootfs/symlinked", {})
	{f.undetermined | some f in rootfs_path.deny} == {true} with input as blind
	count(rootfs_path.deny) == 0 with input as sample.operation("exec", blind)
	count(rootfs_path.deny) == 1 with input as sample.unknown("/facts/rootfs", {})
}

test_another_s_root_refuses if {
	count(rootfs_path.deny) == 1 with input as sample.facts({"rootfs": {"uid": 1000}})
	count(rootfs_path.deny) == 1 with input as sample.facts({"rootfs": {"uid": 1000, "storage": "bundle"}})
	count(rootfs_path.deny) == 0 with input as sample.facts({"rootfs": {"uid": 0}})
	every store in ["docker", "containerd", "containers-storage", "buildah"] {
		count(rootfs_path.deny) == 0 with input as sample.facts({"rootfs": {"uid": 1000, "storage": store}})
	}
	count(rootfs_path.deny) == 0 with input as sample.facts({"rootfs": {"uid": 1000}, "userns": {"present": true}})
	count(rootfs_path.deny) == 0 with input as sample.operation("exec", sample.facts({"rootfs": {"uid": 1000}}))
}
