# As nginx's image for a user who is not root: a number for USER, its configuration written from a template at each start,
# all temporary files below /tmp.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=2
packages='nginx-light gettext-base'
dockerfile='ENV GREETING=unprivileged
EXPOSE 8080
USER 101
ENTRYPOINT ["/docker-entrypoint.sh"]
CMD ["nginx", "-g", "daemon off;"]'
volume=/var/www/html
setup() {
    rm -f /etc/nginx/sites-enabled/*
    mkdir -p /etc/nginx/templates
    sed -i 's,^user .*,,; s,^pid .*,pid /tmp/nginx.pid;,; s,access_log .*,access_log /dev/stdout;,; s,error_log .*,error_log /dev/stderr;,' /etc/nginx/nginx.conf
    printf 'server { listen 8080; client_body_temp_path /tmp/b; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f; uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s; root /var/www/html; location = / { return 200 "${GREETING} answers\\n"; } }\n' >/etc/nginx/templates/default.conf.template
    chown -R 101:0 /etc/nginx /var/www/html
    chmod -R g+w /etc/nginx
    chown 101:0 /var/lib/nginx /var/log/nginx
    cat >/docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
if [ "$1" = "nginx" ]; then
    envsubst '${GREETING}' </etc/nginx/templates/default.conf.template >/etc/nginx/conf.d/default.conf
fi
exec "$@"
SCRIPT
    chmod 755 /docker-entrypoint.sh
}
health='http 8080 /'
client() { web 8080 /; }
answer='unprivileged answers'
put() { outside_put kept.html "$1"; }
get() { web 8080 /kept.html; }
