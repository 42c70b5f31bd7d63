#!/bin/bash
# Real services from Debian's packages: under plain runc, hardened naively, and behind Sallyport.
#
#   tests/services/run.sh [--only NAME,...] [--set quick|known|held|later|all] [--engine docker|podman|containerd]
#                         [--level LEVEL,...] [--table FILE] [--again]
#
# Behind Sallyport each must answer its own client after the first start, take an exec, pass its health check, answer
# after a restart and after rm and a new container on the same volume with its data, and stop as it does without us; its
# volume must be usable by turns with and without us. How naive hardening fares is told, not counted.
#
# Results are kept below the cache, each with the gate and the service it is of: what was measured already is told
# and not run again, unless with --again. --table writes all results there. --set: held are the services added after
# the rules were frozen, later those added after they were frozen again and once more, known the others; quick are eight, without naive
# hardening. Default: all of them, docker, baseline.
# $SERVICES_SLOW: how many times as long to wait, on a busy machine.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$here/../e2e/lib.sh"
# shellcheck source=tests/services/engine.sh
. "$here/engine.sh"

usage() { sed -n '4,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
quick=(redis nginx postgres python-app mosquitto static-binary drop-entry haproxy)
args=("$@") services=() set=all engine=docker levels=(baseline) table='' again=''
while [ $# -gt 0 ]; do
    case $1 in
    --only) IFS=, read -ra services <<<"${2:?}"; shift ;;
    --set) set=${2:?}; shift ;;
    --engine) engine=${2:?}; shift ;;
    --level) IFS=, read -ra levels <<<"${2:?}"; shift ;;
    --table) table=$(realpath -m "${2:?}"); shift ;;
    --again) again=1 ;;
    *) usage ;;
    esac
    shift
done
case $engine in docker | podman | containerd) ;; *) usage ;; esac

names() { (cd "$here/list" && printf '%s\n' *.sh | sed 's/\.sh$//'); }
is_held() { grep -qx "held=$2" "$here/list/$1.sh"; } # NAME TIME: 1, 2, 3
if [ "${#services[@]}" = 0 ]; then
    case $set in
    quick) services=("${quick[@]}") ;;
    known) for s in $(names); do is_held "$s" '[1-9]' || services+=("$s"); done ;;
    held) for s in $(names); do ! is_held "$s" 1 || services+=("$s"); done ;;
    later) for s in $(names); do ! is_held "$s" '[2-9]' || services+=("$s"); done ;;
    all) mapfile -t services < <(names) ;;
    *) usage ;;
    esac
fi
cache=${SERVICES_CACHE:-/var/cache/sallyport-services}
results=${SERVICES_RESULTS:-$cache/results}

# Packages need the network, which e2e_begin leaves behind.
if [ "$(id -u)" = 0 ] && [ -z "${E2E_INSIDE:-}" ]; then
    E2E_NAME=services
    if ! command -v debootstrap >/dev/null || ! "$here/image.sh" "$cache" "${services[@]}"; then
        skip services "no images: debootstrap and a Debian mirror are needed"
        e2e_end
        exit 0
    fi
