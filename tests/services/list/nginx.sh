# nginx, as its own image: an entry script that needs nothing of root, workers of another account.
# shellcheck shell=bash disable=SC2034,SC2016
packages='nginx-light'
dockerfile='VOLUME /usr/share/nginx/html
EXPOSE 80
ENTRYPOINT ["/usr/local/bin/docker-entrypoint.sh"]
CMD ["nginx", "-g", "daemon off;"]'
volume=/var/www/html
setup() {
    ln -sf /dev/stdout /var/log/nginx/access.log
    ln -sf /dev/stderr /var/log/nginx/error.log
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
if [ "$1" = nginx ]; then echo "ready to start" >&2; fi
exec "$@"
SCRIPT
}
client() { web 80 /; }
answer='nginx'
put() { outside_put kept.html "$1"; }
get() { web 80 /kept.html; }
