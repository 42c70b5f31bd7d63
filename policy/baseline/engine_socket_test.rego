package sallyport.rules.engine_socket_test

import data.sallyport.rules.engine_socket
import data.sallyport.sample

refused(m) if {
	{f.path | some f in engine_socket.deny} == {"/config/mounts/0"} with input as sample.mount(m)
	count(engine_socket.deny) == 0 with input as sample.operation("exec", sample.mount(m))
}

passes(m) if count(engine_socket.deny) == 0 with input as sample.mount(m)

socket := {"source": "/run/app.sock", "bind": true, "socket": true, "kind": "socket"}

test_directories_pass if passes({"source": "/srv", "bind": true})

test_control_sockets_refuse if refused(object.union(socket, {"engine_socket": "docker"}))

test_directories_with_one_refuse if refused({"source": "/run", "bind": true, "contains_socket": "/run/docker.sock"})

test_other_sockets_refuse if {
	refused(socket)
	passes(object.union(socket, {"engine_managed": "volume"}))
}

test_one_finding_is_enough if {
	count(engine_socket.deny) == 1 with input as sample.mount(object.union(socket, {"engine_socket": "docker", "contains_socket": "/x"}))
}

test_settings_may_allow_one if {
	count(engine_socket.deny) == 0 with input as sample.mount(socket) with data.sallyport.main.parameters as {"engine-socket": {"allow": ["/run/app.sock"]}}
}

named := {"source": "/var/run/docker.sock", "bind": true}

blind(m) := sample.unknown("/facts/mounts/0/kind", sample.mount(m).facts)

test_names_count_where_nobody_can_look if {
	count(engine_socket.deny) == 1 with input as blind(named)
	count(engine_socket.deny) == 0 with input as sample.operation("exec", blind(named))
	passes(named)
	count(engine_socket.deny) == 0 with input as blind(object.union(named, {"bind": false}))
	count(engine_socket.deny) == 0 with input as blind(object.union(named, {"source": "/var/run/app.sock"}))
	count(engine_socket.deny) == 1 with input as blind(object.union(named, {"engine_socket": "docker"}))
	count(engine_socket.deny) == 1 with input as blind(object.union(named, {"contains_socket": "/x"}))
}
