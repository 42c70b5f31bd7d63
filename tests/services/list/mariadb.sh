# MariaDB: the same convention, with a helper that asks for the account by name.
# shellcheck shell=bash disable=SC2034,SC2016
packages='mariadb-server gosu'
dockerfile='VOLUME /var/lib/mysql
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["mariadbd"]'
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
    exec gosu mysql "$BASH_SOURCE" "$@"
fi
if [ ! -d /var/lib/mysql/mysql ]; then
    mariadb-install-db --auth-root-authentication-method=normal --skip-test-db >/dev/null
fi
exec "$@"
SCRIPT
}
client() { inside mariadb -u root -h localhost -Ne 'select 6*7'; }
answer='^42$'
put() { inside mariadb -u root -e "create database if not exists d; use d; create table if not exists kept (v text); delete from kept; insert into kept values ('$1')"; }
get() { inside mariadb -u root -Ne 'select v from d.kept'; }
