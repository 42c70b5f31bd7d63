#!/bin/bash
# sallyport divert: the gate under the names of runc and crun, with real engines, in a /usr of the test's own.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin divert "$@"
e2e_need runc crun dockerd docker podman jq busybox
RUNC=$(realpath "$(command -v runc)") CRUN=$(realpath "$(command -v crun)")
e2e_own_tree /usr /var/lib/dpkg
e2e_gate </dev/null
install -m 755 "$E2E_BUILD"/sallyport{,-runtime,-hook} /usr/bin
sallyport() { /usr/bin/sallyport "$@"; }
state() { sallyport divert status --format json | jq -r --arg r "$1" '.[] | select(.runtime == $r) | .state'; }
sum() { sha256sum "$1" | cut -d' ' -f1; }
was=$(sum "$RUNC") crun_was=$(sum "$CRUN")

run sallyport divert status
worked "divert status"
has "both runtimes are found, plain" "^$RUNC: off" "$out"
has "crun too" "^$CRUN: off" "$out"

# --- containers from before
E2E_SHIM=$RUNC
e2e_docker
echo "# $(docker version --format 'docker {{.Server.Version}}'), $("$RUNC" --version | head -1), $("$CRUN" --version | head -1)"
docker run -d --name before "$E2E_IMAGE" sleep 600 >/dev/null
mkdir -p "$E2E/b/rootfs"
e2e_rootfs "$E2E/b/rootfs"
bundle() { # [JQ-PROGRAM]
    rm -f "$E2E/b/config.json"
    (cd "$E2E/b" && "$RUNC" spec)
    jq '.process.terminal = false | .process.args = ["id", "-u"]' "$E2E/b/config.json" | jq "${1:-.}" >"$E2E/c"
    mv "$E2E/c" "$E2E/b/config.json"
}

mv /var/lib/sallyport/policy/active.img "$E2E/img"
run sallyport divert on
is "without a policy nothing is diverted" "3 off" "$rc $(state "$RUNC")"
mv "$E2E/img" /var/lib/sallyport/policy/active.img
run sallyport divert on
worked "divert on"
is "both are the gate now" "on on" "$(state "$RUNC") $(state "$CRUN")"
is "the real ones stand beside it, unchanged" "$was $crun_was" "$(sum "$RUNC.sallyport-real") $(sum "$CRUN.sallyport-real")"
is "a second time changes nothing" "0 $was" "$(sallyport divert on >/dev/null && echo 0) $(sum "$RUNC.sallyport-real")"
has "dpkg knows" "diversion of $RUNC to $RUNC.sallyport-real" "$(dpkg-divert --list "$RUNC")"
run "$RUNC" --version
has "--version is the real runtime's" '^runc version' "$out"
run "$CRUN" --version
has "crun's too" '^crun version' "$out"
run sallyport doctor
has "doctor tells" 'bypass .*is diverted' "$out"

# --- those that ran before live on
run docker exec before cat /proc/1/comm
is "exec in a container from before" "0 sleep" "$rc $out"
run docker stop -t 0 before
worked "stop"
run docker rm before
worked "rm"

# --- the new ones are judged, whatever runtime is asked for
n=$(record_count)
run docker run --rm "$E2E_IMAGE" sh -c "$INSIDE"
worked "docker run"
hardened "docker run" "$out"
one_record "docker run" "$n" create harden
n=$(record_count)
run docker run --rm --runtime runc --pid=host "$E2E_IMAGE" true
refused "docker run --runtime runc --pid=host" "$n" host-pid-namespace
n=$(record_count)
bundle '.linux.namespaces |= map(select(.type != "pid"))'
run "$CRUN" --root "$E2E/cr" run --bundle "$E2E/b" c1
refused "crun, called by its name" "$n" host-pid-namespace
bundle
n=$(record_count)
run /usr/bin/sallyport-runtime --root "$E2E/r" run --bundle "$E2E/b" c2
worked "sallyport-runtime itself finds the real runtime behind the name in the settings"
one_record "and judges once" "$n" run harden
mkdir "$E2E/context"
printf 'FROM %s\nRUN id -u >/uid && cat /uid\n' "$E2E_IMAGE" >"$E2E/context/Dockerfile"
n=$(record_count)
run env DOCKER_BUILDKIT=0 docker build --no-cache --network none "$E2E/context"
worked "the classic image build works"
is "the classic image build passes the gate" yes "$([ "$(record_count)" -gt "$n" ] && echo yes || echo "no: $out")"
client=$(e2e_buildkit)
if [ -z "$client" ]; then skip "BuildKit's image build" "no docker client here can"; else
    n=$(record_count)
    run env DOCKER_BUILDKIT=1 "$client" build --no-cache --network none -t bk "$E2E/context"
    worked "BuildKit's image build works"
    is "its step is judged, as a build" "$((n + 1)) build" "$(record_count) $(field "$(newest)" .sallyport.container.scope)"
    run docker run --rm bk cat /uid
    is "what it built runs" "0 0" "$rc $out"
