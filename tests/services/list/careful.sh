# Already hardened by its user: read-only with memory for /run and /tmp, root's capabilities dropped to four, an entry script
# that needs them.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=3
packages='nginx-light gosu socat'
options='--read-only --tmpfs /run --tmpfs /tmp --tmpfs /var/lib/nginx --cap-drop ALL --cap-add CHOWN --cap-add SETUID --cap-add SETGID --cap-add DAC_OVERRIDE'
dockerfile='VOLUME /data
EXPOSE 9000
ENTRYPOINT ["/entry.sh"]'
volume=/data
setup() {
    useradd -u 1000 app
    mkdir /data
    cat >/entry.sh <<'SCRIPT'
#!/bin/sh
set -e
mkdir -p /run/app
chown -R app:app /run/app /data
exec gosu app sh -c 'echo $$ >/run/app/pid; exec socat TCP-LISTEN:9000,fork,reuseaddr SYSTEM:/usr/local/bin/serve'
SCRIPT
    chmod 755 /entry.sh
    keeper /data/kept
}
health='tcp 9000'
client() { talk 9000 who; }
answer='^app$'
put() { talk 9000 "put $1"; }
get() { talk 9000 get; }
