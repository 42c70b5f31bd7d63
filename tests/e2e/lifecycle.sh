#!/bin/bash
# Ways round the rules that no rule on config.json can see: text that parsers read differently, files that change after
# they were judged, options and verbs of the command line, the environment. Each is tried under the bare runtime, where it
# must work if this machine can show it, and under the gate, where it must be refused by name or without effect.
#
# Words in brackets are rows of docs/breakouts.md.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin lifecycle "$@"
e2e_need runc jq busybox python3
e2e_gate <<'YAML'
registrations:
  probe: {runtime: /var/lib/sallyport/probe, family: runc, weaker: true}
YAML

echo "# $("$E2E_RUNC" --version | head -1)"

R=$E2E/r B=$E2E/b
mkdir -p "$B" "$E2E/dir"
e2e_rootfs "$B/rootfs"
bare() { timeout -k 1 "${LIMIT:-20}" "$E2E_RUNC" --root "$R" "$@"; }
gate() { timeout -k 1 "${LIMIT:-20}" "$E2E_SHIM" --root "$R" "$@"; }
n=0
id() { n=$((n + 1)); ID=c$n; }

config() { # [COMMAND [JQ-PROGRAM]]: a fresh config.json in the bundle
    rm -rf "$B/config.json" "$E2E/hooked"
    jq --arg rootfs "$B/rootfs" --arg run "${1:-echo ran}" '.process.args = ["/bin/busybox", "sh", "-c", $run] | .root.path = "rootfs"
        | .linux.cgroupsPath = "/sallyport-lifecycle/" + ($run | @base64 | .[:20] | gsub("[/+=]"; "x"))' \
        "$E2E_TOP/tests/breakouts/base.json" | jq -c "${2:-.}" >"$E2E/c"
    mv "$E2E/c" "$B/config.json"
}

bytes() { # PYTHON EXPRESSION over t, the bytes of config.json
    python3 - "$B/config.json" "$1" <<'PY'
import sys
p, how = sys.argv[1:]
t = open(p, "rb").read().rstrip()
head = t[:-1]  # without the closing brace
open(p, "wb").write(eval(how))
PY
}

same_refusal() { # TEXT COUNT-BEFORE [RULE]: the last `run` was refused in one line, recorded once
    local rules
    has "$1: refused in one line" '^1$' "$(grep -c 'sallyport: refused' <<<"$out")"
    is "$1: one record, a refusal" "$(($2 + 1)) refuse" "$(record_count) $(field "$(newest)" .result.verdict)"
    [ -n "${3:-}" ] || return 0
    rules=$(jq -r '.result.refusals[]?.rule, .result.error // empty, .sallyport.error // empty' <<<"$(newest)")
    has "$1: by $3" "$3" "$rules"$'\n'"$out"
}

# --- [J01-J07, J11] the document's text ----------------------------------------------------------

# text ROW-AND-TEXT WORKS(ERE; "-": the bare runtime does not take it; "file": E2E/hooked exists) [RULE]; the bundle is ready.
text() {
    local before count
    before=$(sha256sum <"$B/config.json")
    id
    if [ "$2" != - ]; then
        run bare run -b "$B" "b$ID"
        if [ "$2" = file ]; then
            if [ -e "$E2E/hooked" ]; then ok "$1: works under the bare runtime"; else not_ok "$1: works under the bare runtime" "$out"; fi
            rm -f "$E2E/hooked"
        else
            has "$1: works under the bare runtime" "$2" "$out"
        fi
        bare delete --force "b$ID" >/dev/null 2>&1 || true
    fi
    count=$(record_count)
    run gate run -b "$B" "g$ID"
    same_refusal "$1" "$count" "${3:-}"
    if [ "$2" = file ] && [ -e "$E2E/hooked" ]; then not_ok "$1: the hook did not run"; fi
    is "$1: the bundle is untouched" "$before" "$(sha256sum <"$B/config.json")"
}

etc=$(jq -c '.mounts + [{destination: "/mnt/x", type: "bind", source: "/etc", options: ["rbind"]}]' "$E2E_TOP/tests/breakouts/base.json")
hook='{"prestart":[{"path":"/bin/touch","args":["touch","'$E2E/hooked'"]}]}'
read_etc='head -c 5 /mnt/x/passwd'

