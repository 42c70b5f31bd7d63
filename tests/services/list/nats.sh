# NATS with JetStream: root, no account, streams on a volume.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='nats-server'
dockerfile='VOLUME /data
EXPOSE 4222
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["nats-server", "--jetstream", "--store_dir", "/data"]'
volume=/data
setup() {
    mkdir /data
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
if [ "${1#-}" != "$1" ]; then set -- nats-server "$@"; fi
exec "$@"
SCRIPT
}
health='tcp 4222'
client() { protocol nats ping 4222; }
answer='PONG'
put() { protocol nats put 4222 "$1"; }
get() { protocol nats get 4222; }
