#!/bin/bash
# Real services from Debian's packages: under plain runc, hardened naively, and behind Sallyport.
#
#   tests/services/run.sh [--quick] [--record] [SERVICE...]
#
# Behind Sallyport each must answer its own protocol after the first start, take an exec, answer after a restart and
# after rm and a new container on the same volume, with its data, and the volume must be usable by turns with and without
# us. How naive hardening fares is told, not counted. --quick: four of them; --record writes docs/services.md.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$here/../e2e/lib.sh"

services=() record='' quick=''
for a in "$@"; do
    case $a in
    --quick) quick=1 ;;
    --record) record=1 ;;
    -*) sed -n '4,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    *) services+=("$a") ;;
    esac
done
if [ "${#services[@]}" = 0 ]; then
    if [ -n "$quick" ]; then
        services=(redis nginx python-app mosquitto)
    else
        mapfile -t services < <(cd "$here/list" && printf '%s\n' *.sh | sed 's/\.sh$//')
    fi
fi
cache=${SERVICES_CACHE:-$E2E_TOP/build/services}

# Packages need the network, which e2e_begin leaves behind.
if [ "$(id -u)" = 0 ] && [ -z "${E2E_INSIDE:-}" ]; then
    if ! command -v debootstrap >/dev/null || ! "$here/image.sh" "$cache" "${services[@]}"; then
        E2E_NAME=services
        skip services "no images: debootstrap and a Debian mirror are needed"
        e2e_end
        exit 0
    fi
fi
e2e_begin services "$@"
e2e_need dockerd docker containerd jq curl python3 nsenter setpriv
e2e_gate </dev/null
e2e_docker
docker import "$cache/base.tar" base >/dev/null
rows=$E2E/rows
: >"$rows"

# --- what the services' files use -----------------------------------------------------------

c=one
pid_of() { docker inspect -f '{{.State.Pid}}' "$c" 2>/dev/null; }
netns() { nsenter -t "$(pid_of)" -n timeout 10 "$@"; }
web() { local port=$1 path=$2; shift 2; netns curl -sS -f -m 5 "$@" "http://127.0.0.1:$port$path"; }
protocol() { netns python3 "$here/client.py" "$@"; }
talk() { protocol talk "$@"; }
inside() { timeout 20 docker exec "$c" "$@"; }
outside_put() { printf '%s\n' "$2" >"$E2E/docker/data/volumes/$vol/_data/$1"; }
ssh_login() { # USER KEY-IN-THE-IMAGE COMMAND
    tar -xOf "$cache/$service.tar" ".$2" >"$E2E/key"
    chmod 600 "$E2E/key"
    netns ssh -q -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes -i "$E2E/key" "$1@127.0.0.1" "$3"
}
wait_text() { # SECONDS COMMAND...: until it prints something
    local n=$1 text
    shift
    for ((; n > 0; n--)); do
        text=$("$@" 2>/dev/null) && [ -n "$text" ] && break
        sleep 1
    done
    printf '%s\n' "$text"
}

# --- one container --------------------------------------------------------------------------

image_of() {
    mkdir -p "$E2E/context"
    ln -f "$cache/$service.tar" "$E2E/context/layer.tar" 2>/dev/null || cp "$cache/$service.tar" "$E2E/context/layer.tar"
    printf 'FROM base\nADD layer.tar /\n%s\n' "$dockerfile" >"$E2E/context/Dockerfile"
    DOCKER_BUILDKIT=0 docker build -q -t "$service" "$E2E/context" >/dev/null
}

# start MODE: plain, naive or gate
start() {
    local opts=(-d --name "$c" --network none)
    [ -z "$volume" ] || opts+=(-v "$vol:$volume")
    case $1 in
    plain) opts+=(--runtime runc) ;;
    naive) opts+=(--runtime runc --user 65532 --read-only --cap-drop ALL --security-opt no-new-privileges) ;;
    esac
    docker run "${opts[@]}" "$service" 2>&1
}