config "$read_etc"
bytes "head + b''',\"Mounts\":$etc}'''"
text "[J01] a key in another case" '^root:' 'Mounts'
config "grep NoNewPrivs /proc/self/status" '.process.noNewPrivileges = true'
bytes "t.replace(b'\"noNewPrivileges\":true', b'\"noNewPrivileges\":true,\"NONEWPRIVILEGES\":false')"
text "[J01] a nested key in another case" 'NoNewPrivs:.*0' 'NONEWPRIVILEGES'
config
bytes "head + ''',\"hoo\\u212as\":$hook}'''.encode()"
text "[J02] a key that folds (Kelvin sign)" file
config
bytes "head + b''',\"hoo\\\\u212as\":$hook}'''"
text "[J02] a key that folds, escaped" file
config "$read_etc"
bytes "head + ''',\"mount\\u017f\":$etc}'''.encode()"
text "[J02] a key that folds (long s)" '^root:'
config "$read_etc"
bytes "head + b''',\"mounts\":$etc}'''"
text "[J03] a duplicate key, the dangerous one last" '^root:' 'duplicate key'
config
bytes "b'{\"hooks\":$hook,' + t[1:-1] + b',\"hooks\":{}}'"
text "[J04] a duplicate key, the dangerous one first" '-' 'duplicate key'
config
bytes "head + b',\"hooks\":{},\"hoo\\\\u006bs\":$hook}'"
text "[J03] a duplicate key, written with an escape" file
config
bytes "t.replace(b'\"source\":\"shm\"', b'\"source\":\"/etc\\\\u0000x\"')"
text "[J05] NUL in a string" '-'
config
bytes "t + b' {\"process\":{}}'"
text "[J06] a second document" 'ran'
config
bytes "t + b'\\x00'"
text "[J06] a byte after the document" 'ran'
config
bytes "t.replace(b'HOSTNAME=base', b'HOSTNAME=\\xff\\xfe')"
text "[J07] bytes that are not UTF-8" 'ran'
config
bytes "t.replace(b'HOSTNAME=base', b'HOSTNAME=\\xc0\\xaf')"
text "[J07] an overlong form" 'ran'
config
bytes "t.replace(b'HOSTNAME=base', b'HOSTNAME=\\\\ud800')"
text "[J07] a lone surrogate" 'ran'
config
bytes "b'\\xef\\xbb\\xbf' + t"
text "[J07] a byte order mark" '-'
config
bytes "head + b',\"x\":' + b'['*5000 + b']'*5000 + b'}'"
text "[J07] deep nesting" 'ran'
config
bytes "head + b',\"annotations\":{\"a\":\"' + b'x'*5000000 + b'\"}}'"
text "[J07] a large document" 'ran'
for number in 1.5 1e3 4294967296 -1 99999999999999999999 01 '"0"' true; do
    config
    bytes "t.replace(b'\"uid\":0', b'\"uid\":$number')"
    text "[J07] uid $number" '-'
done
for field in '"fromTheFuture":1' '"netDevices2":{"eth0":{}}'; do
    config
    bytes "t.replace(b'\"linux\":{', b'''\"linux\":{$field,''')"
    text "[J11] linux.${field%%:*}" '-'
done
config "echo ran" '.ociVersion = "9.0.0"'
text "[J11] an unknown version" '-' 'oci-version'

# --- [J08] the file itself -------------------------------------------------------------------------

