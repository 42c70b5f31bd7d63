#!/bin/bash
# What people do with Docker all day, three times: under plain runc, under the gate that only watches, under the gate.
# Watching changes nothing that a user sees; hardening lets all of it work.
# shellcheck disable=SC2016 # expanded inside the containers
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin habits "$@"
e2e_need dockerd docker containerd jq busybox script dpkg-scanpackages
e2e_gate <<<'mode: audit'
E2E_TIMEOUT=120

# --- a Debian image of this machine's own packages, and a repository with a package for it
mapfile -t packages < <({ dpkg-query -W -f '${Essential} ${Package}\n' | sed -n 's/^yes //p'; echo apt mawk debconf; } |
    xargs apt-cache depends --installed --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances |
    grep -oE '^[a-z0-9][^ :]*' | sort -u)
debian() { # DIR
    local root=$1 p
    mkdir -p "$root"/usr/{bin,sbin,lib,lib64} "$root"/{tmp,proc,sys,dev,run,root} "$root"/etc/apt/{apt.conf.d,preferences.d,sources.list.d} "$root"/var/{tmp,cache/apt/archives/partial,lib/apt/lists/partial,lib/dpkg/info,lib/dpkg/updates,log/apt}
    chmod 1777 "$root/tmp" "$root/var/tmp"
    for p in bin sbin lib lib64; do ln -s "usr/$p" "$root/$p"; done
    for p in "${packages[@]}"; do dpkg -L "$p" 2>/dev/null || true; done | grep -vE '^/\.$|^/usr/share/(doc|man|locale|info)/|^/etc/apt/' | sort -u |
        while read -r p; do { [ ! -e "$p" ] && [ ! -L "$p" ]; } || { [ -d "$p" ] && [ ! -L "$p" ]; } || echo "$p"; done |
        tar -C / -cf - --ignore-failed-read -T - 2>/dev/null | tar -C "$root" -xf - --keep-directory-symlink 2>/dev/null || true
    # Of what else is installed here, apt in the image is not to know.
    for p in "${packages[@]}"; do
        cp /var/lib/dpkg/info/"$p".* /var/lib/dpkg/info/"$p":*.* "$root/var/lib/dpkg/info/" 2>/dev/null || true
        dpkg-query -s "$p" 2>/dev/null | grep -vE '^(Depends|Pre-Depends|Recommends|Suggests|Breaks|Conflicts):' && echo
    done >"$root/var/lib/dpkg/status"
    printf 'root:x:0:0:root:/root:/bin/sh\n_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$root/etc/passwd"
    printf 'root:x:0:\nstaff:x:50:\nadm:x:4:\nnogroup:x:65534:\n' >"$root/etc/group"
    ldconfig -r "$root" 2>/dev/null || true
}
mkdir -p "$E2E/context/repo" "$E2E/deb/DEBIAN" "$E2E/deb/opt/habit"
printf 'Package: habit\nVersion: 1\nArchitecture: all\nMaintainer: t <t@t.invalid>\nDescription: t\n' >"$E2E/deb/DEBIAN/control"
printf '#!/bin/sh\nset -e\nchown -R nobody:nogroup /opt/habit\nchmod 2750 /opt/habit\necho set >/etc/habit\n' >"$E2E/deb/DEBIAN/postinst"
chmod 755 "$E2E/deb/DEBIAN/postinst"
echo file >"$E2E/deb/opt/habit/file"
dpkg-deb --root-owner-group -Znone -b "$E2E/deb" "$E2E/context/repo/habit.deb" >/dev/null
(cd "$E2E/context/repo" && dpkg-scanpackages . 2>/dev/null >Packages)
echo 'deb [trusted=yes] file:/repo ./' >"$E2E/context/sources.list"
debian "$E2E/debian"
tar -C "$E2E/debian" -cf "$E2E/debian.tar" .
rm -rf "$E2E/debian"
cat >"$E2E/context/Dockerfile" <<'DOCKERFILE'
FROM debian-test
COPY repo /repo
COPY sources.list /etc/apt/sources.list
RUN apt-get update && apt-get install -y habit && stat -c '%U %G %a' /opt/habit && cat /etc/habit
RUN id -u > /built && ln -s /built /link && mkdir -p /srv/data && chown 65534 /srv/data
HEALTHCHECK --interval=1s CMD test -e /tmp/ready
CMD ["sleep", "60"]
DOCKERFILE

