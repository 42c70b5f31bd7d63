# Redis: the entry script gives the data away, tests who it is and becomes redis.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='redis-server gosu'
dockerfile='VOLUME /data
WORKDIR /data
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["redis-server", "--appendonly", "yes", "--protected-mode", "no", "--bind", "*"]'
volume=/data
setup() {
    mkdir /data
    chown redis:redis /data
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
if [ "$1" = 'redis-server' ] && [ "$(id -u)" = '0' ]; then
    find . \! -user redis -exec chown redis '{}' +
    exec gosu redis "$0" "$@"
fi
exec "$@"
SCRIPT
}
health='redis-cli ping | grep -q PONG'
client() { talk 6379 'PING'; }
answer='PONG'
put() { talk 6379 "SET kept $1"; }
get() { talk 6379 'GET kept'; }