file() { # TEXT WORKS RULE(ERE)
    local count
    id
    if [ "$2" != - ]; then
        run bare run -b "$B" "b$ID"
        has "$1: works under the bare runtime" "$2" "$out"
        bare delete --force "b$ID" >/dev/null 2>&1 || true
    fi
    count=$(record_count)
    LIMIT=5 run gate run -b "$B" "g$ID"
    if [ "$rc" = 124 ] || [ "$rc" = 137 ]; then not_ok "$1: does not hang"; fi
    same_refusal "$1" "$count" "$3"
}
config
mv "$B/config.json" "$E2E/dir/config.json"
ln -s "$E2E/dir/config.json" "$B/config.json"
file "[J08] config.json is a symbolic link" ran 'bundle'
rm "$B/config.json"
mkfifo "$B/config.json"
file "[J08] config.json is a FIFO" - 'bundle'
rm "$B/config.json"
mkdir "$B/config.json"
file "[J08] config.json is a directory" - 'bundle'
rmdir "$B/config.json"
config
chmod 666 "$B/config.json"
file "[J08] config.json can be written by others" ran 'can change'
config
chown 1000 "$B/config.json"
file "[J08] config.json is another user's" ran 'can change'
config
chmod 777 "$B"
file "[J08] the bundle can be written by others" ran 'changed by'
chmod 755 "$B"
chown 1000 "$E2E"
file "[J08] a directory above the bundle is another user's" ran 'changed by'
chown 0 "$E2E"

# --- [J10] a path whose component somebody else can exchange -----------------------------------------

mkdir -p "$E2E/hers/data"
chown -R 1000 "$E2E/hers"
config "cat /mnt/x/f 2>&1; echo ran" ".mounts += [{destination: \"/mnt/x\", type: \"bind\", source: \"$E2E/hers/data\", options: [\"bind\", \"nosuid\", \"nodev\"]}]"
id
run gate run -b "$B" "g$ID"
if [ "$rc" = 0 ]; then
    has "[J10] what was really mounted is compared with what was judged" 'sallyport-hook' "$(jq -c .hooks "$B/config.json")"
else
    has "[J10] a source that others can exchange is refused by name" 'sallyport: refused' "$out"
fi

# --- [J09, C12] the bundle changes after it was judged -----------------------------------------------

held() { # RUNTIME ID: a running container of the bundle
    id
    config 'sleep 300' "${2:-.}"
    "$1" run -d -b "$B" "$ID" </dev/null >"$E2E/out" 2>&1
}
stop() { gate delete --force "$ID" >/dev/null 2>&1 || bare delete --force "$ID" >/dev/null 2>&1 || true; }
edit() { # JQ-PROGRAM: the bundle, after create
    jq -c "$1" "$B/config.json" >"$E2E/c" && cat "$E2E/c" >"$B/config.json"
}
widen='.process.capabilities |= ({bounding, effective, permitted, inheritable, ambient} | map_values(["CAP_SYS_ADMIN"])) | .process.user = {uid: 0, gid: 0} | .process.noNewPrivileges = false'
status='grep -E "^(Uid|CapEff|NoNewPrivs):" /proc/self/status'

held bare
edit "$widen"
run bare exec "$ID" /bin/busybox sh -c "$status"
has "[J09] an edited bundle: exec has its capabilities under the bare runtime" 'CapEff:[[:space:]]*0000000000200000' "$out"
stop
held gate
edit "$widen"
run gate exec "$ID" /bin/busybox sh -c "$status"
worked "[J09] an edited bundle: exec runs on what was admitted"
has "[J09] exec has no capability" 'CapEff:[[:space:]]*0000000000000000' "$out"
has "[J09] exec has no_new_privs" 'NoNewPrivs:[[:space:]]*1' "$out"
lacks "[J09] exec is not root" 'Uid:[[:space:]]*0[[:space:]]' "$out"

for root in "$R/" "$R/." "$E2E/./r" "$E2E//r" "$E2E/dir/../r"; do
    count=$(record_count)
    run timeout 20 "$E2E_SHIM" --root "$root" exec --cap CAP_SYS_ADMIN "$ID" /bin/busybox sh -c "$status"
    same_refusal "[J09] the container's state is found by --root ${root#"$E2E"}" "$count"
done
ln -s "$R" "$E2E/r2"
count=$(record_count)
run timeout 20 "$E2E_SHIM" --root "$E2E/r2" exec --cap CAP_SYS_ADMIN "$ID" /bin/busybox sh -c "$status"
same_refusal "[J09] the container's state is found through a symbolic link" "$count"
run timeout 20 "$E2E_SHIM" --root "$R" --log /nowhere/x delete --force "$ID"
count=$(record_count)
run gate exec --cap CAP_SYS_ADMIN "$ID" /bin/busybox sh -c "$status"
same_refusal "[J09] a delete that failed leaves the container judged" "$count"

