# tests/bench/documents.sh - what the bench and the budget of a start run: documents as engines write them, where engines have
# them. Sourced after tests/e2e/lib.sh and e2e_begin.
# shellcheck shell=bash

# ROUNDS [DOCKERS-CONFIG.JSON]: programs in $E2E/bin, the gate with a runtime that does nothing, $E2E/{runc,docker,bind}.json;
# sets B, the bundle, and args, the call. Containers are b0 to b(ROUNDS - 1).
bench_documents() {
    gcc -O2 -static -o "$E2E/bin/start" "$E2E_TOP/tests/bench/start.c"
    gcc -O2 -static -o "$E2E/bin/noop" "$E2E_TOP/tests/bench/start_noop.c"
    gcc -O2 -static -DTARGET="\"$E2E/bin/noop\"" -o "$E2E/bin/wrapper" "$E2E_TOP/tests/bench/start_noop.c"
    E2E_RUNC=$E2E/bin/noop e2e_gate <<<'family: runc'

    # The bundle in memory, as containerd has it; the root file system on disk.
    B=/run/containerd/io.containerd.runtime.v2.task/moby/web
    mkdir -p "$B"
    e2e_rootfs "$E2E/rootfs"
    (cd "$B" && command runc spec)
    jq --arg r "$E2E/rootfs" '.process.terminal = false | .root.path = $r' "$B/config.json" >"$E2E/runc.json"
    # Docker's document where Docker has it: an overlay and the container's files below its data root, called by containerd's shim.
    D=$E2E/docker HEX=$(printf '%064d' 7)
    mkdir -p "$D/overlay2/$HEX"/{upper,work,merged} "$D/containers/$HEX"
    mount -t overlay -o "lowerdir=$E2E/rootfs,upperdir=$D/overlay2/$HEX/upper,workdir=$D/overlay2/$HEX/work" overlay "$D/overlay2/$HEX/merged"
    touch "$D/containers/$HEX/"{resolv.conf,hostname,hosts}
    jq -n '{Name: "/web", Image: "sha256:1", Config: {Image: "nginx:1", Labels: {a: "b"}, Healthcheck: null}}' >"$D/containers/$HEX/config.v2.json"
    for ((i = 0; i < $1; i++)); do
        mkdir "$D/containers/b$i"
        ln "$D/containers/$HEX/config.v2.json" "$D/containers/b$i/"
    done
    jq --arg r "$D/overlay2/$HEX/merged" --arg f "$D/containers/$HEX/" '.root.path = $r | del(.hooks, .linux.cgroupsPath)
        | .mounts[] |= if .type == "bind" then .source = $f + (.source | split("/") | last) else . end' \
        "${2:-$E2E_TOP/tests/fixtures/docker-default.json}" >"$E2E/docker.json"
    cp "$E2E/bin/start" "$E2E/bin/containerd-shim-runc-v2"
    # What somebody binds is looked for among all mounts of the host.
    mkdir "$E2E/data" "$E2E/files" "$E2E/points"
    chown 1000:1000 "$E2E/data"
    jq --arg d "$E2E/data" '.mounts += [{destination: "/data", type: "bind", source: $d, options: ["rbind", "ro"]}]' "$E2E/runc.json" >"$E2E/bind.json"
    # What is to be read and root's alone: the start gets a user namespace.
    mkdir "$E2E/keys"
    jq --arg d "$E2E/keys" '.mounts += [{destination: "/keys", type: "bind", source: $d, options: ["rbind", "ro"]}]' "$E2E/runc.json" >"$E2E/mapped.json"
    # shellcheck disable=SC2034 # the caller's
    args=(--root "$E2E/r" --log "$E2E/log.json" --log-format json create --bundle "$B" --pid-file "$E2E/pid")
}
