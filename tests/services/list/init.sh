# A classic init as process 1, starting services by its table: a log daemon, cron, a web application.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='sysvinit-core busybox-static cron socat'
dockerfile='EXPOSE 9000
VOLUME /var/lib/worker
CMD ["/sbin/init"]'
volume=/var/lib/worker
setup() {
    useradd -m -d /var/lib/worker worker
    cat >/etc/inittab <<'TABLE'
id:2:initdefault:
si::sysinit:/bin/mkdir -p /run/lock
l1:2:respawn:/bin/busybox syslogd -n -O /var/log/messages
l2:2:respawn:/usr/sbin/cron -f
l3:2:respawn:/usr/sbin/runuser -u worker -- /usr/bin/socat TCP-LISTEN:9000,fork,reuseaddr SYSTEM:/usr/local/bin/serve
TABLE
    keeper /var/lib/worker/kept
}
health='pgrep cron && pgrep socat'
client() { talk 9000 who; }
answer='^worker$'
put() { talk 9000 "put $1"; }
get() { talk 9000 get; }