# A container of the bare runtime beside it shows what the same calls do there.
BARE=bare-one
cp "$B/config.json" "$E2E/admitted"
config 'sleep 300' '.linux.cgroupsPath = "/sallyport-lifecycle/bare" | .process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}'
bare run -d -b "$B" "$BARE" </dev/null >"$E2E/out" 2>&1
cat "$E2E/admitted" >"$B/config.json"

# --- [C01-C03] exec -------------------------------------------------------------------------------

as_exec() { # TEXT WORKS RULES ARGUMENT...: inline options
    local text=$1 works=$2 rules=$3 count
    shift 3
    if [ "$works" != - ]; then
        run bare exec "$@" "$BARE" /bin/busybox sh -c "$status; id -G"
        has "$text: works under the bare runtime" "$works" "$out"
    fi
    count=$(record_count)
    run gate exec "$@" "$ID" /bin/busybox sh -c "$status; id -G"
    if [ "$rules" = hardened ]; then
        if [ "$rc" = 0 ] && grep -Eq -- "$works" <<<"$out"; then not_ok "$text: is closed" "$out"; else ok "$text: is closed"; fi
    else
        same_refusal "$text" "$count" "$rules"
    fi
}
as_exec "[C01] exec --cap CAP_SYS_ADMIN" 'CapEff:[[:space:]]*0*200000' 'dangerous-capabilities|drop-capabilities' --cap CAP_SYS_ADMIN
as_exec "[C01] exec -c=CAP_SYS_PTRACE" 'CapEff:[[:space:]]*0*2?80000' 'dangerous-capabilities|drop-capabilities' -c=CAP_SYS_PTRACE
as_exec "[C01] exec -cap CAP_BPF, one dash" '-' 'dangerous-capabilities|drop-capabilities' -cap CAP_BPF
as_exec "[C01] exec --cap CAP_CHOWN" 'CapEff:[[:space:]]*0*2?0*1$' hardened --cap CAP_CHOWN
as_exec "[C03] exec --user 0" 'Uid:[[:space:]]*0[[:space:]]' hardened --user 0
as_exec "[C03] exec -u 0:0" 'Uid:[[:space:]]*0[[:space:]]' hardened -u 0:0
as_exec "[C03] exec --additional-gids 6" '(^| )6( |$)' hardened --additional-gids 6
as_exec "[C03] exec --apparmor" '-' 'exec-privileged|apparmor-profile' --apparmor unconfined
as_exec "[C03] exec --process-label" '-' 'exec-privileged|selinux-label' --process-label system_u:system_r:unconfined_t:s0
as_exec "[C03] exec --cgroup" '-' 'exec-privileged' --cgroup /
as_exec "[C03] exec --cwd /proc/self/fd/7" '-' 'working-directory' --cwd /proc/self/fd/7
as_exec "[C03] exec --no-new-privs=false" 'NoNewPrivs:[[:space:]]*0' hardened --no-new-privs=false
as_exec "[C03] exec --no-such-option" '-' 'allow_options' --no-such-option

process() { # TEXT WORKS RULES JQ-PROGRAM over a plain process document
    local text=$1 works=$2 rules=$3 count
    jq -nc --arg s "$status; id -G" '{args: ["/bin/busybox", "sh", "-c", $s], cwd: "/", env: ["PATH=/bin"], user: {uid: 1000, gid: 1000}, noNewPrivileges: true, capabilities: {}}' |
        jq -c "$4" >"$E2E/p"
    cp "$E2E/p" "$E2E/p.bare"
    if [ "$works" != - ]; then
        run bare exec --process "$E2E/p.bare" "$BARE"
        has "$text: works under the bare runtime" "$works" "$out"
    fi
    count=$(record_count)
    run gate exec --process "$E2E/p" "$ID"
    if [ "$rules" = hardened ]; then
        if [ "$rc" = 0 ] && ! grep -Eq -- "$works" <<<"$out"; then ok "$text: runs without it"; else not_ok "$text: runs without it" "$out"; fi
    else
        same_refusal "$text" "$count" "$rules"
    fi
}
all='{bounding: ["CAP_SYS_ADMIN"], effective: ["CAP_SYS_ADMIN"], permitted: ["CAP_SYS_ADMIN"]}'
process "[C02] --process, uid 0 with CAP_SYS_ADMIN" 'CapEff:[[:space:]]*0*200000' 'dangerous-capabilities|drop-capabilities' ".capabilities = $all | .user = {uid: 0, gid: 0}"
process "[C02] --process, no_new_privs off" 'NoNewPrivs:[[:space:]]*0' hardened '.noNewPrivileges = false'
process "[C02] --process, no_new_privs absent" 'NoNewPrivs:[[:space:]]*0' hardened 'del(.noNewPrivileges)'
process "[C02] --process, uid 0" 'Uid:[[:space:]]*0[[:space:]]' hardened '.user = {uid: 0, gid: 0}'
process "[C02] --process, group disk" '(^| )6( |$)' hardened '.user.additionalGids = [6]'
process "[C02] --process, cwd in /proc" - 'working-directory' '.cwd = "/proc/self/fd/7"'
process "[C02] --process, realtime scheduling" - 'realtime-scheduling' '.scheduler = {policy: "SCHED_FIFO", priority: 50}'
process "[C02] --process, a field of the future" - 'document-shape' '.fromTheFuture = 1'

