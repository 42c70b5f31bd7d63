#!/bin/bash
# docs/recipes.md, block by block: the command is refused without the settings and does its work with them, for the image
# that they name and no other.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin recipes "$@"
e2e_need dockerd docker containerd jq busybox ip curl
e2e_gate </dev/null
e2e_docker
PAGE=$E2E_TOP/docs/recipes.md

# block HEADING LANGUAGE: the first such block below the heading
block() { awk -v h="## $1" -v f="\`\`\`$2" '/^## / {on = ($0 == h)} on && $0 == f {in_ = 1; next} in_ && /^```$/ {exit} in_' "$PAGE"; }

# An image of busybox and some of this machine's programs: image NAME PROGRAM...
image() {
    local name=$1 root=$E2E/images/$1 p f
    shift
    mkdir -p "$root"
    e2e_rootfs "$root"
    for p in "$@"; do
        p=$(PATH=$PATH:/usr/sbin:/sbin command -v "$p") || continue # docker-proxy is not everywhere
        rm -f "$root/bin/${p##*/}"
        p=$(realpath "$p")
        { echo "$p"; ldd "$p" 2>/dev/null | grep -oE '/[^ ]+' || true; } | while read -r f; do
            mkdir -p "$root${f%/*}"
            [ -e "$root$f" ] || cp -L "$f" "$root$f"
        done
    done
    echo "$name" >"$root/etc/image"
    mkdir -p "$root/var/lib/kubelet"
    tar -C "$root" --numeric-owner -c . | docker import -c 'ENV PATH=/usr/local/bin:/bin:/usr/bin:/usr/sbin:/sbin' - "$name" >/dev/null
    rm -rf "$root"
}

# in_force IMAGE HEADING: the block's settings for that image
in_force() {
    local id
    id=$(docker image inspect -f '{{.Id}}' "$1")
    { printf 'runtime: %s\n' "$E2E_RUNC"; block "$2" yaml | sed "s|IMAGE-ID|\"$id\"|; s|/etc/sallyport/policies|$E2E/policies|"; } >/etc/sallyport/sallyport.yaml
    run sallyport policy activate --baseline "$E2E/baseline"
    worked "$2: the settings are activated"
}
nothing_special() {
    printf 'runtime: %s\n' "$E2E_RUNC" >/etc/sallyport/sallyport.yaml
    run sallyport policy activate --baseline "$E2E/baseline"
    [ "$rc" = 0 ] || not_ok "the default is back" "$out"
}

# recipe HEADING RULES(ERE) EXPECTED(ERE) PROGRAM...
recipe() {
    local heading=$1 rules=$2 expected=$3 script n
    local name=example/${heading,,}
    name=${name// /-}
    shift 3
    script=$(block "$heading" sh)
    image "$name" "$@"
    image "$name-other" "$@"
    n=$(record_count)
    run bash -c "$script"
    refused "$heading: without the recipe" "$n" "$rules"
    in_force "$name" "$heading"
    run bash -c "$script"
    if [ "$rc" = 0 ]; then has "$heading: does its work" "$expected" "$(tr '\n' ' ' <<<"$out")"; else not_ok "$heading: does its work" "exit $rc: $out"; fi
    n=$(record_count)
    run bash -c "${script//"$name"/"$name-other"}"
    refused "$heading: another image" "$n" "$rules"
}

mkdir -p /var/lib/kubelet "$E2E/kubelet/pods"
mount --bind "$E2E/kubelet" /var/lib/kubelet
mount --make-rshared /var/lib/kubelet

recipe VPN 'dangerous-capabilities|devices|device-cgroup' 'tun0'
n=$(record_count)
run bash -c "$(block VPN sh | sed 's|--rm|--rm --network host|')"
refused "VPN: in the host's network" "$n" 'host-network-namespace'
recipe 'CSI driver' 'dangerous-capabilities|mount-propagation|host-mounts' 'mounted'
has "CSI driver: its mount is the host's too" '/var/lib/kubelet/pods/volume' "$(cat /proc/mounts)"
recipe 'docker-in-docker' 'dangerous-capabilities|seccomp-profile' 'inner answers' dockerd docker containerd containerd-shim-runc-v2 ctr runc docker-proxy iptables
recipe 'Node agent' 'host-pid-namespace|host-network-namespace|host-mounts' ' [0-9]+/[0-9]+ .* 65534 .*CapEff:.0000000000000000'
recipe 'CI runner' 'engine-socket' 'OK.?[1-9][0-9]* .*sallyport: refused' curl docker

# The sandbox takes away: what is refused with it starts without it.
heading='AI-agent sandbox'
image example/ai-agent-sandbox
mkdir -p "$E2E/policies" "$E2E/srv"
block "$heading" rego >"$E2E/policies/agent.rego"
mapfile -t commands < <(block "$heading" refused | sed "s|/srv/project|$E2E/srv|")
nothing_special
for command in "${commands[@]}"; do
    run bash -c "$command"
    worked "$heading: without the recipe: $command"
done
in_force example/ai-agent-sandbox "$heading"
run bash -c "$(block "$heading" sh)"
if [ "$rc" = 0 ]; then has "$heading: does its work" 'CapEff:.*0000000000000000' "$out"; else not_ok "$heading: does its work" "exit $rc: $out"; fi
for command in "${commands[@]}"; do
    n=$(record_count)
    run bash -c "$command"
    refused "$heading: $command" "$n" '.*agent.*|resource-memory'
done
run docker run --rm example/ai-agent-sandbox true
worked "$heading: a container without the label is the default's"
e2e_end
