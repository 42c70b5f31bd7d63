# A PHP application on Apache, as WordPress's image: at each start the entry script, which stays root, unpacks the
# program into the volume where it is not yet, gives it to www-data and executes what it was given.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=2
packages='apache2 libapache2-mod-php'
dockerfile='VOLUME /var/www/html
WORKDIR /var/www/html
ENV APACHE_CONFDIR=/etc/apache2
STOPSIGNAL SIGWINCH
EXPOSE 80
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["apache2-foreground"]'
volume=/var/www/html
setup() {
    rm -rf /var/www/html
    mkdir -p /usr/src/wordpress/wp-content /var/www/html
    chown -R www-data:www-data /usr/src/wordpress /var/www/html
    chmod 1777 /var/www/html
    cat >/usr/src/wordpress/index.php <<'PHP'
<?php
$kept = __DIR__ . '/wp-content/kept';
if ($_SERVER['REQUEST_METHOD'] === 'PUT') { if (file_put_contents($kept, file_get_contents('php://input')) === false) http_response_code(500); }
elseif (isset($_GET['kept'])) readfile($kept);
else { session_save_path('/var/lib/php/sessions'); session_start(); $_SESSION['seen'] = 1; session_write_close(); echo 'wordpress answers ', (int) file_exists('/var/lib/php/sessions/sess_' . session_id()); }
PHP
    ln -sfT /dev/stderr /var/log/apache2/error.log
    ln -sfT /dev/stdout /var/log/apache2/access.log
    entry apache2-foreground <<'SCRIPT'
#!/bin/bash
set -e
: "${APACHE_CONFDIR:=/etc/apache2}"
: "${APACHE_ENVVARS:=$APACHE_CONFDIR/envvars}"
. "$APACHE_ENVVARS"
: "${APACHE_RUN_DIR:=/var/run/apache2}"
: "${APACHE_PID_FILE:=$APACHE_RUN_DIR/apache2.pid}"
rm -f "$APACHE_PID_FILE"
for e in "${!APACHE_@}"; do
    if [[ "$e" == *_DIR ]] && [[ "${!e}" == /* ]]; then
        while [ "$(readlink -f "${!e}")" != "${!e}" ] && [ -d "${!e}" ]; do break; done
        mkdir -p "${!e}"
    fi
done
exec apache2 -DFOREGROUND "$@"
SCRIPT
    entry docker-entrypoint.sh <<'SCRIPT'
#!/usr/bin/env bash
set -Eeuo pipefail
if [[ "$1" == apache2* ]] || [ "$1" = 'php-fpm' ]; then
    uid="$(id -u)"
    gid="$(id -g)"
    if [ "$uid" = '0' ]; then
        user='www-data'
        group='www-data'
    else
        user="$uid"
        group="$gid"
    fi
    if [ ! -e index.php ] && [ ! -e wp-includes/version.php ]; then
        if [ "$uid" = '0' ] && [ "$(stat -c '%u:%g' .)" = '0:0' ]; then
            chown "$user:$group" .
        fi
        sourceTarArgs=( --create --file - --directory /usr/src/wordpress --owner "$user" --group "$group" )
        targetTarArgs=( --extract --file - )
        if [ "$uid" != '0' ]; then
            targetTarArgs+=( --no-overwrite-dir )
        fi
        tar "${sourceTarArgs[@]}" . | tar "${targetTarArgs[@]}"
    fi
fi
exec "$@"
SCRIPT
}
health='http 80 /'
client() { web 80 /; }
answer='wordpress answers [1-9]'
put() { web 80 / -X PUT -d "$1"; }
get() { web 80 '/?kept=1'; }