process_bytes() { # TEXT PYTHON
    local count
    jq -nc --arg s "$status" '{args: ["/bin/busybox", "sh", "-c", $s], cwd: "/", env: [], user: {uid: 1000, gid: 1000}, noNewPrivileges: true}' >"$E2E/p"
    python3 -c 'import sys; p = sys.argv[1]; t = open(p, "rb").read().rstrip(); open(p, "wb").write(eval(sys.argv[2]))' "$E2E/p" "$2"
    cp "$E2E/p" "$E2E/p.bare"
    run bare exec --process "$E2E/p.bare" "$BARE"
    has "$1: works under the bare runtime" "$3" "$out"
    count=$(record_count)
    run gate exec --process "$E2E/p" "$ID"
    same_refusal "$1" "$count"
}
process_bytes "[C02] --process with a key in another case" "t[:-1] + b',\"noNewprivileges\":false}'" 'NoNewPrivs:[[:space:]]*0'
process_bytes "[C02] --process with a duplicate key" "t[:-1] + b',\"user\":{\"uid\":0,\"gid\":0}}'" 'Uid:[[:space:]]*0[[:space:]]'
process_bytes "[C02] --process with a second document" "t + b'{}'" 'NoNewPrivs'
count=$(record_count)
rm -f "$E2E/p"; mkfifo "$E2E/p"
LIMIT=5 run gate exec --process "$E2E/p" "$ID"
same_refusal "[C02] --process names a FIFO" "$count"
rm -f "$E2E/p"
# A file that others may write is handed on as a sealed copy: what it says later does not matter.
install -d -o 1000 "$E2E/hers/p"
jq -nc --arg s "$status; readlink /proc/1/exe >/dev/null" '{args: ["/bin/busybox", "sh", "-c", $s], cwd: "/", env: ["PATH=/bin"], user: {uid: 1000, gid: 1000}}' >"$E2E/hers/p/process.json"
before=$(sha256sum <"$E2E/hers/p/process.json")
run gate exec --process "$E2E/hers/p/process.json" "$ID"
has "[C02] --process in another user's directory: judged bytes run" 'NoNewPrivs:[[:space:]]*1' "$out"
is "[C02] --process in another user's directory: the file is not written" "$before" "$(sha256sum <"$E2E/hers/p/process.json")"

# --- [C07] update ---------------------------------------------------------------------------------

