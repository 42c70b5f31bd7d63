# tests/services/engine.sh - one container of one service by docker, podman or containerd. Sourced by run.sh.
#
# The container is $c, its image $service, its volume $vol at $volume; engine_start takes plain, naive or gate.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with run.sh and the services' files

c=one
NAIVE=(--user 65532 --read-only --cap-drop ALL --security-opt no-new-privileges)
LIMITS=(--memory 1g --cpus 1.5) # the level restricted asks everyone for some

engine_version() {
    case $engine in
    docker) docker version --format 'docker {{.Server.Version}}' ;;
    podman) podman version --format 'podman {{.Version}}' ;;
    containerd) containerd --version | awk '{print "containerd", $3}' ;;
    esac
}

engine_begin() {
    case $engine in
    docker) E2E_BRIDGE='' e2e_docker ;;
    podman) e2e_podman ;;
    containerd)
        e2e_containerd
        mkdir -p "$E2E"/volumes /run/netns
        ;;
    esac
}

engine_load() { # from standard input
    case $engine in
    docker) docker load -q ;;
    podman) podman load -q ;;
    containerd) ctr image import - ;;
    esac
}

engine_forget_image() {
    case $engine in
    docker) docker image rm -f "$image" ;;
    podman) podman image rm -f "$image" ;;
    containerd) ctr image rm "$image" ;;
    esac >/dev/null 2>&1 || true
}

engine_start() {
    case $engine in
    docker)
        # shellcheck disable=SC2206 # several words
        local opts=(-d --name "$c" $options)
        [ -z "$volume" ] || opts+=(-v "$vol:$volume")
        case $1 in
        plain) opts+=(--runtime runc) ;;
        naive) opts+=(--runtime runc "${NAIVE[@]}") ;;
        gate) [ "$active" != restricted ] || opts+=("${LIMITS[@]}") ;;
        esac
        docker run "${opts[@]}" "$image"
        ;;
    podman)
        local global=() opts=(-d --name "$c" --network none)
        [ -z "$volume" ] || opts+=(-v "$vol:$volume")
        case $1 in
        plain) global=(--runtime "$E2E_RUNC") ;;
        naive) global=(--runtime "$E2E_RUNC") opts+=("${NAIVE[@]}") ;;
        gate) [ "$active" != restricted ] || opts+=("${LIMITS[@]}") ;;
        esac
        podman "${global[@]}" run "${opts[@]}" "$image"
        ;;
    containerd) # as a pod's: a network namespace of its own given by path, an emptyDir as volume
        local opts=(--runtime io.containerd.runc.v2)
        ip netns add "$c"
        ip netns exec "$c" ip link set lo up
        [ "$active" != restricted ] || opts+=(--memory-limit 1073741824 --cpus 1.5)
        [ "$1" = plain ] && opts+=(--runc-binary "$E2E_RUNC") || opts+=(--runc-binary "$E2E_SHIM")
        if [ -n "$volume" ]; then
            [ -d "$E2E/volumes/$vol" ] || mkdir -m 777 "$E2E/volumes/$vol"
            opts+=(--mount "type=bind,src=$E2E/volumes/$vol,dst=$volume,options=rbind:rw")
        fi
        ctr run -d --log-uri "file://$E2E/$c.log" --with-ns "network:/run/netns/$c" "${opts[@]}" "$image" "$c" </dev/null
        ;;
    esac 2>&1
}

engine_pid() {
    case $engine in
    containerd) ctr task ls 2>/dev/null | awk -v c="$c" '$1 == c {print $2}' ;;
    *) "$engine" inspect -f '{{.State.Pid}}' "$c" 2>/dev/null ;;
    esac
}

engine_running() {
    case $engine in
    containerd) ctr task ls 2>/dev/null | awk -v c="$c" '$1 == c && $3 == "RUNNING" {found = 1} END {exit !found}' ;;
    *) [ "$("$engine" inspect -f '{{.State.Running}}' "$c" 2>/dev/null)" = true ] ;;
    esac
}

engine_logs() { # LINES
    case $engine in
    containerd) tail -n "$1" "$E2E/$c.log" 2>/dev/null ;;
    *) "$engine" logs --tail "$1" "$c" ;;
    esac 2>&1
}

engine_exec() {
    case $engine in
    containerd) timeout 20 ctr task exec --exec-id "e$RANDOM$RANDOM" "$c" "$@" ;;
    *) timeout 20 "$engine" exec -i "$c" "$@" ;;
    esac
}

# Stop as the engine's users do; what the program ended with is printed.
engine_stop() {
    case $engine in
    containerd)
        ctr task kill "$c"
        wait_for 10 eval '! engine_running' || ctr task kill -s KILL "$c"
        wait_for 5 eval '! engine_running'
        ctr task rm "$c" 2>&1 | sed -n 's/.*status code //p' # it tells a status that is not 0
        ;;
    *)
        timeout 30 "$engine" stop -t 10 "$c" >/dev/null
        "$engine" inspect -f '{{.State.ExitCode}}' "$c"
        ;;
    esac
}

engine_restart() {
    case $engine in
    containerd) engine_stop >/dev/null && ctr task start -d --log-uri "file://$E2E/$c.log" "$c" </dev/null ;;
    *) timeout 30 "$engine" restart -t 5 "$c" ;;
    esac 2>&1
}

engine_health() { # healthy, unhealthy, starting
    case $engine in
    docker) docker inspect -f '{{.State.Health.Status}}' "$c" ;;
    *) if engine_exec "${health_words[@]}" >/dev/null 2>&1; then echo healthy; else echo unhealthy; fi ;;
    esac
}

engine_remove() {
    case $engine in
    containerd)
        ctr task rm -f "$c"
        ctr container rm "$c"
        ip netns del "$c"
        rm -f "$E2E/$c.log"
        ;;
    *) "$engine" rm -f "$c" ;;
    esac >/dev/null 2>&1 || true
}

engine_volume() { # its directory on the host
    case $engine in
    containerd) echo "$E2E/volumes/$vol" ;;
    *) "$engine" volume inspect -f '{{.Mountpoint}}' "$vol" ;;
    esac
}

engine_drop_volume() {
    [ -n "$volume" ] || return 0
    case $engine in
    containerd) rm -rf --one-file-system "$E2E/volumes/${vol:?}" ;;
    *) "$engine" volume rm -f "$vol" >/dev/null 2>&1 || true ;;
    esac
}

# Where the service is reached: its address on docker's bridge, else in its network namespace.
engine_address() {
    case $engine in
    docker) docker inspect -f '{{.NetworkSettings.IPAddress}}' "$c" ;;
    *) echo 127.0.0.1 ;;
    esac
}

reach() {
    case $engine in
    docker) timeout 30 "$@" ;;
    *) timeout 30 nsenter -t "$(engine_pid)" -n "$@" ;;
    esac
}
