# supervisord of root's with programs of several users: a web server and an application.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='supervisor nginx-light socat'
dockerfile='VOLUME /var/lib/worker
EXPOSE 80 9000
CMD ["/usr/bin/supervisord", "-n", "-c", "/etc/supervisor/supervisord.conf"]'
volume=/var/lib/worker
setup() {
    useradd -m -d /var/lib/worker worker
    cat >/etc/supervisor/conf.d/all.conf <<'CONFIG'
[program:nginx]
command=/usr/sbin/nginx -g "daemon off;"
[program:worker]
command=/usr/bin/socat TCP-LISTEN:9000,fork,reuseaddr SYSTEM:/usr/local/bin/serve
user=worker
CONFIG
    keeper /var/lib/worker/kept
}
health='http 80 /'
client() { web 80 / && talk 9000 who; }
answer='^worker$'
put() { talk 9000 "put $1"; }
get() { talk 9000 get; }