pids_max() { cat "/sys/fs/cgroup/pids$1/pids.max" "/sys/fs/cgroup$1/pids.max" 2>/dev/null | head -1 || true; }
cg=$(jq -r .linux.cgroupsPath "$B/config.json")
limit=$(pids_max "$cg")
has "[C07] the container has a limit of processes" '^[0-9]+$' "$limit"
update() { # TEXT INPUT ARGUMENT...
    local text=$1 input=$2 count
    shift 2
    count=$(record_count)
    rc=0
    out=$(timeout 20 "$E2E_SHIM" --root "$R" update "$@" "$ID" <<<"$input" 2>&1) || rc=$?
    same_refusal "$text" "$count" 'update-limits'
    is "$text: the limit stands" "$limit" "$(pids_max "$cg")"
}
update "[C07] update --pids-limit -1" '' --pids-limit -1
update "[C07] update --pids-limit=-1" '' --pids-limit=-1
update "[C07] update --pids-limit beyond what a kernel has" '' --pids-limit 9000000
echo '{"pids": {"limit": -1}}' >"$E2E/res"
update "[C07] update --resources FILE" '' --resources "$E2E/res"
update "[C07] update --resources -" '{"pids": {"limit": -1}}' --resources -
update "[C07] update -r -" '{"pids": {"limit": -1}}' -r -
count=$(record_count)
rc=0
out=$(gate update --resources - "$ID" <<<'{"pids": {"limit": 10}, "PIDS": {"limit": -1}}' 2>&1) || rc=$?
same_refusal "[C07] update --resources -, a key in another case" "$count"
rc=0
out=$(gate update --resources - "$ID" <<<'{"pids": {"limit": 77}}' 2>&1) || rc=$?
worked "[C07] update --resources -: a limit that holds is set"
is "[C07] update --resources -: the judged bytes reach the runtime" 77 "$(pids_max "$cg")"
run bare update --pids-limit -1 "$ID"
is "[C07] update --pids-limit -1: works under the bare runtime" max "$(pids_max "$cg")"
stop
held gate '.linux.resources.memory = {limit: 67108864, swap: 67108864}'
for m in -1 9000000000000000000; do
    count=$(record_count)
    run gate update --memory "$m" --memory-swap "$m" "$ID"
    same_refusal "[C07] update --memory $m" "$count" 'update-limits'
done
stop

# --- [C04-C06, C10, C11] options of create and run ---------------------------------------------------

options() { # TEXT WORKS RULES GLOBALS -- ARGUMENT...
    local text=$1 works=$2 rules=$3 count globals=()
    shift 3
    while [ "$1" != -- ]; do globals+=("$1"); shift; done
    shift
    config "${COMMAND:-echo ran}"
    id
    if [ "$works" != - ]; then
        run bare "${globals[@]}" run -b "$B" "$@" "b$ID"
        has "$text: works under the bare runtime" "$works" "$out"
        bare delete --force "b$ID" >/dev/null 2>&1 || true
        config "${COMMAND:-echo ran}"
    fi
    count=$(record_count)
    run gate "${globals[@]}" run -b "$B" "$@" "g$ID"
    if [ "$rules" = told ]; then
        worked "$text: starts"
        has "$text: the record tells it" "${TOLD}" "$(jq -c '.result.findings' <<<"$(newest)")"
    else
        same_refusal "$text" "$count" "$rules"
    fi
    gate delete --force "g$ID" >/dev/null 2>&1 || true
}
exec 3</
COMMAND='cd /proc/self/fd/3 && head -c 5 etc/passwd' options "[C04] --preserve-fds with a directory of the host" '^root:' 'runtime-options' -- --preserve-fds 1
exec 3<&-
unset COMMAND
exec 3<>"$E2E/dir/file"
options "[C04] --preserve-fds with a file of the host" ran 'runtime-options' -- --preserve-fds=1
exec 3<&-
listen() { # RUNTIME-FUNCTION ID: LISTEN_FDS with a directory as descriptor 3
    # shellcheck disable=SC2016 # expands in the inner shell
    timeout 20 bash -c 'exec 3</; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" --root "$1" run -b "$2" "$3"' "$1" "$R" "$B" "$2"
}
config 'cd /proc/self/fd/3 && head -c 5 etc/passwd'
run listen "$E2E_RUNC" bl
has "[C04] LISTEN_FDS with a directory of the host: works under the bare runtime" '^root:' "$out"
config 'cd /proc/self/fd/3 && head -c 5 etc/passwd'
count=$(record_count)
run listen "$E2E_SHIM" gl
same_refusal "[C04] LISTEN_FDS with a directory of the host" "$count" runtime-options
options "[C05] --no-pivot" 'ran' 'runtime-options' -- --no-pivot
TOLD='no-new-keyring' options "[C06] --no-new-keyring" ran told -- --no-new-keyring
options "[C11] --criu" ran 'runtime-options' --criu /bin/true --
options "[C11] --rootless=true as root" ran 'runtime-options' --rootless=true --
options "[C11] --rootless true as root" - 'runtime-options' --rootless true --

