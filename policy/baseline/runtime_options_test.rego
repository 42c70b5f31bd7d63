package sallyport.rules.runtime_options_test

import data.sallyport.rules.runtime_options
import data.sallyport.sample

test_the_usual_passes if count(runtime_options.deny) == 0 with input as sample.clean

test_case_1 if count(runtime_options.deny) == 1 with input as args({"no_pivot": true})

test_case_2 if count(runtime_options.deny) == 1 with input as args({"preserved_kinds": ["directory"]})

test_case_3 if count(runtime_options.deny) == 0 with input as args({"preserved_kinds": ["socket", "pipe"], "preserve_fds": 2})

test_case_4 if count(runtime_options.deny) == 1 with input as args({"preserve_fds": 2})

test_case_5 if count(runtime_options.deny) == 1 with input as args({"listen_fds": 1})

test_case_6 if count(runtime_options.deny) == 0 with input as args({"preserve_fds": 0})

test_case_7 if count(runtime_options.deny) == 1 with input as args({"criu": "/x"})

test_case_8 if count(runtime_options.deny) == 1 with input as args({"unknown": ["--x"]})

test_case_9 if count(runtime_options.deny) == 0 with input as args({"unknown": ["--x"]}) with data.sallyport.main.parameters as {"runtime-options": {"allow": ["--x"]}}

test_case_10 if count(runtime_options.deny) == 1 with input as args({"no_new_keyring": true})

args(a) := sample.facts({"args": a})

test_a_shared_keyring_warns if {f.enforcement | some f in runtime_options.deny} == {"warn"} with input as args({"no_new_keyring": true})

test_files_among_the_hosts_own if {
	every option in ["log", "root", "pid_file"] {
		count(runtime_options.deny) == 1 with input as args({option: "/etc/cron.d/x"})
		count(runtime_options.deny) == 1 with input as args({option: "/usr"})
		count(runtime_options.deny) == 1 with input as args({option: "/nowhere/../x"})
		count(runtime_options.deny) == 0 with input as args({option: "/etcetera/x"})
		count(runtime_options.deny) == 0 with input as args({option: "/run/containerd/x..y"})
		count(runtime_options.deny) == 0 with input as args({option: "/dev/null"})
	}
}

test_sockets_of_engines if {
	every option in ["console_socket", "pidfd_socket"] {
		count(runtime_options.deny) == 1 with input as args({option: "/run/docker.sock"})
		count(runtime_options.deny) == 0 with input as args({option: "/tmp/pty1/pty.sock"})
	}
}

test_rootless_as_root if {
	count(runtime_options.deny) == 1 with input as args({"rootless": "true"})
	count(runtime_options.deny) == 0 with input as args({"rootless": "auto"})
	count(runtime_options.deny) == 0 with input as object.union(args({"rootless": "true"}), {"host": {"trusted": false}})
}

test_the_finding_names_option_and_path if {
	some f in runtime_options.deny with input as args({"pid_file": "/etc/x"})
	f.msg == "--pid-file leads to /etc/x, among the host's own files"
	f.path == "/facts/args/pid_file"
}

test_the_finding_names_option_and_socket if {
	some f in runtime_options.deny with input as args({"console_socket": "/run/docker.sock"})
	f.msg == "--console-socket leads to /run/docker.sock, a control socket"
	f.path == "/facts/args/console_socket"
}
