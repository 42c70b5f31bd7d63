# tests/e2e/lib.sh - real engines, started by the test in its own namespaces and directories. Sourced, not run.
#
# A script that sources this file calls `e2e_begin NAME "$@"` first: it starts itself again as pid 1 of new mount, pid
# and network namespaces, with a /run of its own and test directories bound over Sallyport's own paths. Nothing that the
# engines write lands outside "$E2E" and a tmpfs, and everything they started ends with the script.
#
# Output: `ok N - TEXT`, `not ok N - TEXT` and indented detail, `ok N - TEXT # SKIP WHY`; last line `N passed, N failed[, N skipped]`.
# shellcheck shell=bash
# shellcheck disable=SC2119,SC2120 # arguments are optional

set -euo pipefail

E2E_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
E2E_BUILD=${E2E_BUILD:-$E2E_TOP/build/release}
E2E_RUNC=${E2E_RUNC:-$(command -v runc || true)}
E2E_IMAGE=docker.io/library/busybox-test:latest
e2e_n=0 e2e_failed=0 e2e_skipped=0
E2E_PIDS=()

# --- results --------------------------------------------------------------------------------

ok() {
    e2e_n=$((e2e_n + 1))
    printf 'ok %d - %s\n' "$e2e_n" "$1"
}

not_ok() { # TEXT [DETAIL]
    e2e_n=$((e2e_n + 1)) e2e_failed=$((e2e_failed + 1))
    printf 'not ok %d - %s\n' "$e2e_n" "$1"
    [ -z "${2:-}" ] || printf '%s\n' "$2" | cut -c1-1000 | sed -n '1,20s/^/    # /p'
}

skip() { # TEXT WHY
    e2e_n=$((e2e_n + 1)) e2e_skipped=$((e2e_skipped + 1))
    printf 'ok %d - %s # SKIP %s\n' "$e2e_n" "$1" "$2"
}

# The command's output, standard error included, goes to $out, its status to $rc.
run() {
    rc=0
    if declare -F "$1" >/dev/null; then
        out=$("$@" 2>&1 </dev/null) || rc=$?
    else
        out=$(timeout "${E2E_TIMEOUT:-60}" "$@" 2>&1 </dev/null) || rc=$?
    fi
}

# The runtime's own example in the bundle, without a terminal, changed by each program in turn.
e2e_spec() { # BUNDLE JQ-PROGRAM...
    local at=$1/config.json program
    rm -f "$at"
    (cd "$1" && "$E2E_RUNC" spec)
    for program in '.process.terminal = false' "${@:2}"; do
        jq "$program" "$at" >"$1/c" && mv "$1/c" "$at"
    done
}

# A tool of tests/tools, built when it is not what its sources are; its path is printed.
e2e_tool() { # NAME
    local mode
    mode=$(basename "$E2E_BUILD")
    make -s -C "$E2E_TOP" MODE="$mode" "build/$mode/tests/tools/$1" >&2 && echo "$E2E_BUILD/tests/tools/$1"
}

is() { # TEXT WANT GOT
    if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "want: $2"$'\n'"got:  $3"; fi
}

has() { # TEXT PATTERN(ERE) GOT
    if grep -Eq -- "$2" <<<"$3"; then ok "$1"; else not_ok "$1" "no match for: $2"$'\n'"in: $3"; fi
}

lacks() { # TEXT PATTERN(ERE) GOT
    if grep -Eq -- "$2" <<<"$3"; then not_ok "$1" "matches: $2"$'\n'"in: $3"; else ok "$1"; fi
}

worked() { # TEXT: of the last `run`
    if [ "$rc" = 0 ]; then ok "$1"; else not_ok "$1" "exit $rc: $out"; fi
}

e2e_end() {
    local passed=$((e2e_n - e2e_failed - e2e_skipped))
    local line="$passed passed, $e2e_failed failed"
    [ "$e2e_skipped" = 0 ] || line+=", $e2e_skipped skipped"
    echo "$line"
    [ "$e2e_failed" = 0 ]
}

# --- the place ------------------------------------------------------------------------------

e2e_need() { # COMMAND...: end with a skip when one is missing
    local c
    for c in "$@"; do
        command -v "$c" >/dev/null && continue
        skip "$E2E_NAME" "$c is not installed"
        e2e_end
        exit 0
    done
}