# [C10] files that the runtime writes as root: refused, and nothing is written there.
mkdir -p "$E2E/etc"
mount --bind "$E2E/etc" /etc/cron.d 2>/dev/null || { mkdir -p /etc/cron.d && mount --bind "$E2E/etc" /etc/cron.d; }
ln -s /etc/cron.d "$E2E/dir/link"
options "[C10] --log in a directory of the host's programs" ran 'runtime-options' --log /etc/cron.d/x --
rm -f /etc/cron.d/*
options "[C10] --log, a path with .." - 'runtime-options' --log /run/../etc/cron.d/x --
options "[C10] --log, through a symbolic link" - 'runtime-options' --log "$E2E/dir/link/x" --
options "[C10] --pid-file in a directory of the host's programs" ran 'runtime-options' -- --pid-file /etc/cron.d/y
rm -f /etc/cron.d/*
options "[C10] --pid-file, a path with .." - 'runtime-options' -- --pid-file /run/../etc/cron.d/y
options "[C10] --root in a directory of the host's programs" - 'runtime-options' --root /etc/cron.d/r --
is "[C10] nothing was written there" "" "$(ls /etc/cron.d)"
umount /etc/cron.d
options "[C10] --console-socket of an engine" - 'runtime-options' -- --console-socket /run/docker.sock

# --- [C08, C09] restore ---------------------------------------------------------------------------

config
mkdir -p "$E2E/images"
count=$(record_count)
run gate restore --image-path "$E2E/images" -b "$B" r1
same_refusal "[C08] restore" "$count" 'restored-workload-verified'
count=$(record_count)
run gate restore -d --image-path="$E2E/images" --work-path "$E2E/images" --lsm-profile apparmor:unconfined --bundle "$B" r2
same_refusal "[C08] restore --lsm-profile" "$count" 'restored-workload-verified'

# --- [C09] checkpoint: told, and run ----------------------------------------------------------------

count=$(record_count)
run gate checkpoint --image-path "$E2E/images" --leave-running nobody
is "[C09] a checkpoint is recorded" "$((count + 1)) admit checkpoint" "$(record_count) $(field "$(newest)" .result.verdict) $(field "$(newest)" .sallyport.operation)"
has "[C09] the record tells where the memory goes" "memory to $E2E/images.*checkpoint-images" "$(jq -c '.result.findings' <<<"$(newest)")"
has "[C09] the call reaches the runtime" 'does not exist|nobody' "$out"
run gate checkpoint --page-server 192.0.2.1:9 nobody
has "[C09] memory sent to the network is told" 'memory to 192.0.2.1:9.*checkpoint-images' "$(jq -c '.result.findings' <<<"$(newest)")"

# --- [C15] the runtime's own version ------------------------------------------------------------------

config
id
run gate run -b "$B" "$ID"
if "$E2E_RUNC" --version | grep -q 'version 1\.1\.[0-9]\b'; then
    has "[C15] a runtime with known holes is told in the record" 'runtime-version' "$(jq -c '.result.findings' <<<"$(newest)")"
else
    lacks "[C15] a mended runtime is not told" 'runtime-version' "$(jq -c '.result.findings' <<<"$(newest)")"
fi

# --- exec into a container that was never admitted ------------------------------------------------------

config 'sleep 300'
bare run -d -b "$B" stranger </dev/null >/dev/null 2>&1
run gate exec stranger /bin/busybox true
worked "exec into a container that is older than the gate"
count=$(record_count)
run gate exec --cap CAP_SYS_ADMIN stranger /bin/busybox true
same_refusal "exec into such a container with more than it was started with" "$count" dangerous-capabilities
count=$(record_count)
printf '{"devices":[{"allow":true,"access":"rwm"}]}' >"$E2E/all-devices"
run gate update --resources "$E2E/all-devices" stranger
same_refusal "update of such a container that lets every device through" "$count" device-cgroup
bare delete --force stranger >/dev/null 2>&1 || true

# --- [C12] between create and start ------------------------------------------------------------------

config 'grep NoNewPrivs /proc/self/status; head -c 5 /mnt/x/passwd'
id
gate create -b "$B" "$ID" </dev/null >"$E2E/started" 2>&1 || true
edit '.mounts += [{destination: "/mnt/x", type: "bind", source: "/etc", options: ["rbind"]}] | .process.noNewPrivileges = false'
run gate start "$ID"
wait_for 5 grep -q NoNewPrivs "$E2E/started" || true
has "[C12] what was created starts, not what the bundle says later" 'NoNewPrivs:[[:space:]]*1' "$(cat "$E2E/started")"
lacks "[C12] no mount of the later bundle" '^root:' "$(cat "$E2E/started")"
stop
config 'sleep 300'
id
gate run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1
config 'echo other' '.linux.namespaces |= map(select(.type != "pid"))'
run gate create -b "$B" "$ID"
run gate exec --cap CAP_SYS_ADMIN "$ID" /bin/busybox sh -c "$status"
has "[C12] a refused create of a taken id leaves the first one's state" 'sallyport: refused' "$out"
stop

# --- [C13] round the gate ------------------------------------------------------------------------------

config
cp /etc/sallyport/sallyport.yaml "$E2E/settings"
sed "s#^runtime: .*#runtime: $E2E_SHIM\nfamily: runc#" "$E2E/settings" >/etc/sallyport/sallyport.yaml
run sallyport policy activate --baseline "$E2E/baseline"
if [ "$rc" = 0 ]; then
    LIMIT=5 run gate run -b "$B" self
    has "[C13] the shim as its own runtime is refused" 'is Sallyport itself' "$out"
    run gate --version
    has "[C13] the shim as its own runtime: passing verbs too" 'is Sallyport itself' "$out"
else
    has "[C13] the shim as its own runtime is not activated" 'Sallyport itself' "$out"
fi
cat "$E2E/settings" >/etc/sallyport/sallyport.yaml
run sallyport policy activate --baseline "$E2E/baseline"
worked "[C13] the settings are back"
for verb in init frobnicate mounts; do
    count=$(record_count)
    run gate "$verb" x
    same_refusal "[C13] the verb $verb" "$count" 'allow_verbs'
done

# --- [C14] the environment -------------------------------------------------------------------------------

# shellcheck disable=SC2016 # the probe's own text
printf '#!/bin/sh\ntr "\\0" "\\n" </proc/$$/environ\n' >/var/lib/sallyport/probe
chmod 755 /var/lib/sallyport/probe
probe() { # the environment that the real runtime gets
    env -i PATH="$PATH" HOME=/root XDG_RUNTIME_DIR=/run TTRPC_ADDRESS=/x LD_PRELOAD=/nowhere/evil.so LD_LIBRARY_PATH=/nowhere LD_AUDIT=/nowhere/a.so \
        GODEBUG=x GOTRACEBACK=crash RUN_OCI_SECCOMP_RECEIVER=/run/evil.sock RUN_OCI_SECCOMP_PLUGINS=/nowhere/p.so GCONV_PATH=/nowhere \
        _LIBCONTAINER_INITPIPE=3 _LIBCONTAINER_STATEDIR=/ BASH_ENV=/nowhere/rc "$E2E_SHIM" --sallyport-registration=probe "$@"
}
config
run probe --root "$R" run -b "$B" p1
for name in LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT GODEBUG GOTRACEBACK RUN_OCI_SECCOMP_RECEIVER RUN_OCI_SECCOMP_PLUGINS GCONV_PATH _LIBCONTAINER_INITPIPE _LIBCONTAINER_STATEDIR BASH_ENV; do
    lacks "[C14] $name does not reach the runtime of a judged verb" "^$name=" "$out"
done
for name in PATH HOME XDG_RUNTIME_DIR TTRPC_ADDRESS; do
    has "[C14] $name does" "^$name=" "$out"
done
has "[C14] the record tells what was removed" 'LD_PRELOAD' "$(sallyport why --input "$(field "$(newest)" .decision_id)")"
run probe --root "$R" state p1
has "[C14] a verb that passes keeps its environment" '^GODEBUG=' "$out"

verifies
e2e_end
