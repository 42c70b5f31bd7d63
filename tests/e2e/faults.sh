#!/bin/bash
# Fault injection over every system call of the start path; see faults.py. The real runtime's place is taken by a program
# that keeps what it was given, so that a start costs milliseconds.
#
#   tests/e2e/faults.sh [--record|--mapped]      --record writes docs/faults.md; --mapped: the second part alone
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
e2e_begin faults "$@"
e2e_need strace python3 jq busybox
mkdir -p "$E2E/f/bundle"
cat >"$E2E/bin/runc" <<RUNTIME
#!/bin/sh
bundle=. top=f
while [ \$# -gt 0 ]; do
    case \$1 in --bundle) bundle=\$2 ;; --root) top=\${2%/root} ;; esac
    shift
done
cp "\$bundle/config.json" "\$top/started"
RUNTIME
chmod 755 "$E2E/bin/runc"
E2E_RUNC=$E2E/bin/runc
e2e_gate </dev/null
e2e_rootfs "$E2E/f/bundle/rootfs"
jq -c '.root.path = "rootfs" | .linux.cgroupsPath = "/sallyport-faults/a"' "$E2E_TOP/tests/breakouts/base.json" >"$E2E/f/config.json"
# Each is refused by one rule, which knows by looking.
mkdir -p "$E2E/f/refused" "$E2E/f/bad"
cp -a "$E2E/f/bundle/rootfs" "$E2E/f/bad/rootfs"
rmdir "$E2E/f/bad/rootfs/dev"
ln -s /etc "$E2E/f/bad/rootfs/dev"
ln -s /etc "$E2E/f/bad/link"
python3 -c 'import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1])' "$E2E/f/bad/any.sock"
refused_one() { jq -c "$2" "$E2E/f/config.json" >"$E2E/f/refused/$1"; }
bind() { printf '.mounts += [{destination: "/mnt/x", type: "bind", source: "%s", options: ["bind", "nosuid", "nodev"]}]' "$1"; }
refused_one socket "$(bind "$E2E/f/bad/any.sock")"
refused_one link-to-etc "$(bind "$E2E/f/bad/link")"
mkdir "$E2E/f/bad/layered"
mount -t overlay -o "lowerdir=/etc:$E2E/f/bad" overlay "$E2E/f/bad/layered"
refused_one layers-of-etc "$(bind "$E2E/f/bad/layered")"
refused_one linked-dev ".root.path = \"$E2E/f/bad/rootfs\""
refused_one network-of-the-host '.linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/net" else . end)'
echo "# $(strace --version | head -1)"

# inject TOP [mapped]: the bundle and config.json below TOP
inject() {
    local top=$1 rc=0 passed='' failed=''
    shift
    timeout 600 python3 "$E2E_TOP/tests/e2e/faults.py" "$E2E_SHIM" "$E2E/bin/sallyport" "$top" "$top/config.json" "$E2E/f/faults.md" "$@" >"$top/out" || rc=$?
    grep -vE '^[0-9]+ passed' "$top/out" || true
    read -r passed failed < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$top/out") || true
    e2e_n=$((e2e_n + ${passed:-0} + ${failed:-1})) e2e_failed=$((e2e_failed + ${failed:-1}))
    is "the injection ended by itself" 0 "$((rc > 1))"
}
[ "${1:-}" = --mapped ] || inject "$E2E/f"

# A start that becomes root of a user namespace: its entry script drops without a test of who it is.
mkdir -p "$E2E/m"/{refused,bundle/rootfs,store/a/{diff,up,work}}
cp -a "$E2E/f/bundle/rootfs/." "$E2E/m/store/a/diff"
printf '#!/bin/sh\nexec su-exec app:app /bin/httpd -f\n' >"$E2E/m/store/a/diff/entry.sh"
chmod 755 "$E2E/m/store/a/diff/entry.sh"
mount -t overlay -o "lowerdir=$E2E/m/store/a/diff,upperdir=$E2E/m/store/a/up,workdir=$E2E/m/store/a/work" overlay "$E2E/m/bundle/rootfs"
mkdir -p "$E2E/m/data"
jq -c --arg data "$E2E/m/data" '.process.user = {uid: 0, gid: 0} | .process.args = ["/entry.sh"] | .process.cwd = "/"
    | .mounts += [{destination: "/data", type: "bind", source: $data, options: ["rbind", "rw", "nosuid", "nodev"]}]' "$E2E/f/config.json" >"$E2E/m/config.json"
inject "$E2E/m" mapped
if [ "${1:-}" = --record ] && [ -s "$E2E/f/faults.md" ]; then cp "$E2E/f/faults.md" "$E2E_TOP/docs/faults.md"; fi
run sallyport audit verify --format json
worked "the log verifies after all that"
is "the log is intact" true "$(jq .intact <<<"$out")"
e2e_end