fi
e2e_begin services "${args[@]}"
case $engine in docker) e2e_need dockerd docker containerd ;; podman) e2e_need podman conmon ;; containerd) e2e_need containerd ctr ;; esac
e2e_need jq curl python3 nsenter ip ssh
settings() { printf 'level: %s\n' "$1"; }
e2e_gate < <(settings "${levels[0]}")
active=${levels[0]}
gate=$(cat "$E2E_SHIM" "$E2E_TOP"/policy/baseline/*.rego | sha256sum | cut -c1-12)
engine_begin
version=$(engine_version)

# --- what the services' files use -----------------------------------------------------------

web() { local port=$1 path=$2; shift 2; reach curl -sS -f -m 10 "$@" "http://$at:$port$path"; }
protocol() { SERVICE_HOST=$at reach python3 "$here/client.py" "$@"; }
talk() { protocol talk "$@"; }
inside() { engine_exec "$@"; }
outside_put() { printf '%s\n' "$2" >"$(engine_volume)/$1"; }
# The service's own client program, from its layer over the base, outside any container.
from_client() {
    local root=$E2E/client/$service
    if [ ! -d "$root/tmp" ]; then
        mkdir -p "$root"
        mount -t overlay -o "ro,lowerdir=$cache/$service/upper:$cache/base" overlay "$root"
        mount -t tmpfs tmpfs "$root/tmp"
        mount --bind /dev "$root/dev"
        mount -t proc proc "$root/proc"
    fi
    reach chroot "$root" "$@"
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
# Data that no client can write but that stays what it is as long as the volume is kept: same_put NAME COMMAND... notes
# it down, same_get COMMAND... prints the names under which it was noted.
same_put() { local name=$1; shift; "$@" >"$E2E/tmp/same.$service.$name"; }
same_get() { local value; value=$("$@") && grep -lxF -- "$value" "$E2E/tmp/same.$service".*; }

# --- one container --------------------------------------------------------------------------

# The health check as the words of a command: `http PORT PATH`, `tcp PORT`, `CMD WORD...`, else a shell's.
health_words() {
    local port path
    case $1 in
    http\ *) read -r _ port path <<<"$1"; printf '%s\n' bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; printf 'GET $path HTTP/1.0\r\n\r\n' >&3; grep -aq '^HTTP/[^ ]* 2' <&3" ;;
    tcp\ *) printf '%s\n' bash -c "exec 3<>/dev/tcp/127.0.0.1/${1#tcp }" ;;
    CMD\ *) tr ' ' '\n' <<<"${1#CMD }" ;;
    *) printf '%s\n' sh -c "$1" ;;
    esac
}

# What a service's file may leave out.
defaults() {
    # shellcheck disable=SC2034 # image.sh reads some
    packages='' scratch='' dockerfile='' options='' volume='' layer='' answer='' patience=15 held=0 identity='id -u' health=''
    unset -f client put get setup outside
}

image_of() {
    local layers=("$cache/base.tar" "$cache/$service.tar") test
    [ -z "$scratch" ] || layers=("$cache/$service.tar")
    test=$(printf '%s\n' CMD "${health_words[@]}" | jq -Rnc '{Test: [inputs], Interval: 2e9, Timeout: 1e10, Retries: 20}')
    [ "$engine" = docker ] || test=null
    printf '%s\nHEALTHCHECK %s\n' "$dockerfile" "$test" | python3 "$here/pack.py" "$image" "${layers[@]}" | engine_load
}

# Does it answer within its patience? What was last heard stays in $heard.
answers() {
    local end=$((SECONDS + patience * ${SERVICES_SLOW:-1}))
    at=$(engine_address) || at=
    while :; do
        engine_running || { heard="exited: $(engine_logs 4)"; return 1; }
        heard=$(client 2>&1) && grep -Eq -- "$answer" <<<"$heard" && return 0
        [ "$SECONDS" -lt "$end" ] || break
        sleep 0.5
    done
    heard="$heard; log: $(engine_logs 4)"
    return 1
}

keeps() { [ -n "$volume$layer" ] && declare -F put >/dev/null; }
data() { if keeps; then check "$@"; fi; } # a check of what it keeps

# check TEXT COMMAND...: a check of this service; what follows a failure is not run.
check() {
    local text=$1
    shift
    if [ -n "$bad" ]; then return 0; fi
    heard=''
    if ! "$@"; then
        bad=$text why=$heard
        tell >"$row.log"
    fi
}
tell() {
    printf '%s\n%s\n--- log\n' "$bad" "$heard"
    engine_logs 40 || true
    echo '--- record'
    newest_create | jq . || true
}
started() { heard=$(engine_start "$1") && answers; }
restarted() { heard=$(engine_restart) && answers; }
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
# shellcheck disable=SC2086 # several words
executes() { heard=$(inside $identity 2>&1) && [[ $heard =~ ^[0-9]+$ ]]; }
healthy() {
    local i
    for ((i = 0; i < 40 * ${SERVICES_SLOW:-1}; i++)); do
        heard=$(engine_health 2>&1)
        [ "$heard" != healthy ] || return 0
        sleep 0.5
    done
    heard="$heard after $i looks"
    return 1
}
stops() { # $1: the status it must end with; 143 is TERM's own, 137 a killed one
    local got
    got=$(engine_stop 2>/dev/null) || true
    heard="exit status ${got:-0}, under runc ${1:-any}"
    stopped=$got
    [ -z "$1" ] || [ "$got" = "$1" ]
}

# --- what became of it ----------------------------------------------------------------------

newest_create() { records | jq -c 'select(.sallyport.operation == "create")' | tail -1; }
status_of() { awk -v k="$2:" '$1 == k {print $2; exit}' "/proc/$1/status"; }
uids_of() { # of all processes in the pid namespace of process $1, as the host sees them
    local p ns
    ns=$(readlink "/proc/$1/ns/pid")
    for p in /proc/[0-9]*; do
        if [ "$(readlink "$p/ns/pid" 2>/dev/null)" = "$ns" ]; then awk '$1 == "Uid:" {print $3}' "$p/status" 2>/dev/null || true; fi
    done | sort -nu | paste -sd,
}
shape() { # what the running container is like, as one JSON object
    local pid ro
    pid=$(engine_pid)
    ro=$(awk '$5 == "/" {print ($6 ~ /(^|,)ro(,|$)/) ? "true" : "false"; exit}' "/proc/$pid/mountinfo")
    jq -cn --arg uids "$(uids_of "$pid")" --arg eff "$(status_of "$pid" CapEff)" --arg bnd "$(status_of "$pid" CapBnd)" \
        --arg nnp "$(status_of "$pid" NoNewPrivs)" --arg seccomp "$(status_of "$pid" Seccomp)" --argjson ro "${ro:-false}" \
        --argjson userns "$(if [ "$(readlink "/proc/$pid/ns/user")" = "$(readlink /proc/self/ns/user)" ]; then echo false; else echo true; fi)" \
        '{uids: $uids, effective: $eff, bounding: $bnd, nnp: ($nnp == "1"), seccomp: ($seccomp == "2"), read_only: $ro, userns: $userns}'
}
# What the gate changed by which rule, and what it says stayed weak, from the record of the newest create.
told() {
    newest_create | jq -c '{
        changed: [.result.findings[]? | select(.fixed) | .rule] | unique,
        places: [.result.patch[]? | .path] | unique,
        actions: [.result.actions[]? | .action] | unique,
        user: ([.result.findings[]? | select(.rule == "run-as-non-root") | .msg] | first // "kept its user"),
        weak: [.result.findings[]? | select(.enforcement == "warn" and (.fixed | not)) | "\(.rule): \(.msg)"] | unique}'
}

# --- one service ----------------------------------------------------------------------------

fresh() { engine_remove; engine_drop_volume; rm -f "$E2E/tmp/same.$service".*; }

life_plain() {
    check "first start" started plain
    check "exec" executes
    check "health check" healthy
    data "takes data" stored first
    data "gives data" kept first
    check "restart" restarted
    data "data after a restart" kept first
    check "stop" stops ''
    engine_remove
    if [ -n "$volume" ]; then
        check "new container" started plain
        data "data in a new container" kept first
    fi
}

life_naive() {
    [ "$patience" -le 8 ] || patience=8
    check "first start" started naive
    check "exec" executes
    data "takes data" stored first
    data "gives data" kept first
    check "restart" restarted
    data "data after a restart" kept first
}

life_gate() {
    local ends=$1
    if [ -n "$volume" ]; then # a volume of plain runc's
        check "under plain runc" started plain
        data "plain runc takes data" stored zero
        engine_remove
        check "on a volume of plain runc's" started gate
        data "plain runc's data" kept zero
        fresh
    fi
    check "first start" started gate
    if [ -z "$bad" ]; then became=$(shape); fi
    check "exec" executes
    check "health check" healthy
    data "takes data" stored first
    data "gives data" kept first
    check "restart" restarted
    data "data after a restart" kept first
    check "stop" stops "$ends"
    engine_remove
    check "new container" started gate
    if [ -n "$volume" ]; then
        data "data in a new container" kept first
        engine_remove
        check "back to plain runc" started plain
        data "data, back to plain runc" kept first
        data "plain runc takes data again" stored second
        engine_remove
        check "from plain runc again" started gate
        data "data, from plain runc again" kept second
    fi
}

row_of() { echo "$results/$engine/$1/$service.json"; }

is_known() { [ -z "$again" ] && [ "$(jq -r .key "$(row_of "$1")" 2>/dev/null)" = "$2" ]; } # VARIANT KEY

# measure VARIANT KEY LIFE...: run it unless its result is known, keep the result, tell it.
measure() {
    local variant=$1 key=$2 from=$SECONDS bad='' why='' became='{}' say='{}' stopped='' row
    shift 2
    row=$(row_of "$variant")
    mkdir -p "${row%/*}"
    if ! is_known "$variant" "$key"; then
        rm -f "$row" "$row.log"
        load_image
        fresh
        ("$@"; printf '%s\0' "$bad" "$why" "$became" "$stopped") >"$E2E/tmp/life" || true
        { IFS= read -r -d '' bad; IFS= read -r -d '' why; IFS= read -r -d '' became; IFS= read -r -d '' stopped; } <"$E2E/tmp/life" || true
        case $variant in plain | naive) ;; *) say=$(told) ;; esac
        fresh
        jq -n --arg service "$service" --arg key "$key" --arg held "$held" --arg bad "$bad" --arg why "$why" --arg ends "$stopped" \
            --arg engine "$version" --argjson became "$became" --argjson say "${say:-{\}}" --argjson seconds $((SECONDS - from)) \
            '{$service, $key, held: ($held | tonumber), ok: ($bad == ""), $bad, $why, $ends, $engine, $seconds} + $became + $say' >"$row"
    fi
    bad=$(jq -r .bad "$row")
    if [ "$variant" = naive ]; then echo "# $service: naive: ${bad:-yes}"; return; fi
    if [ -z "$bad" ]; then ok "$service: $variant"; else not_ok "$service: $variant: $bad" "$(jq -r .why "$row" | tail -3)"; fi
}

load_image() {
    [ -z "$loaded" ] || return 0
    run image_of
    if [ "$rc" != 0 ]; then not_ok "$service: image" "$out"; e2e_end; exit 1; fi
    loaded=1
}

in_force() { # LEVEL
    [ "$active" != "$1" ] || return 0
    { printf 'runtime: %s\n' "$E2E_RUNC"; settings "$1"; } >/etc/sallyport/sallyport.yaml
    run sallyport policy activate --baseline "$E2E/baseline"
    worked "level $1 is in force"
    active=$1
}

one_service() {
    local level loaded='' of
    service=$1 vol=data-$1
    image=docker.io/library/$service:latest
    defaults
    # shellcheck source=/dev/null
    . "$here/list/$service.sh"
    mapfile -t health_words < <(health_words "$health")
    of=$(cat "$here/list/$service.sh" <(echo "$version $("$E2E_RUNC" --version | head -1)") | sha256sum | cut -c1-12)
    measure plain "$of" life_plain
    if [ "$engine" = docker ] && [ "$set" != quick ]; then measure naive "$of" life_naive; fi
    for level in "${levels[@]}"; do
        is_known "$level" "$of $gate" || in_force "$level"
        measure "$level" "$of $gate" life_gate "$(jq -r .ends "$(row_of plain)")"
    done
    if mountpoint -q "$E2E/client/$service"; then umount -R -l "$E2E/client/$service"; fi
    engine_forget_image
}

echo "# $version, gate $gate"
for s in "${services[@]}"; do one_service "$s"; done
if [ -n "$table" ]; then "$here/table.sh" "$results" "$gate" >"$table"; fi
e2e_end
