#!/bin/bash
# Hostile loops exchange files while containers start: config.json, a bind mount's source, the active policy. What ran is
# compared with what was judged: an exchange may win only by being judged itself, or the start fails.
#
#   tests/e2e/race.sh [SECONDS]     about that long in all (default 40)
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin race "$@"
e2e_need runc jq busybox python3
e2e_gate </dev/null
each=$((${1:-40} / 4))

R=$E2E/r B=$E2E/b
mkdir -p "$B"
e2e_rootfs "$B/rootfs"
config() { # FILE COMMAND JQ-PROGRAM
    jq -c --arg run "$2" '.process.args = ["/bin/busybox", "sh", "-c", $run] | .root.path = "rootfs" | .linux.cgroupsPath = "/sallyport-race/a"' \
        "$E2E_TOP/tests/breakouts/base.json" | jq -c "$3" >"$1"
}
start() { timeout -k 1 20 "$E2E_SHIM" --root "$R" run -b "$B" "$1" 2>&1; }
HOSTILE=
hostile() { # PYTHON: a loop that exchanges until it is told to end
    python3 -c "import os, sys, time
def swap(a, b):
    os.rename(a, b)
while True:
    try:
        $1
    except OSError:
        pass" &
    HOSTILE=$!
}
peace() { kill "$HOSTILE" 2>/dev/null || true; wait "$HOSTILE" 2>/dev/null || true; }

# --- config.json -------------------------------------------------------------------------------------
# Good text and bad text take turns, by rename, by writing in place and by a symbolic link.

seen='id -u; grep -E "^(NoNewPrivs|CapEff|Seccomp):" /proc/self/status; if [ -e /mnt/x/passwd ]; then echo ESCAPED; fi; echo RAN'
config "$E2E/good" "$seen" .
config "$E2E/bad" "$seen" '.mounts += [{destination: "/mnt/x", type: "bind", source: "/etc", options: ["rbind"]}]'
config "$E2E/raw" "$seen" '.process.capabilities.effective = ["CAP_SYS_ADMIN"]'

swap_config() { # TEXT PYTHON
    local end=$((SECONDS + each)) i=0 ran=0 refused=0 other=0 wrong='' before out
    cp "$E2E/good" "$B/config.json"
    hostile "$2"
    before=$(record_count)
    while [ $SECONDS -lt $end ]; do
        i=$((i + 1))
        out=$(start "s$i") || true
        if grep -q '^RAN' <<<"$out"; then
            ran=$((ran + 1))
            if grep -Eq '^ESCAPED|^0$|^NoNewPrivs:.*0$|^CapEff:.*[1-9a-f]|^Seccomp:.*0$' <<<"$out"; then wrong+="$out"$'\n'; fi
        elif grep -q 'sallyport: refused' <<<"$out"; then
            refused=$((refused + 1))
        else
            other=$((other + 1))
        fi
        "$E2E_RUNC" --root "$R" delete --force "s$i" >/dev/null 2>&1 || true
    done
    peace
    echo "# $1: $i starts, $ran ran, $refused refused, $other failed in the runtime"
    is "$1: what ran is what was judged" "" "$wrong"
    if [ "$i" -gt 5 ]; then ok "$1: there were starts"; else not_ok "$1: there were starts" "$i"; fi
    if [ $(($(record_count) - before)) -ge "$i" ]; then ok "$1: every start is in the log"; else not_ok "$1: every start is in the log" "$i starts"; fi
}

# Root's files in root's directory: only root's own engine can do this; what runs is the judged bytes all the same,
# since they are written over whatever stands there, unless the exchange comes between that and the runtime's own read.
config_of() { printf '%s' "open('$B/n', 'w').write(open('$E2E/$1').read()); os.rename('$B/n', '$B/config.json')"; }
mkdir -p "$E2E/hers"
chown 1000 "$E2E/hers"

# Somebody else's directory: refused, whatever is there at the moment.
cp -a "$B" "$E2E/hers/b"
B=$E2E/hers/b
swap_config "config.json in another user's directory" "$(config_of bad); $(config_of good)"
is "config.json in another user's directory: nothing ran" 0 "$("$E2E_RUNC" --root "$R" list -q | wc -l)"
B=$E2E/b

# --- a bind mount's source ---------------------------------------------------------------------------
# A directory and a symbolic link to /etc take turns, in a directory of another user's.

