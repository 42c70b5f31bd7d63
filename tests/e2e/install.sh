#!/bin/bash
# INSTALL's own lines: each snippet is taken from the page, put where it says, and the engine is started on it.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin install "$@"
e2e_need runc dockerd docker containerd podman jq busybox
e2e_own_tree /usr /etc /var/lib/dpkg
# What /etc held of ours before is still in the way.
mount --bind "$E2E/own/etc/sallyport" /etc/sallyport
rm -rf /etc/docker /etc/containerd /etc/containers/containers.conf.d/*
page=$E2E_TOP/INSTALL

snippet() { e2e_snippet "$page" "$1"; }
put() { # PATH [TEXT]
    mkdir -p "$(dirname "$1")"
    snippet "${2:-$1:}" >"$1"
    if [ -s "$1" ]; then ok "INSTALL has lines for $1"; else not_ok "INSTALL has lines for $1"; fi
}

# --- by make install and what the page says after it
snippet 'or without a package' >"$E2E/steps"
for step in 'make' 'make install' 'sallyport policy activate' 'sallyport divert on'; do
    has "INSTALL says: $step" "^$step( |\$)" "$(cat "$E2E/steps")"
done
run make -s -C "$E2E_TOP" MODE="${E2E_BUILD##*/}" WERROR="${E2E_WERROR:-1}" install
worked "make install"
sallyport() { /usr/bin/sallyport "$@"; }
run sallyport policy activate
worked "sallyport policy activate"
run sallyport doctor
worked "sallyport doctor"
run man -l -P cat /usr/share/man/man8/sallyport.8
if [ "$rc" = 0 ]; then ok "the man page reads"; else skip "the man page reads" "no man here"; fi

# A container of the engine is hardened, and a dangerous one refused: ENGINE COMMAND...
gated() {
    local engine=$1 n
    shift
    n=$(record_count)
    run "$@" "$E2E_IMAGE" sh -c "$INSIDE"
    worked "$engine starts a container by INSTALL's lines"
    hardened "$engine" "$out"
    one_record "$engine" "$n" create harden
    is "$engine: named in the record" "$engine" "$(field "$(newest)" .sallyport.container.engine)"
    n=$(record_count)
    run "$@" --pid=host "$E2E_IMAGE" true
    refused "$engine --pid=host" "$n" host-pid-namespace
}

# --- Docker
put /etc/docker/daemon.json
mkdir -p "$E2E/docker/client"
echo "{}" >"$E2E/docker/client/config.json"
export DOCKER_HOST=unix:///run/docker.sock DOCKER_CONFIG=$E2E/docker/client
dockerd --data-root "$E2E/docker/data" --exec-root "$E2E/docker/exec" --pidfile "$E2E/docker/pid" --host "$DOCKER_HOST" \
    --iptables=false --ip6tables=false --bridge none >"$E2E/docker/log" 2>&1 &
E2E_PIDS+=($!)
wait_for 40 docker version || not_ok "dockerd starts" "$(tail -5 "$E2E/docker/log")"
e2e_archive "$E2E/image.tar" "" "$E2E_IMAGE"
docker load -q -i "$E2E/image.tar" >/dev/null
gated docker docker run --rm
has "doctor sees it" 'good docker' "$(sallyport doctor | tr -s ' ')"

# --- a wrapper in front of us, as NVIDIA's is: what it adds is judged
put /etc/nvidia-container-runtime/config.toml
cat >/usr/bin/nvidia-container-runtime <<'WRAPPER'
#!/bin/bash
# Adds to the document what /run/adds says, and calls the runtime that its configuration names.
next=$(sed -n 's/^ *runtimes = \["\(.*\)"\]/\1/p' /etc/nvidia-container-runtime/config.toml)
for a; do [ "${last:-}" != --bundle ] || bundle=$a; last=$a; done
if [ -n "${bundle:-}" ]; then jq "$(cat /run/adds)" "$bundle/config.json" >"$bundle/c" && mv "$bundle/c" "$bundle/config.json"; fi
exec "$next" "$@"
WRAPPER
printf '#!/bin/sh\ncat >/dev/null\necho ran >>/run/hook-ran\n' >/usr/bin/nvidia-container-runtime-hook
chmod 755 /usr/bin/nvidia-container-runtime*
jq '.runtimes.nvidia = {path: "/usr/bin/nvidia-container-runtime"}' /etc/docker/daemon.json >"$E2E/d" && cp "$E2E/d" /etc/docker/daemon.json
kill -HUP "${E2E_PIDS[0]}"
wait_for 10 sh -c 'docker info 2>/dev/null | grep -q nvidia'
echo '.hooks.prestart += [{path: "/usr/bin/nvidia-container-runtime-hook", args: ["nvidia-container-runtime-hook", "prestart"]}]
    | .process.env += ["NVIDIA_VISIBLE_DEVICES=all"]' >/run/adds