running() { [ "$(docker inspect -f '{{.State.Running}}' "$c" 2>/dev/null)" = true ]; }

# Does it answer within its patience? What was last heard stays in $heard.
answers() {
    local left=$((patience * 2))
    for ((; left > 0; left--)); do
        running || { heard="exited: $(docker logs --tail 4 "$c" 2>&1)"; return 1; }
        heard=$(client 2>&1) && grep -Eq -- "$answer" <<<"$heard" && return 0
        sleep 0.5
    done
    heard="$heard; log: $(docker logs --tail 4 "$c" 2>&1)"
    return 1
}

keeps() { [ -n "$volume$layer" ]; }
gone() { docker rm -f "$c" >/dev/null 2>&1 || true; }
drop_volume() { [ -z "$volume" ] || docker volume rm -f "$vol" >/dev/null; }

# step TEXT COMMAND...: a check of this service; what follows a failure is not run.
bad=''
step() {
    local text=$1
    shift
    heard=''
    if [ -n "$bad" ]; then return 0; fi
    if "$@"; then
        ok "$service: $text"
    else
        bad=$text
        not_ok "$service: $text" "$heard"
        if [ -n "${E2E_KEEP:-}" ]; then tell; fi
    fi
}
tell() {
    docker logs --tail 20 "$c" 2>&1 | sed 's/^/    # log: /' || true
    records | tail -1 | jq -c '.result.findings[]? | [.rule, .enforcement, .msg]' | sed 's/^/    # /' || true
}
started() { heard=$(start "$1") && answers; }
restarted() { heard=$(docker restart -t 5 "$c" 2>&1) && answers; }
stored() { heard=$(put "$1" 2>&1); }
kept() { # the service may need a moment to have read its data
    local i
    for i in 1 2 3 4 5 6; do
        heard=$(get 2>&1) && grep -q -- "$1" <<<"$heard" && return 0
        sleep 0.5
    done
    heard="want $1, got $heard (try $i)"
    return 1
}
executes() { heard=$(inside id -u 2>&1) && [[ $heard =~ ^[0-9]+$ ]]; }

status_of() { awk -v k="$2:" '$1 == k {print $2; exit}' "/proc/$1/status"; }
shape() { # what the running container is like, as one JSON object
    local pid uids ro
    pid=$(pid_of)
    uids=$(docker top "$c" -eo pid,uid 2>/dev/null | awk 'NR > 1 {print $2}' | sort -nu | paste -sd,)
    ro=$(awk '$5 == "/" {print ($6 ~ /(^|,)ro(,|$)/) ? "true" : "false"; exit}' "/proc/$pid/mountinfo")
    jq -cn --arg uids "$uids" --arg eff "$(status_of "$pid" CapEff)" --arg bnd "$(status_of "$pid" CapBnd)" \
        --arg nnp "$(status_of "$pid" NoNewPrivs)" --arg seccomp "$(status_of "$pid" Seccomp)" --argjson ro "$ro" \
        '{uids: $uids, effective: $eff, bounding: $bnd, nnp: $nnp, seccomp: $seccomp, read_only: $ro}'
}
# Judged as what: the finding of run-as-non-root of the newest create.
judged() { records | jq -r 'select(.sallyport.operation == "create")' | jq -s -r '[last.result.findings[]? | select(.rule == "run-as-non-root") | .msg] | first // "kept its user"'; }

# --- one service ----------------------------------------------------------------------------