fi

# --- podman's default is crun
printf '[containers]\ndefault_ulimits = []\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\nruntime = "crun"\n' >"$E2E/pc"
mkdir -p "$E2E/podman"
printf '[storage]\ndriver = "overlay"\nrunroot = "/run/containers/storage"\ngraphroot = "%s/podman"\n' "$E2E" >"$E2E/ps"
export CONTAINERS_CONF=$E2E/pc CONTAINERS_STORAGE_CONF=$E2E/ps
podman load -q -i "$E2E/image.tar" >/dev/null
n=$(record_count)
run podman run --rm --network none --pid=host "$E2E_IMAGE" true
refused "podman run with its default runtime" "$n" host-pid-namespace

# --- upgrades
docker run -d --name during "$E2E_IMAGE" sleep 600 >/dev/null
cp /usr/bin/sallyport-runtime "$E2E/new"
printf 'x' >>"$E2E/new"
mv "$E2E/new" /usr/bin/sallyport-runtime
chmod 755 /usr/bin/sallyport-runtime
is "an upgrade of Sallyport leaves the older gate in place, and says so" outdated "$(state "$RUNC")"
n=$(record_count)
run docker run --rm --pid=host "$E2E_IMAGE" true
refused "which still refuses" "$n" host-pid-namespace
run /usr/bin/sallyport-runtime --root "$E2E/r" run --bundle "$E2E/b" c3
worked "the newer one starts containers through it"
run sallyport divert refresh
worked "divert refresh"
is "puts the newer gate in its place" "on $was" "$(state "$RUNC") $(sum "$RUNC.sallyport-real")"
cp "$RUNC.sallyport-real" "$RUNC.x"
mv "$RUNC.x" "$RUNC"
run sallyport divert status
is "a runtime that was put over the gate is told" "1 overwritten" "$rc $(state "$RUNC")"
run sallyport divert on
is "and diverted again" "on" "$(state "$RUNC")"
mv "$RUNC.sallyport-real" "$E2E/real"
run sallyport divert status
is "a gate without its runtime is told" "1 unusable" "$rc $(state "$RUNC")"
run sallyport divert on
has "and not diverted to itself" 'is Sallyport already' "$out"
run /usr/bin/sallyport-runtime --root "$E2E/r" run --bundle "$E2E/b" c4
has "the gate is not its own runtime" 'is Sallyport itself' "$out"
mv "$E2E/real" "$RUNC.sallyport-real"
ln -f "$RUNC.sallyport-real" "$RUNC"
is "one that died between its two steps is told" half "$(state "$RUNC")"
run sallyport divert on
is "and completed by the next" "0 on" "$rc $(state "$RUNC")"

# --- no start is lost while it is turned on and off
"$RUNC.sallyport-real" --root "$E2E/r" run --detach --bundle "$E2E/b" --pid-file "$E2E/p" loop >/dev/null 2>&1 || true
: >"$E2E/stop"
(
    while [ -e "$E2E/stop" ]; do
        "$RUNC" --version >/dev/null 2>>"$E2E/lost" || echo "lost $?" >>"$E2E/lost"
        "$CRUN" --version >/dev/null 2>>"$E2E/lost" || echo "lost $?" >>"$E2E/lost"
        echo . >>"$E2E/calls"
    done
) &
loop=$!
for _ in {1..60}; do
    sallyport divert off >/dev/null || echo "off failed" >>"$E2E/lost"
    sallyport divert on >/dev/null || echo "on failed" >>"$E2E/lost"
done
rm "$E2E/stop"
wait "$loop"
is "no call failed while it was turned on and off ($(wc -l <"$E2E/calls") rounds)" "" "$(cat "$E2E/lost" 2>/dev/null)"

# --- off
n=$(record_count)
run sallyport divert off
worked "divert off"
is "the runtimes have their names again" "off off $was $crun_was" "$(state "$RUNC") $(state "$CRUN") $(sum "$RUNC") $(sum "$CRUN")"
is "nothing of ours is left" "" "$(find "$(dirname "$RUNC")" "$(dirname "$CRUN")" -name '*sallyport-real*' -o -name '*sallyport-new*')"
is "dpkg has no diversion" "" "$(dpkg-divert --list "$RUNC")"
run docker exec during cat /proc/1/comm
is "exec in a container that began behind the gate" "0 sleep" "$rc $out"
run docker rm -f during
worked "rm"
is "neither was judged" "$n" "$(record_count)"
verifies
e2e_end
