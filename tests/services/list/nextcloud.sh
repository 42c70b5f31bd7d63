# As Nextcloud's image: the entry script copies the program into the volume with rsync --chown, runs its installer as
# www-data by su, and leaves the web server to become www-data by itself.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=2
packages='apache2 libapache2-mod-php php-cli rsync'
dockerfile='VOLUME /var/www/html
WORKDIR /var/www/html
EXPOSE 80
ENTRYPOINT ["/entrypoint.sh"]
CMD ["apache2ctl", "-DFOREGROUND"]'
volume=/var/www/html
setup() {
    mkdir -p /usr/src/nextcloud/{data,config}
    cat >/usr/src/nextcloud/index.php <<'PHP'
<?php
$kept = __DIR__ . '/data/kept';
if ($_SERVER['REQUEST_METHOD'] === 'PUT') { if (file_put_contents($kept, file_get_contents('php://input')) === false) http_response_code(500); }
elseif (isset($_GET['kept'])) readfile($kept);
else echo 'nextcloud ', file_get_contents(__DIR__ . '/config/installed');
PHP
    echo '<?php file_put_contents($argv[1] . "/config/installed", get_current_user() . " " . posix_getuid()) or exit(1);' >/usr/src/nextcloud/occ
    rm -rf /var/www/html
    install -d -o www-data -g root -m 0770 /var/www/html
    cat >/entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -eu
run_as() {
    if [ "$(id -u)" = 0 ]; then
        su -p "$user" -s /bin/sh -c "$1"
    else
        sh -c "$1"
    fi
}
if expr "$1" : "apache" 1>/dev/null; then
    if [ "$(id -u)" = 0 ]; then
        user="${APACHE_RUN_USER:-www-data}"
        group="${APACHE_RUN_GROUP:-www-data}"
    else
        user="$(id -u)"
        group="$(id -g)"
    fi
    (
        flock 9
        if [ ! -e /var/www/html/config/installed ]; then
            if [ "$(id -u)" = 0 ]; then
                rsync_options="-rlDog --chown $user:$group"
            else
                rsync_options="-rlD"
            fi
            rsync $rsync_options --delete /usr/src/nextcloud/ /var/www/html/
            run_as 'php /var/www/html/occ /var/www/html'
        fi
    ) 9>/var/www/html/nextcloud-init-sync.lock
fi
exec "$@"
SCRIPT
    chmod 755 /entrypoint.sh
}
health='http 80 /'
client() { web 80 /; }
answer='nextcloud .* [0-9]'
put() { web 80 / -X PUT -d "$1"; }
get() { web 80 '/?kept=1'; }