# --- what people do: each line NAME EXIT-STATUS OUTPUT
say() { # NAME COMMAND...
    local name=$1
    shift
    run "$@"
    printf '%s %s %s\n' "$name" "$rc" "$(tr -d "\r\004" <<<"$out" | sed 's/^\^[@D]//' | grep -vE '^(DEPRECATED|WARNING|  *(Install|https|BuildKit|environment))' | tr '\n' '|' | tr -s '|')"
}
healthy() { [ "$(docker inspect -f '{{.State.Health.Status}}' "$1")" = healthy ]; }
terminal() { script -qefc "docker run --rm -it $E2E_IMAGE sh -c 'tty; stty size; echo typed'" /dev/null; }
exec_terminal() { script -qefc "docker exec -it two sh -c 'tty && test -t 0 && echo terminal'" /dev/null; }
many() {
    local i
    for i in {1..50}; do timeout 100 docker run --rm --name "many$i" "$E2E_IMAGE" echo "$i" & done
    wait
}
habits() {
    docker rm -f two health >/dev/null 2>&1 || true
    docker volume rm -f kept >/dev/null 2>&1 || true
    say run docker run --rm "$E2E_IMAGE" echo hello
    say status docker run --rm "$E2E_IMAGE" sh -c 'exit 7'
    say missing docker run --rm "$E2E_IMAGE" no-such-program
    say directory docker run --rm "$E2E_IMAGE" /etc
    say standard-input sh -c "echo through | docker run --rm -i $E2E_IMAGE cat"
    say init docker run --rm --init "$E2E_IMAGE" cat /proc/1/comm
    say terminal terminal
    say user docker run --rm -u 1000:1000 "$E2E_IMAGE" id -u
    say directory docker run --rm -w /var/lib "$E2E_IMAGE" pwd
    say hostname docker run --rm -h web "$E2E_IMAGE" hostname
    say environment docker run --rm -e A=b "$E2E_IMAGE" sh -c 'echo $A'
    say temporary docker run --rm "$E2E_IMAGE" sh -c 'echo x >/tmp/x && cat /tmp/x'
    say tmpfs docker run --rm --tmpfs /scratch "$E2E_IMAGE" sh -c 'echo x >/scratch/x && cat /scratch/x'
    say read-only docker run --rm --read-only "$E2E_IMAGE" sh -c 'echo x >/x'
    say limits docker run --rm -m 64m --pids-limit 50 --cpus 1 --ulimit nofile=100 "$E2E_IMAGE" sh -c 'ulimit -n'
    say volume docker run --rm -u 1000 -v kept:/var/lib/app "$E2E_IMAGE" sh -c 'echo kept >/var/lib/app/f'
    say volume-again docker run --rm -u 1000 -v kept:/var/lib/app "$E2E_IMAGE" cat /var/lib/app/f
    say detached sh -c "docker run -d --name two $E2E_IMAGE sh -c 'trap \"echo bye; exit 0\" TERM; echo up; while :; do sleep 0.1; done' | wc -c"
    say exec docker exec two echo in
    say exec-options docker exec -u 1000 -w /tmp -e A=b two sh -c 'echo $(id -u) $(pwd) $A'
    if [ -n "$unhardened" ]; then say exec-privileged docker exec --privileged two grep CapEff /proc/self/status; fi
    say exec-status docker exec two sh -c 'exit 9'
    say exec-missing docker exec two no-such-program
    say exec-terminal exec_terminal
    say exec-detached docker exec -d two sh -c 'echo made >/tmp/made'
    say exec-saw wait_for 5 docker exec two cat /tmp/made
    say pause docker pause two
    say unpause docker unpause two
    say update sh -c "docker update -m 80m --memory-swap 80m two"
    say top sh -c "docker top two | wc -l | sed 's/[2-9]/some/'"
    say copy sh -c "echo copied | cat >$E2E/f && docker cp $E2E/f two:/tmp/copied 2>/dev/null; docker exec two sh -c 'test -d /tmp && echo there'"
    say stop docker stop -t 5 two
    say logs docker logs two
    say start docker start two
    say restart docker restart -t 5 two
    say kill docker kill -s KILL two
    say remove docker rm two
    say build docker build -q --no-cache --network none -t built "$E2E/context"
    say built docker run --rm built sh -c 'cat /etc/habit /built && stat -c "%U %G %a" /opt/habit && dpkg-query -W habit'
    say health sh -c "docker run -d --name health built | wc -c"
    say health-ready docker exec health sh -c 'touch /tmp/ready'
    say healthy wait_for 20 healthy health
    say health-removed docker rm -f health
}
stop_docker() {
    local p=${E2E_PIDS[-1]}
    kill "$p"
    for _ in {1..100}; do kill -0 "$p" 2>/dev/null || break; sleep 0.1; done
    unset 'E2E_PIDS[-1]'
}
with() { # NAME SHIM: the habits under it, in $E2E/NAME
    E2E_SHIM=$2
    e2e_docker
    docker import "$E2E/debian.tar" debian-test >/dev/null
    habits 2>/dev/null | sed -E 's/sha256:[0-9a-f]{64}/ID/g' >"$E2E/$1"
    stop_docker
}
shim=$E2E_SHIM
# What the gate refuses is a habit as well, where it only watches.
unhardened=1
with plain "$E2E_RUNC"
n=$(wc -l <"$E2E/plain")
has "plain runc does them ($n lines)" '^healthy 0 ' "$(cat "$E2E/plain")"
has "builds among them" '^built 0 set\|0\|nobody nogroup 2750\|habit' "$(cat "$E2E/plain")"
with watched "$shim"
is "the gate that only watches: not one difference" "" "$(diff "$E2E/plain" "$E2E/watched" || true)"
has "and it watched" '^[0-9]{2,3}$' "$(record_count)"
is "with no verdict but admit" admit "$(records | jq -r .result.verdict | sort -u)"

echo "runtime: $E2E_RUNC" >/etc/sallyport/sallyport.yaml
run sallyport policy activate --baseline "$E2E/baseline"
worked "the gate hardens from now on"
unhardened=''
with gated "$shim"
sed -i '/^exec-privileged /d' "$E2E/plain"
is "every habit ends as under plain runc" "$(cut -d' ' -f1,2 "$E2E/plain")" "$(cut -d' ' -f1,2 "$E2E/gated")"
is "and says the same" "" "$(diff "$E2E/plain" "$E2E/gated" || true)"
with_many() {
    E2E_SHIM=$shim
    e2e_docker
    out=$(many 2>&1 | sort -n | xargs)
    stop_docker
}
with_many
is "fifty starts at once" "$(seq -s ' ' 50)" "$out"
is "image builds are a scope of their own" "build" "$(records | jq -r 'select(.sallyport.container.scope == "build") | .sallyport.container.scope' | sort -u)"
verifies
e2e_end
