#!/bin/bash
# Whom a service runs as, with real dockerd: what it writes is its own at every start, with and without us; what a
# container planted leads nowhere; and what was done is told.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
e2e_begin services-user "$@"
e2e_need dockerd docker containerd jq busybox
e2e_gate </dev/null
e2e_docker

pid_of() { docker inspect -f '{{.State.Pid}}' "$1"; }
status_of() { awk -v k="$2:" '$1 == k {print $2; exit}' "/proc/$(pid_of "$1")/status"; }
volume_of() { echo "$E2E/docker/data/volumes/$1/_data"; }
owner() { stat -c %u "$1"; }
newest() { records | jq -c 'select(.sallyport.operation == "create")' | tail -1; }
actions() { newest | jq -c '[.result.actions[]?.action]'; }
stage() { find /run/sallyport/roots -mindepth 1 -maxdepth 1 2>/dev/null | wc -l; }
one=0x70000000

# --- a program without an account: its volume becomes its own -----------------------------------
docker volume create data >/dev/null
run docker run -d --name app -v data:/data "$E2E_IMAGE" sh -c 'echo first >/data/kept && exec sleep 300'
worked "a program without an account starts on a fresh volume"
is "as nobody's user" 65532 "$(status_of app Uid)"
is "and without capabilities" 0000000000000000 "$(status_of app CapEff)"
is "which owns the volume now" "65532 65532" "$(owner "$(volume_of data)") $(owner "$(volume_of data)/kept")"
has "the record says that it was given" '"own"' "$(actions)"
run docker restart -t 0 app
worked "it starts again"
is "as the same user" 65532 "$(status_of app Uid)"
docker rm -f app >/dev/null
run docker run --rm --runtime runc -v data:/data "$E2E_IMAGE" sh -c 'cat /data/kept; echo roots >/data/roots; chmod 600 /data/roots'
is "plain runc finds its data" first "$out"
run docker run --rm -v data:/data "$E2E_IMAGE" sh -c 'cat /data/kept /data/roots && echo more >>/data/roots'
is "and what root wrote there is the user's afterwards" $'first\nroots' "$out"

# --- what a container plants on a volume ---------------------------------------------------------
mkdir -p "$E2E/victim"
echo secret >"$E2E/victim/file"
chmod 600 "$E2E/victim/file"
docker volume create trap >/dev/null
docker run --rm --runtime runc -v trap:/t "$E2E_IMAGE" sh -c "ln -s $E2E/victim /t/dir; ln -s $E2E/victim/file /t/file; ln -s .. /t/up; cp /bin/busybox /t/su; chmod 4755 /t/su; mknod /t/disk b 8 0; mkfifo /t/pipe"
run docker run --rm -v trap:/t "$E2E_IMAGE" busybox id -u
is "a volume full of links is given all the same" 65532 "$out"
is "and nothing that the links name" "0 0 0" "$(owner "$E2E/victim") $(owner "$E2E/victim/file") $(owner "$E2E/docker/data/volumes/trap")"
is "set-user-id files and devices stay root's" "0 0" "$(owner "$(volume_of trap)/su") $(owner "$(volume_of trap)/disk")"
is "and keep their bits off the mount" 4755 "$(stat -c %a "$(volume_of trap)/su")"

# --- a directory of the host's is never given: root of a namespace writes there -------------------
mkdir -p "$E2E/host"
chmod 700 "$E2E/host"
run docker run -d --name mapped -v "$E2E/host:/data" "$E2E_IMAGE" sh -c 'echo first >/data/kept && exec sleep 300'
worked "a program on a directory of the host's starts"
uid=$(status_of mapped Uid)
if [ "$uid" -ge "$((one))" ]; then ok "as nobody on the host"; else not_ok "as nobody on the host" "$uid"; fi
is "root inside" 0 "$(docker exec mapped id -u)"
is "the directory stays its owner's" "0 0" "$(owner "$E2E/host") $(owner "$E2E/host/kept")"
has "the record says so" 'map_root' "$(actions)"
is "no new privileges" 1 "$(status_of mapped NoNewPrivs)"
is "a seccomp filter" 2 "$(status_of mapped Seccomp)"
run docker exec mapped sh -c 'echo x >/bin/planted'
has "the root file system is read-only" 'Read-only file system' "$out"
run docker exec mapped sh -c 'mount -t tmpfs none /mnt 2>&1; echo x >/proc/sys/kernel/hostname; mknod /data/disk b 8 0; chown 7 /data/kept && ls -ln /data/kept'
has "it may not mount" 'permission denied|not permitted' "$out"
has "nor make devices" 'mknod.*(not permitted|denied)' "$out"
has "but give its files away" ' 7 ' "$out"
is "which is so on the host" 7 "$(owner "$E2E/host/kept")"
lacks "it sees no process of the host's" 'dockerd' "$(docker exec mapped ps)"
run docker run -d --name second -v "$E2E/host:/data" "$E2E_IMAGE" sleep 300
other=$(status_of second Uid)
if [ "$other" != "$uid" ] && [ "$other" -ge "$((one))" ]; then ok "another container has ids of its own"; else not_ok "another container has ids of its own" "$uid $other"; fi
run docker exec second kill -9 1
run docker restart -t 0 mapped
worked "it starts again"
is "root inside as before" 0 "$(docker exec mapped id -u)"
run docker exec --privileged mapped grep CapEff /proc/self/status
is "exec --privileged gets what the container has" "$(status_of mapped CapEff)" "$(awk '{print $2}' <<<"$out")"
docker rm -f mapped second >/dev/null
run docker run --rm "$E2E_IMAGE" true
lacks "no mount of ours is left on the host" '/run/sallyport' "$(cut -d' ' -f5 /proc/self/mountinfo)"
run docker run --rm --runtime runc -v "$E2E/host:/data" "$E2E_IMAGE" cat /data/kept
is "plain runc reads what it wrote" first "$out"

