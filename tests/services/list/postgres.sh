# PostgreSQL: makes its cluster at the first start, as postgres, which it becomes after giving directories away.
# shellcheck shell=bash disable=SC2034,SC2016
packages='postgresql-15 gosu'
dockerfile='VOLUME /var/lib/postgresql/data
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin PGDATA=/var/lib/postgresql/data
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]'
volume=/var/lib/postgresql/data
setup() {
    rm -rf /var/lib/postgresql/15
    install -d -o postgres -g postgres -m 0777 /var/lib/postgresql/data
    install -d -o postgres -g postgres -m 3777 /var/run/postgresql
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/bash
set -e
if [ "$1" = postgres ] && [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" /var/run/postgresql
    chmod 700 "$PGDATA"
    find "$PGDATA" \! -user postgres -exec chown postgres '{}' +
    chmod 3777 /var/run/postgresql
    exec gosu postgres "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb --username=postgres --auth=trust --no-sync >/dev/null
fi
exec "$@"
SCRIPT
}
client() { inside psql -h 127.0.0.1 -U postgres -Atc 'select 6*7'; }
answer='^42$'
put() { inside psql -h 127.0.0.1 -U postgres -qc 'create table if not exists kept (v text); delete from kept' -c "insert into kept values ('$1')"; }
get() { inside psql -h 127.0.0.1 -U postgres -Atc 'select v from kept'; }
