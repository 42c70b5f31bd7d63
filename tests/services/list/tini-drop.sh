# An entry script behind tini: it tests who it is, gives its data away and becomes its account by setpriv.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=3
packages='tini socat'
dockerfile='VOLUME /data
EXPOSE 9000
ENTRYPOINT ["/usr/bin/tini", "-g", "--", "docker-entrypoint.sh"]
CMD ["queue-server"]'
volume=/data
setup() {
    groupadd -g 999 -r queue
    useradd -r -u 999 -g queue -d /data queue
    install -d -o queue -g queue -m 0700 /data
    install -d -o queue -g queue -m 0755 /var/run/queue
    keeper /data/kept
    entry queue-server <<'SCRIPT'
#!/bin/sh
set -e
echo $$ >/var/run/queue/queue.pid
exec socat TCP-LISTEN:9000,fork,reuseaddr SYSTEM:/usr/local/bin/serve
SCRIPT
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
if [ "$1" = 'queue-server' ] && [ "$(id -u)" = '0' ]; then
    find /data \! -user queue -exec chown queue '{}' +
    exec setpriv --reuid=queue --regid=queue --clear-groups -- "$0" "$@"
fi
exec "$@"
SCRIPT
}
health='tcp 9000'
client() { talk 9000 who; }
answer='^queue$'
put() { talk 9000 "put $1"; }
get() { talk 9000 get; }
