# PHP-FPM and nginx in one container: two daemons, each with a master and workers of another account.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='php-fpm nginx-light'
dockerfile='WORKDIR /var/www/html
VOLUME /var/www/data
EXPOSE 80
ENTRYPOINT ["docker-entrypoint.sh"]'
volume=/var/www/data
setup() {
    install -d -o www-data -g www-data /var/www/data
    cat >/var/www/html/index.php <<'PHP'
<?php
session_start();
$kept = '/var/www/data/kept';
if ($_SERVER['REQUEST_METHOD'] === 'PUT') { if (file_put_contents($kept, file_get_contents('php://input')) === false) http_response_code(500); exit; }
if ($_SERVER['QUERY_STRING'] === 'kept') { readfile($kept); exit; }
$t = tmpfile();
echo $t ? "php answers\n" : "no temporary file\n";
PHP
    cat >/etc/nginx/sites-enabled/default <<'CONFIG'
server {
    listen 80 default_server;
    root /var/www/html;
    location / { include fastcgi_params; fastcgi_param SCRIPT_FILENAME /var/www/html/index.php; fastcgi_pass unix:/run/php/fpm.sock; }
}
CONFIG
    ln -sf /dev/stderr /var/log/nginx/error.log
    sed -i 's|^listen = .*|listen = /run/php/fpm.sock|' /etc/php/*/fpm/pool.d/www.conf
    sed -i 's|^error_log = .*|error_log = /dev/stderr|' /etc/php/*/fpm/php-fpm.conf
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
mkdir -p /run/php
php-fpm8.2 --nodaemonize &
exec nginx -g 'daemon off;'
SCRIPT
}
health='http 80 /'
client() { web 80 /; }
answer='php answers'
put() { web 80 / -X PUT -d "$1"; }
get() { web 80 '/?kept'; }