mkdir -p "$E2E/hers/src"
chown -R 1000 "$E2E/hers"
bound() { # TEXT
    local end=$((SECONDS + 2 * each)) i=0 ran=0 refused=0 other=0 wrong='' out
    hostile "os.rename('$E2E/hers/src', '$E2E/hers/kept'); os.symlink('/etc', '$E2E/hers/src'); time.sleep(0.003); os.unlink('$E2E/hers/src'); os.rename('$E2E/hers/kept', '$E2E/hers/src'); time.sleep(0.003)"
    while [ $SECONDS -lt $end ]; do
        i=$((i + 1))
        config "$B/config.json" "$seen" ".mounts += [{destination: \"/mnt/x\", type: \"bind\", source: \"$E2E/hers/src\", options: [\"bind\", \"nosuid\", \"nodev\"]}]"
        out=$($START "m$i") || true
        if grep -q '^ESCAPED' <<<"$out"; then
            wrong+="m$i: $out"$'\n'
        elif grep -q '^RAN' <<<"$out"; then
            ran=$((ran + 1))
        elif grep -q 'sallyport: refused' <<<"$out"; then
            refused=$((refused + 1))
        else
            other=$((other + 1))
        fi
        "$E2E_RUNC" --root "$R" delete --force "m$i" >/dev/null 2>&1 || true
    done
    peace
    rm -f "$E2E/hers/src" 2>/dev/null || true
    mkdir -p "$E2E/hers/src"
    chown 1000 "$E2E/hers/src"
    echo "# $1: $i starts, $ran ran on the directory, $refused refused, $other failed at the mount, $(grep -c . <<<"$wrong" || true) lines of escapes"
    ESCAPES=$wrong
}
bare() { timeout -k 1 20 "$E2E_RUNC" --root "$R" run -b "$B" "$1" 2>&1; }
half=$each each=2 START=bare
bound "a bind source under the bare runtime"
if [ -n "$ESCAPES" ]; then ok "the bare runtime mounts what the exchange put there"; else skip "the bare runtime mounts what the exchange put there" "the exchange never won here"; fi
each=$half START=start
bound "a bind source that is exchanged"
is "a bind source that is exchanged: never the other one" "" "$ESCAPES"

# --- the active policy ---------------------------------------------------------------------------------
# Activation replaces the image by rename: every start is judged by one of them, whole.

config "$B/config.json" "$seen" .
cp /var/lib/sallyport/policy/active.img "$E2E/one.img"
printf 'level: restricted\n' >>/etc/sallyport/sallyport.yaml
run sallyport policy activate --baseline "$E2E/baseline"
worked "a second policy is active"
cp /var/lib/sallyport/policy/active.img "$E2E/two.img"
hostile "[(open('/var/lib/sallyport/policy/n', 'wb').write(open(f, 'rb').read()), os.chmod('/var/lib/sallyport/policy/n', 0o644), os.rename('/var/lib/sallyport/policy/n', '/var/lib/sallyport/policy/active.img')) for f in ('$E2E/one.img', '$E2E/two.img')]"
end=$((SECONDS + each)) i=0 ran=0 wrong=''
before=$(record_count)
while [ $SECONDS -lt $end ]; do
    i=$((i + 1))
    config "$B/config.json" "$seen" .
    out=$(start "p$i") || true
    # The stricter of the two asks for a limit of memory.
    if grep -q '^RAN' <<<"$out"; then ran=$((ran + 1)); elif ! grep -q 'sallyport: refused [^ ]*: resource-memory' <<<"$out"; then wrong+=$out$'\n'; fi
    if grep -Eq '^0$|^NoNewPrivs:.*0$|^Seccomp:.*0$' <<<"$out"; then wrong+="$out"$'\n'; fi
    "$E2E_RUNC" --root "$R" delete --force "p$i" >/dev/null 2>&1 || true
done
peace
echo "# the active policy: $i starts, $ran ran"
is "the active policy is exchanged: every start is hardened" "" "$wrong"
is "the active policy is exchanged: one record a start" "$i" "$(($(record_count) - before))"
images=$(records | jq -r '.sallyport.policy.image' | sort -u | wc -l)
if [ "$images" -ge 2 ]; then ok "the records name both policies"; else not_ok "the records name both policies" "$images"; fi

verifies
e2e_end
