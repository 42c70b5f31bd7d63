#!/bin/bash
# Live proofs: each condition of tests/breakouts/rows.json that can be shown is tried under the bare runtime, where it
# must work, and under the gate, where it must be refused by name or gone from what ran, in an ordinary container and
# in one that is already unprivileged. Payloads read, look or write into the test's own directory.
#
#   tests/e2e/breakouts.sh [--crun] [ID...]
#
# --crun: under crun, one bundle of each condition in the ordinary container.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
e2e_begin breakouts "$@"
crun=''
if [ "${1:-}" = --crun ]; then
    shift
    e2e_need crun
    crun=1 E2E_RUNC=$(command -v crun)
    # crun starts nothing where both kinds of control groups are mounted.
    umount -l /sys/fs/cgroup/unified 2>/dev/null || true
fi
e2e_need jq runc
e2e_gate </dev/null

here=$E2E_TOP/tests/breakouts
tmp=$E2E/tmp/b rootfs=$E2E/tmp/b/rootfs
mkdir -p "$tmp"/{dir,run}
e2e_rootfs "$rootfs"
mkdir -p "$tmp"/{others,layers}
mount -t overlay -o "lowerdir=/etc:$tmp/dir" overlay "$tmp/layers"
cp -a "$rootfs" "$tmp/rootfs-others"
chown 1234:1234 "$tmp/rootfs-others"
cp -a "$rootfs" "$tmp/rootfs-holds"
mkdir "$tmp/rootfs-holds/mnt"
mount -t overlay -o "lowerdir=/etc:$tmp/dir" overlay "$tmp/rootfs-holds/mnt"
ln -s /etc "$tmp/link-etc"
ln -s rootfs "$tmp/link-rootfs"
for s in any docker; do
    python3 -c 'import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1])' "$tmp/run/$s.sock"
done

# What an unprivileged container of any engine looks like.
unprivileged='.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {} | .process.noNewPrivileges = true
    | .root.readonly = true | .linux.namespaces += [{type: "cgroup"}]'
# shellcheck disable=SC2016 # jq's variables
patch='def tokens: ltrimstr("/") | split("/") | map(gsub("~1"; "/") | gsub("~0"; "~") | if test("^[0-9]+$") then tonumber else . end);
    reduce $row.patch[] as $op (.; ($op.path | tokens) as $p
      | if $op.op == "remove" then delpaths([$p])
        elif $p[-1] == "-" then setpath($p[:-1]; getpath($p[:-1]) + [$op.value])
        else setpath($p; $op.value) end)'

namespaces() { # put this place's inodes for @NS:type@
    local text=$1 t
    for t in pid net ipc uts cgroup; do
        text=${text//@NS:$t@/$(readlink "/proc/self/ns/$t" | tr -dc 0-9)}
    done
    printf '%s' "$text"
}

bundle() { # BASE ROW DIR
    mkdir -p "$3"
    jq --argjson row "$2" "$([ "$1" = unprivileged ] && echo "$unprivileged |") $patch" "$here/base.json" |
        jq --arg run "$(jq -r '.live.run // "true"' <<<"$2")" --arg group "/sallyport-breakouts/${E2E##*.}" \
            '.process.args = ["/bin/busybox", "sh", "-c", $run]
                | if .linux.cgroupsPath == "/sallyport-breakouts/base" then .linux.cgroupsPath = $group else . end' |
        sed "s#@TMP@#$tmp#g; s#@ROOTFS@#$rootfs#g" >"$3/config.json"
}

start() { # RUNTIME BUNDLE ID
    rm -f "$tmp/hooked" "$rootfs/written" "$rootfs/tmp/k"
    run timeout 20 "$1" --root "$E2E/tmp/root" run -b "$2" "$3"
    "$E2E_RUNC" --root "$E2E/tmp/root" delete --force "$3" >/dev/null 2>&1 || true
}

shown() { # ROW: does the last start show that the condition works?
    local host works
    host=$(jq -r '.host // empty' <<<"$1")
    if [ -n "$host" ]; then
        [ -e "$tmp/$host" ]
        return
    fi
    works=$(namespaces "$(jq -r .live.works <<<"$1")")
    grep -Eq -- "$works" <<<"$out"
}

try() { # BASE N ROW
    local base=$1 n=$2 row=$3 id rules dir
    id=$(jq -r .id <<<"$row") rules=$(jq -r '.rules | join("|")' <<<"$row")
    dir=$E2E/tmp/bundles/$base-$n
    bundle "$base" "$row" "$dir"
    start "$E2E_RUNC" "$dir" "b$n"
    if ! shown "$row"; then
        # What the unprivileged container could not do by itself proves nothing, but the value goes all the same.
        if [ -n "$crun" ]; then
            skip "$id $n" "does not work under crun: $(head -1 <<<"$out" | cut -c1-80)"
        elif [ "$base" != unprivileged ]; then
            not_ok "$id $n works under the bare runtime" "$out"
        fi
        [ "$(jq -r '.patch | length' <<<"$row")" != 0 ] || return 0
    fi
    start "$E2E_SHIM" "$dir" "g$n"
    if shown "$row"; then
        not_ok "$id $n ($base) is closed" "$out"
    elif [ "$rc" != 0 ] && ! grep -q 'sallyport: refused' <<<"$out" && [ "$(jq -r .want <<<"$row")" = refuse ]; then
        not_ok "$id $n ($base) is refused" "$out"
    else
        has "$id $n ($base) is closed, and the record names the rule" "\"(${rules:-.*})\"" "$(sallyport audit tail --format json -n 1)"
    fi
}

control() { # BASE: the harmless container starts and does its work
    local row='{"patch": [], "live": {"run": "echo work; id -u", "works": "work"}}'
    bundle "$1" "$row" "$E2E/tmp/bundles/control-$1"
    start "$E2E_SHIM" "$E2E/tmp/bundles/control-$1" "control-$1"
    worked "the $1 control starts"
    has "the $1 control does its work" '^work' "$out"
    lacks "the $1 control does not run as root" '^0$' "$out"
}

control ordinary
control unprivileged
n=0
while read -r row; do
    n=$((n + 1))
    [ $# = 0 ] || grep -qw "$(jq -r .id <<<"$row")" <<<"$*" || continue
    try ordinary "$n" "$row"
    [ -n "$crun" ] || try unprivileged "$n" "$row"
done < <(jq -c --arg runtime "${crun:+crun}" '[.[] | select(.live or .host)]
    | if $runtime == "" then .[] | select(.live.runtime == null)
      else group_by(.id)[] | (map(select(.live.runtime)) + .)[0] end' "$here/rows.json")
e2e_end