# --- namespaces of another container's --------------------------------------------------------------
docker run -d --name peer --ipc shareable "$E2E_IMAGE" sleep 300 >/dev/null
run docker run -d --name joins --network container:peer --ipc container:peer -v "$E2E/host:/data" "$E2E_IMAGE" \
    sh -c 'ls /sys/class/net >/data/net; ls -d /dev/mqueue >>/data/net; exec nc -l -p 80 -e echo reached'
worked "a network and an ipc namespace are joined"
uid=$(status_of joins Uid)
if [ "$uid" -ge "$((one))" ]; then ok "as nobody on the host"; else not_ok "as nobody on the host" "$uid"; fi
run docker exec joins sh -c 'id -u; ls /sys/class/net; cat /proc/self/net/dev | wc -l; readlink /proc/self/ns/net; readlink /proc/self/ns/ipc'
worked "an exec into it"
is "is in the namespaces that it joined" $'0\nlo\n3'$'\n'"$(readlink "/proc/$(pid_of peer)/ns/net" "/proc/$(pid_of peer)/ns/ipc")" "$out"
is "the host's low ports stay shut" 1024 "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)"
sleep 0.5
is "it listens on a low port there" reached "$(nsenter -t "$(pid_of peer)" -n timeout 5 busybox nc 127.0.0.1 80 </dev/null)"
is "and sees that network's devices alone" $'lo\n/dev/mqueue' "$(cat "$E2E/host/net")"
has "the record says that the ports were opened" 'open_ports' "$(actions)"
docker rm -f peer joins >/dev/null

# --- what a container planted in its own root file system -----------------------------------------
docker run --name evil --runtime runc "$E2E_IMAGE" sh -c "rm -rf /var/lib /root; ln -s $E2E/victim /var/lib; ln -s $E2E/victim /root"
docker commit evil evil >/dev/null
run docker run --rm -v "$E2E/host:/data" evil sh -c 'echo x >/var/lib/planted; echo x >/root/planted; true'
is "a link in place of a state directory leads nowhere" "file" "$(ls "$E2E/victim")"
is "nor is it given away" 0 "$(owner "$E2E/victim")"
docker rm evil >/dev/null

# --- decided once -----------------------------------------------------------------------------------
run docker run -d --name once -v data:/data "$E2E_IMAGE" sleep 300
chown 7:7 "$(volume_of data)"
run docker restart -t 0 once
is "owners that changed meanwhile do not change the user" 65532 "$(status_of once Uid)"
docker rm -f once >/dev/null
chown 65532:65532 "$(volume_of data)"

# --- it is told ---------------------------------------------------------------------------------------
docker run --name dies "$E2E_IMAGE" sh -c 'echo starting; echo x >/usr/bin/planted' >/dev/null 2>&1 || true
run sallyport why dies
has "why: a container's name tells of its newest start" 'name +dies' "$out"
has "why: how it ended" 'ended +exit status 1' "$out"
has "why: what it said names the change" '1\. read-only-rootfs' "$out"
has "why: in its words" "it said: [^{]*planted: Read-only file system\$" "$out"
has "why: and how to do without" 'opt out: rules: \{read-only-rootfs: \{mode: warn\}\}' "$out"
run sh -c "echo 'initgroups: Operation not permitted' | '$E2E/bin/sallyport' why --said - dies"
has "why: what one has heard otherwise counts" '1\. drop-capabilities' "$out"
docker rm dies >/dev/null
run sallyport why nosuchcontainer
has "why: no such container" 'no start of a container nosuchcontainer' "$out"

# --- settings may want it otherwise ---------------------------------------------------------------------
printf 'runtime: %s\nparameters: {run-as-non-root: {user_namespace: false}}\n' "$E2E_RUNC" >/etc/sallyport/sallyport.yaml
run sallyport policy activate --baseline "$E2E/baseline"
worked "user_namespace: false is a setting"
run docker run --rm -v "$E2E/host:/data" "$E2E_IMAGE" id -u
is "without namespaces it is nobody's user" 65532 "$out"
run docker run --rm -v "$E2E/host:/data" "$E2E_IMAGE" sh -c 'echo x >/data/more'
has "which may not write the host's directory" 'ermission denied' "$out"
is "every stage went with its container" 0 "$(stage)"
echo "# facts: $(records | jq -s -r '[.[].metrics.facts_us // empty] | sort | "median \(.[length / 2 | floor]) us, most \(last) us"')"
e2e_end