e2e_begin() { # NAME "$@"
    E2E_NAME=$1
    shift
    if [ "$(id -u)" != 0 ]; then
        skip "$E2E_NAME" "needs root"
        e2e_end
        exit 0
    fi
    if [ "${E2E_INSIDE:-}" != "$PPID" ]; then
        # Not below /tmp: what others may write there is not believed, and neither would our files be.
        E2E=$(mktemp -d "${E2E_DIR:-/var/cache}/sallyport-e2e.XXXXXX")
        local rc=0 c d new=()
        for c in /sys/fs/cgroup /sys/fs/cgroup/*/; do
            for d in "${c%/}"/{docker,libpod_parent,default}; do [ -e "$d" ] || new+=("$d"); done
        done
        export E2E E2E_INSIDE=0 # inside, the parent's pid reads 0
        unshare -m -p -n -f --mount-proc --propagation private bash "$0" "$@" || rc=$?
        for d in "${new[@]}"; do [ ! -d "$d" ] || find "$d" -depth -type d -exec rmdir {} + 2>/dev/null || true; done
        if [ -z "${E2E_KEEP:-}" ]; then rm -rf --one-file-system "$E2E"; else echo "# kept: $E2E"; fi
        exit "$rc"
    fi
    [ -n "${E2E:-}" ]
    trap 'e2e_stop' EXIT
    chmod 755 "$E2E"
    mkdir -p "$E2E"/{bin,tmp}
    ip link set lo up 2>/dev/null || true
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir -p /run/lock
    # An install's directories, root's alone.
    local d
    for d in /etc/sallyport /var/lib/sallyport /var/log/sallyport; do
        mkdir -p "$E2E/own$d" "$d"
        mount --bind "$E2E/own$d" "$d"
    done
    mkdir -p /run/sallyport /var/lib/sallyport/policy
    chmod 700 /var/log/sallyport
    export TMPDIR=$E2E/tmp
}

# The first indented block of a page after the line that holds TEXT, without its indentation.
e2e_snippet() { # PAGE TEXT
    awk -v text="$2" '
        !found && index($0, text) { found = 1; next }
        found && /^    / { sub(/^    /, ""); print; started = 1; next }
        found && started && /^$/ { print; next }
        started { exit }' "$1" | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

# Directories of the machine that the test may change: what it writes there is gone with it.
e2e_own_tree() { # DIR...
    local d n
    for d in "$@"; do
        n=${d//\//_}
        mkdir -p "$E2E/tree$n"/{upper,work}
        mount -t overlay -o "lowerdir=$d,upperdir=$E2E/tree$n/upper,workdir=$E2E/tree$n/work" overlay "$d"
    done
}

e2e_stop() {
    local status=$? p
    set +e
    for p in "${E2E_PIDS[@]}"; do kill -TERM "$p" 2>/dev/null; done
    for p in "${E2E_PIDS[@]}"; do
        for _ in {1..50}; do kill -0 "$p" 2>/dev/null || break; sleep 0.1; done
        kill -KILL "$p" 2>/dev/null
    done
    # Containers that outlived their engines end here; so do their cgroups.
    awk '$2 ~ e {print $2}' e="^$E2E/" /proc/mounts | sort -r | while read -r m; do umount -l "$m" 2>/dev/null; done
    exit "$status"
}

wait_for() { # SECONDS COMMAND...
    local n=$(($1 * 10))
    shift
    while ! "$@" >/dev/null 2>&1; do
        n=$((n - 1))
        [ "$n" -gt 0 ] || return 1
        sleep 0.1
    done
}

# --- an image of one program ----------------------------------------------------------------

e2e_rootfs() { # DIR: busybox, two accounts
    local dir=$1 a
    mkdir -p "$dir"/{bin,dev,etc,home/app,proc,root,run,sys,tmp,usr/bin,var/lib/app,var/log}
    chmod 1777 "$dir/tmp"
    cp /bin/busybox "$dir/bin/busybox"
    for a in $("$dir/bin/busybox" --list); do [ "$a" = busybox ] || ln -sf busybox "$dir/bin/$a"; done
    printf 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$dir/etc/passwd"
    printf 'root:x:0:\napp:x:1000:\nnogroup:x:65534:\n' >"$dir/etc/group"
    chown -R 1000:1000 "$dir/home/app" "$dir/var/lib/app"
}

e2e_archive() { # FILE USER NAME [COMMAND]: an image archive that docker, containerd and podman all load; COMMAND as JSON
    local file=$1 user=$2 name=$3 command=${4:-} work
    work=$(mktemp -d)
    e2e_rootfs "$work/rootfs"
    tar -C "$work/rootfs" --numeric-owner -cf "$work/layer.tar" .
    local layer config
    layer=$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
    jq -cn --arg user "$user" --argjson command "${command:-[\"/bin/sh\"]}" --arg diff "sha256:$layer" '{architecture: "amd64", os: "linux", created: "2026-01-01T00:00:00Z",
        config: {User: $user, Cmd: $command, Env: ["PATH=/bin:/usr/bin"], WorkingDir: "/"},
        rootfs: {type: "layers", diff_ids: [$diff]}, history: [{created: "2026-01-01T00:00:00Z", created_by: "test"}]}' >"$work/config"
    config=$(sha256sum "$work/config" | cut -d' ' -f1)
    mkdir "$work/image"
    mv "$work/config" "$work/image/$config.json"
    mkdir "$work/image/$layer"
    mv "$work/layer.tar" "$work/image/$layer/layer.tar"
    jq -cn --arg c "$config.json" --arg l "$layer/layer.tar" --arg n "$name" '[{Config: $c, RepoTags: [$n], Layers: [$l]}]' >"$work/image/manifest.json"
    tar -C "$work/image" -cf "$file" manifest.json "$config.json" "$layer"
    rm -rf "$work"
}

# --- Sallyport ------------------------------------------------------------------------------

sallyport() { "$E2E/bin/sallyport" "$@"; }

# Install the programs, write settings (standard input: more of them), activate.
e2e_gate() {
    local p
    for p in sallyport-runtime sallyport-hook sallyport; do
        [ -x "$E2E_BUILD/$p" ] || continue
        install -m 755 "$E2E_BUILD/$p" "$E2E/bin/$p"
    done
    E2E_SHIM=$E2E/bin/sallyport-runtime
    { printf 'runtime: %s\n' "$E2E_RUNC"; cat; } >/etc/sallyport/sallyport.yaml
    chmod 644 /etc/sallyport/sallyport.yaml
    cp -r "$E2E_TOP/policy/baseline" "$E2E/baseline"
    run sallyport policy activate --baseline "$E2E/baseline"
    worked "policy activate compiles settings and baseline"
    if [ "$rc" != 0 ]; then e2e_end; exit 1; fi
}

# Plain runc in place of the shim: what the engines do without us.
e2e_plain() { E2E_SHIM=$E2E_RUNC; }

records() { sallyport audit tail --format json --all 2>/dev/null; }
record_count() { records | jq -s 'length'; }

# --- engines --------------------------------------------------------------------------------

# Start dockerd on its usual socket, in our /run; E2E_BRIDGE: its network, none by default, "" for a bridge of its own.
e2e_docker() {
    mkdir -p "$E2E"/docker/{data,exec,client} /run/docker
    echo '{}' >"$E2E/docker/client/config.json"
    jq -n --arg shim "$E2E_SHIM" --arg e "$E2E/docker" --arg bridge "${E2E_BRIDGE-none}" '{"data-root": ($e + "/data"), "exec-root": ($e + "/exec"),
        pidfile: ($e + "/pid"), hosts: ["unix:///run/docker.sock"], runtimes: {gate: {path: $shim}}, "default-runtime": "gate",
        iptables: false, ip6tables: false, bridge: $bridge, "log-level": "warn"} + $more' --argjson more "${E2E_DOCKER_MORE:-"{}"}" >"$E2E/docker/daemon.json"
    # In our own network: without it newer clients print a warning at every start.
    echo 1 >/proc/sys/net/ipv4/ip_forward 2>/dev/null || true
    PATH=$PATH:/usr/sbin:/sbin dockerd --config-file "$E2E/docker/daemon.json" >"$E2E/docker/log" 2>&1 &
    E2E_PIDS+=($!)
    export DOCKER_HOST=unix:///run/docker.sock DOCKER_CONFIG=$E2E/docker/client
    if ! wait_for 40 docker version; then
        not_ok "dockerd starts" "$(tail -5 "$E2E/docker/log")"
        e2e_end
        exit 1
    fi
    e2e_archive "$E2E/image.tar" "${1:-}" "$E2E_IMAGE"
    docker load -q -i "$E2E/image.tar" >/dev/null
}

# A docker client that builds by BuildKit: Debian 12's own can, later ones by a plugin; nothing where there is none.
e2e_buildkit() {
    local c
    for c in docker /usr/bin/docker; do
        if DOCKER_BUILDKIT=1 "$c" build --help 2>&1 | grep -q -- --secret; then echo "$c"; return; fi
    done
}

e2e_containerd() {
    mkdir -p "$E2E"/containerd
    printf 'version = 2\nroot = "%s/root"\nstate = "/run/containerd"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\n  address = "/run/containerd/containerd.sock"\n' \
        "$E2E/containerd" >"$E2E/containerd/config.toml"
    containerd --config "$E2E/containerd/config.toml" >"$E2E/containerd/log" 2>&1 &
    E2E_PIDS+=($!)
    if ! wait_for 30 ctr version; then
        not_ok "containerd starts" "$(tail -5 "$E2E/containerd/log")"
        e2e_end
        exit 1
    fi
    e2e_archive "$E2E/image.tar" "${1:-}" "$E2E_IMAGE"
    ctr image import "$E2E/image.tar" >/dev/null
}

# crictl, which Debian has not: built from its module, outside of the namespaces, where there is a network. Call it
# before e2e_begin.
e2e_build_crictl() {
    E2E_CRICTL=$E2E_TOP/build/e2e/crictl
    if [ -x "$E2E_CRICTL" ] || ! command -v go >/dev/null; then return 0; fi
    mkdir -p "${E2E_CRICTL%/*}"
    (cd "$E2E_TOP/tests/e2e/crictl" && timeout 500 go build -o "$E2E_CRICTL" sigs.k8s.io/cri-tools/cmd/crictl) >/dev/null 2>&1 || true
}

# containerd with its CRI: the gate is the runtime of every pod.
e2e_cri() { # [USER]
    mkdir -p "$E2E"/containerd "$E2E"/cni
    jq -n '{cniVersion: "0.4.0", name: "test", plugins: [{type: "bridge", bridge: "cni0", isGateway: true,
        ipam: {type: "host-local", ranges: [[{subnet: "10.88.0.0/16"}]], dataDir: "/run/cni"}}]}' >"$E2E/cni/1.conflist"
    cat >"$E2E/containerd/config.toml" <<CRI
version = 2
root = "$E2E/containerd/root"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/library/pause-test:latest"
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "$E2E/cni"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  BinaryName = "$E2E_SHIM"
CRI
    PATH=$PATH:/usr/sbin:/sbin containerd --config "$E2E/containerd/config.toml" >"$E2E/containerd/log" 2>&1 &
    E2E_PIDS+=($!)
    export CONTAINER_RUNTIME_ENDPOINT=unix:///run/containerd/containerd.sock
    export IMAGE_SERVICE_ENDPOINT=$CONTAINER_RUNTIME_ENDPOINT
    if ! wait_for 30 "$E2E_CRICTL" info; then
        not_ok "containerd's CRI starts" "$(tail -5 "$E2E/containerd/log")"
        e2e_end
        exit 1
    fi
    e2e_archive "$E2E/image.tar" "${1:-}" "$E2E_IMAGE"
    e2e_archive "$E2E/pause.tar" 65535:65535 docker.io/library/pause-test:latest '["sleep", "1000000"]'
    ctr -n k8s.io image import "$E2E/image.tar" >/dev/null
    ctr -n k8s.io image import "$E2E/pause.tar" >/dev/null
}

# ctr run with our binary: ctr_run ID [OPTION...] -- COMMAND...
ctr_run() {
    local id=$1 opts=()
    shift
    while [ "$1" != -- ]; do opts+=("$1"); shift; done
    shift
    timeout "${E2E_TIMEOUT:-60}" ctr run --rm --runtime io.containerd.runc.v2 --runc-binary "$E2E_SHIM" "${opts[@]}" "$E2E_IMAGE" "$id" "$@"
}

e2e_podman() {
    mkdir -p "$E2E"/podman/{root,tmp}
    # default_ulimits: podman's own raise limits that a small machine's root may not.
    printf '[containers]\ndefault_ulimits = []\nlog_driver = "k8s-file"\n[engine]\nruntime = "gate"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\nruntime_supports_json = ["gate"]\n[engine.runtimes]\ngate = ["%s"]\n' \
        "$E2E_SHIM" >"$E2E/podman/containers.conf"
    printf '[storage]\ndriver = "overlay"\nrunroot = "/run/containers/storage"\ngraphroot = "%s/root"\n' "$E2E/podman" >"$E2E/podman/storage.conf"
    export CONTAINERS_CONF=$E2E/podman/containers.conf CONTAINERS_STORAGE_CONF=$E2E/podman/storage.conf
    export PODMAN_IGNORE_CGROUPSV1_WARNING=1
    e2e_archive "$E2E/image.tar" "${1:-}" "$E2E_IMAGE"
    run podman load -q -i "$E2E/image.tar"
    if [ "$rc" != 0 ]; then
        not_ok "podman loads an image" "$out"
        e2e_end
        exit 1
    fi
}