one_service() {
    service=$1 vol=data-$1 bad=''
    local plain=no naive=no gate=no was='{}' as='' why=''
    # shellcheck disable=SC2034 # image.sh reads it
    packages='' dockerfile='' volume='' layer='' answer='' patience=15
    unset -f client put get setup
    # shellcheck source=/dev/null
    . "$here/list/$service.sh"
    run image_of
    if [ "$rc" != 0 ]; then not_ok "$service: image" "$out"; return; fi

    step "plain runc: answers" started plain
    [ -n "$bad" ] || plain=yes
    gone
    drop_volume
    if start naive >/dev/null && patience=$((patience > 8 ? 8 : patience)) answers; then naive=yes; else naive="no: $(tail -1 <<<"$heard" | tr '|' ' ' | cut -c1-110)"; fi
    gone
    drop_volume

    step "first start: answers" started gate
    if [ -z "$bad" ]; then was=$(shape) as=$(judged); fi
    step "exec" executes
    if keeps; then step "takes data" stored first; step "gives data" kept first; fi
    step "restart: answers" restarted
    if keeps; then step "restart: data is there" kept first; fi
    gone
    step "rm and a new container: answers" started gate
    if [ -n "$volume" ]; then
        step "a new container: data is there" kept first
        gone
        step "back to plain runc: answers" started plain
        step "back to plain runc: data is there" kept first
        step "plain runc: takes data" stored second
        gone
        step "plain to Sallyport: answers" started gate
        step "plain to Sallyport: data is there" kept second
    fi
    if [ -z "$bad" ]; then gate=yes; else gate="no: $bad" why=$(printf '%s' "$heard" | tail -1 | tr '|' ' ' | cut -c1-110); fi
    gone
    drop_volume
    jq -cn --arg s "$service" --arg p "$plain" --arg n "$naive" --arg g "$gate" --arg judged "$as" --arg why "$why" --argjson was "$was" \
        '{service: $s, plain: $p, naive: $n, gate: $g, judged: $judged, why: $why} + $was' >>"$rows"
}

for s in "${services[@]}"; do one_service "$s"; done

table() {
    cat <<HEAD
# Real services behind Sallyport

Written by \`tests/services/run.sh --record\`. $(docker version --format 'docker {{.Server.Version}}'), $("$E2E_RUNC" --version | head -1), kernel $(uname -r), packages of Debian $(cat "$cache/base/etc/debian_version").

* plain: the service answers its own protocol under the runtime alone.
* naive: \`--user 65532 --read-only --cap-drop ALL --security-opt no-new-privileges\`, what is commonly asked for by hand.
* Sallyport: the default policy, nothing said about the image. First start, exec, restart, a new container on the same
  volume, the volume by turns without and with us: all answered, data kept.
* uids: of all processes, as the host sees them.

| service | plain | naive | Sallyport | uids | capabilities | weaker than asked | judged |
|---|---|---|---|---|---|---|---|
HEAD
    jq -r 'def weaker: [
            (if (.uids // "" | split(",") | index("0")) then "root of the host" else empty end),
            (if .nnp == "0" then "may gain privileges" else empty end),
            (if .read_only == false then "root file system writable" else empty end),
            (if .seccomp == "0" then "no seccomp filter" else empty end)] | if . == [] then "nothing" else join(", ") end;
        "| \(.service) | \(.plain) | \(.naive) | \(.gate)\(if .why != "" then ": " + .why else "" end) | \(.uids // "-") | \(if .bounding == "0000000000000000" then "none" else (.bounding // "-" | ltrimstr("00000000")) end) | \(weaker) | \(.judged | gsub("\\|"; " ")) |"' "$rows"
    jq -s -r '"\n\(length) services: plain \([.[] | select(.plain == "yes")] | length), naive \([.[] | select(.naive == "yes")] | length), Sallyport \([.[] | select(.gate == "yes")] | length); without root of the host \([.[] | select(.gate == "yes" and (.uids | split(",") | index("0") | not))] | length)."' "$rows"
}
table >"$E2E/table.md"
if [ -n "$record" ]; then cp "$E2E/table.md" "$E2E_TOP/docs/services.md"; fi
sed 's/^/# /' "$E2E/table.md" | grep '^# |'
e2e_end
