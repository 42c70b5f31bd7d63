# MariaDB: as PostgreSQL, with a server of its own for the time of setting up.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='mariadb-server gosu'
dockerfile='VOLUME /var/lib/mysql
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["mariadbd", "--bind-address=*"]'
volume=/var/lib/mysql
setup() {
    rm -rf /var/lib/mysql
    install -d -o mysql -g mysql /var/lib/mysql
    install -d -o mysql -g mysql -m 1777 /run/mysqld
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/bash
set -eo pipefail
if [ "$1" = mariadbd ] && [ "$(id -u)" = 0 ]; then
    find /var/lib/mysql /run/mysqld \! -user mysql -exec chown mysql: '{}' +
    exec gosu mysql "${BASH_SOURCE[0]}" "$@"
fi
if [ ! -d /var/lib/mysql/mysql ]; then
    mariadb-install-db --auth-root-authentication-method=normal --skip-test-db >/dev/null
    mariadbd --skip-networking --socket=/run/mysqld/setup.sock &
    setup=$!
    until mariadb-admin --socket=/run/mysqld/setup.sock ping >/dev/null 2>&1; do sleep 0.2; done
    mariadb --socket=/run/mysqld/setup.sock -u root -e "create user root@'%'; grant all on *.* to root@'%' with grant option"
    kill "$setup"
    wait "$setup"
fi
exec "$@"
SCRIPT
}
patience=25
health='mariadb-admin -h 127.0.0.1 ping'
sql() { from_client mariadb -u root -h "$at" -Ne "$1"; }
client() { sql 'select 6*7'; }
answer='^42$'
put() { sql "create database if not exists d; use d; create table if not exists kept (v text); delete from kept; insert into kept values ('$1')"; }
get() { sql 'select v from d.kept'; }