n=$(record_count)
run docker run --rm --runtime nvidia "$E2E_IMAGE" true
refused "a wrapper's hook that no setting allows" "$n" hooks
snippet 'until the settings allow the program' >"$E2E/allow"
run bash -e "$E2E/allow"
worked "INSTALL's lines allow it"
run docker run --rm --runtime nvidia "$E2E_IMAGE" sh -c "$INSIDE"
worked "a wrapper before the gate starts a container"
hardened "it" "$out"
is "its hook ran" ran "$(cat /run/hook-ran 2>/dev/null)"
echo '.mounts += [{destination: "/host", type: "bind", source: "/", options: ["rbind", "ro"]}]' >/run/adds
n=$(record_count)
run docker run --rm --runtime nvidia "$E2E_IMAGE" true
refused "what a wrapper adds" "$n" host-mounts

# --- Podman
put /etc/containers/containers.conf.d/sallyport.conf
printf '[containers]\ndefault_ulimits = []\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n' >/etc/containers/containers.conf.d/zz.conf
mkdir -p "$E2E/podman"
printf '[storage]\ndriver = "overlay"\nrunroot = "/run/containers/storage"\ngraphroot = "%s"\n' "$E2E/podman" >/etc/containers/storage.conf
podman load -q -i "$E2E/image.tar" >/dev/null 2>&1
gated podman podman run --rm --network none
has "doctor sees it" 'good podman' "$(sallyport doctor | tr -s ' ')"

# --- hooks.d, with a runtime that is not the gate
snippet 'Where the runtime cannot be replaced, hooks' >"$E2E/hooks"
run bash -e "$E2E/hooks"
worked "INSTALL's lines for hooks.d"
n=$(record_count)
run podman --runtime "$(command -v runc)" --hooks-dir /etc/containers/oci/hooks.d run --rm --network none "$E2E_IMAGE" sh -c "$INSIDE"
worked "podman with plain runc and the hooks starts a container"
is "which the precreate hook has hardened" "1 2" "$(inside "$out" NoNewPrivs) $(inside "$out" Seccomp)"
has "with records" '^[1-9]' "$(($(record_count) - n))"
run podman --runtime "$(command -v runc)" --hooks-dir /etc/containers/oci/hooks.d run --rm --network none --pid=host "$E2E_IMAGE" true
is "and a dangerous one is refused, before there is one" "126 refuse host-pid-namespace" "$rc $(newest | jq -r '"\(.result.verdict) \(.result.refusals[0].rule)"')"
rm -rf /etc/containers/oci/hooks.d

# --- the other pages' lines are well-formed and name what is installed
for text in 'of containerd 1.x' 'for containerd 2.x' 'in containerd 1.x:' /etc/crio/crio.conf.d/sallyport.conf: /etc/nvidia-container-runtime/config.toml:; do
    snippet "$text" >"$E2E/toml"
    run python3 -c 'import sys, tomllib; tomllib.load(open(sys.argv[1], "rb")); assert "/usr/bin/sallyport-runtime" in open(sys.argv[1]).read()' "$E2E/toml"
    worked "the lines after '$text' are TOML that names the gate"
done
run containerd --config <(snippet 'of containerd 1.x') config dump
has "containerd reads its lines" 'BinaryName = "/usr/bin/sallyport-runtime"' "$out"

verifies
e2e_end
