# PostgreSQL: makes its cluster at the first start, as postgres, which it becomes after giving directories away.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='postgresql-15 gosu'
dockerfile='VOLUME /var/lib/postgresql/data
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV PGDATA=/var/lib/postgresql/data
STOPSIGNAL SIGINT
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
    echo 'host all all all trust' >>"$PGDATA/pg_hba.conf"
    echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
fi
exec "$@"
SCRIPT
}
health='pg_isready -U postgres'
sql() { from_client /usr/lib/postgresql/15/bin/psql -h "$at" -U postgres -qAt "$@"; }
client() { sql -c 'select 6*7'; }
answer='^42$'
put() { sql -c 'create table if not exists kept (v text); delete from kept' -c "insert into kept values ('$1')"; }
get() { sql -c 'select v from kept'; }
