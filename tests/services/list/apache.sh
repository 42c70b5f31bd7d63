# Apache with Debian's layout: lock, pid and log directories made by its start script as root.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='apache2'
dockerfile='EXPOSE 80
ENTRYPOINT ["/usr/local/bin/apache2-foreground"]'
volume=/var/www/html
setup() {
    find /var/log/apache2 -type f -delete
    for n in error access other_vhosts_access; do ln -sf /dev/stderr "/var/log/apache2/$n.log"; done
    entry apache2-foreground <<'SCRIPT'
#!/bin/bash
set -e
: "${APACHE_CONFDIR:=/etc/apache2}"
. "$APACHE_CONFDIR/envvars"
for d in "$APACHE_LOCK_DIR" "$APACHE_RUN_DIR" "$APACHE_LOG_DIR"; do mkdir -p "$d"; done
rm -f "$APACHE_PID_FILE"
exec apache2 -DFOREGROUND "$@"
SCRIPT
}
health='http 80 /'
client() { web 80 /; }
answer='Apache2 Debian'
put() { outside_put kept.html "$1"; }
get() { web 80 /kept.html; }
