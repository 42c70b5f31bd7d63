# As MongoDB's image: two volumes, the log handed to the account through /proc/1/fd, gosu with the script's own name, a first
# start of its own that forks a server for the set-up.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=2
packages='gosu socat'
dockerfile='VOLUME /data/db
VOLUME /data/configdb
ENV HOME=/data/db
EXPOSE 27017
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["mongod"]'
volume=/data/db
setup() {
    groupadd -g 999 -r mongodb
    useradd -r -u 999 -g mongodb mongodb
    mkdir -p /data/db /data/configdb /docker-entrypoint-initdb.d
    chown -R mongodb:mongodb /data/db /data/configdb
    keeper /data/db/kept
    entry mongod <<'SCRIPT'
#!/bin/bash
set -e
log=/dev/stdout
while [ $# -gt 0 ]; do case $1 in --logpath) log=$2; shift ;; --fork) fork=1 ;; esac; shift; done
echo "mongod $(id -u)" >>"$log"
[ -e /data/db/WiredTiger ] || echo new >/data/db/WiredTiger
echo x >/data/configdb/meta
[ -z "$fork" ] || exit 0
echo $$ >/tmp/mongodb-27017.sock
exec socat TCP-LISTEN:27017,fork,reuseaddr SYSTEM:/usr/local/bin/serve
SCRIPT
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/bash
set -Eeuo pipefail
if [ "${1:0:1}" = '-' ]; then
	set -- mongod "$@"
fi
originalArgOne="$1"
if [[ "$originalArgOne" == mongo* ]] && [ "$(id -u)" = '0' ]; then
	if [ "$originalArgOne" = 'mongod' ]; then
		find /data/configdb /data/db \! -user mongodb -exec chown mongodb '{}' +
	fi
	chown --dereference mongodb "/proc/$$/fd/1" "/proc/$$/fd/2" || :
	exec gosu mongodb "$BASH_SOURCE" "$@"
fi
dbPath=/data/db
if [ "$originalArgOne" = 'mongod' ] && [ ! -e "$dbPath/WiredTiger" ]; then
	pidfile="${TMPDIR:-/tmp}/docker-entrypoint-temp-mongod.pid"
	echo $$ >"$pidfile"
	if stat "/proc/$$/fd/1" > /dev/null && [ -w "/proc/$$/fd/1" ]; then
		mongod --fork --logpath "/proc/$$/fd/1"
	else
		mongod --fork --logpath "$dbPath/docker-initdb.log"
	fi
	rm -f "$pidfile"
fi
unset "${!MONGO_@}"
exec "$@"
SCRIPT
}
health='tcp 27017'
client() { talk 27017 who; }
answer='^mongodb$'
put() { talk 27017 "put $1"; }
get() { talk 27017 get; }
