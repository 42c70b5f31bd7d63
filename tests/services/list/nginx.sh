# nginx, as its own image: an entry script of parts, a master of root, workers of another account.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='nginx-light'
dockerfile='EXPOSE 80
ENTRYPOINT ["/usr/local/bin/docker-entrypoint.sh"]
CMD ["nginx", "-g", "daemon off;"]'
volume=/var/www/html
setup() {
    ln -sf /dev/stdout /var/log/nginx/access.log
    ln -sf /dev/stderr /var/log/nginx/error.log
    mkdir -p /docker-entrypoint.d
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
if [ "$1" = nginx ]; then
    find /docker-entrypoint.d -name '*.sh' -exec sh '{}' ';'
    echo "ready to start" >&2
fi
exec "$@"
SCRIPT
}
health='http 80 /'
client() { web 80 /; }
answer='nginx'
put() { outside_put kept.html "$1"; }
get() { web 80 /kept.html; }
