# s6 as process 1: a tree of services, each becoming its own user.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='s6 nginx-light socat'
dockerfile='VOLUME /var/lib/worker
EXPOSE 80 9000
ENTRYPOINT ["/init"]'
volume=/var/lib/worker
setup() {
    useradd -m -d /var/lib/worker worker
    mkdir -p /etc/services.d/nginx /etc/services.d/worker
    printf '#!/bin/sh\nexec nginx -g "daemon off;"\n' >/etc/services.d/nginx/run
    printf '#!/bin/sh\nexec s6-setuidgid worker socat TCP-LISTEN:9000,fork,reuseaddr SYSTEM:/usr/local/bin/serve\n' >/etc/services.d/worker/run
    cat >/init <<'SCRIPT'
#!/bin/sh
set -e
mkdir -p /run/s6
cp -r /etc/services.d /run/s6/services
chown worker:worker /var/lib/worker
exec s6-svscan /run/s6/services
SCRIPT
    chmod 755 /init /etc/services.d/*/run
    keeper /var/lib/worker/kept
}
health='http 80 /'
client() { web 80 / && talk 9000 who; }
answer='^worker$'
put() { talk 9000 "put $1"; }
get() { talk 9000 get; }
