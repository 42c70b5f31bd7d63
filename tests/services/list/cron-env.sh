# A cron container as many write it: the entry script saves the environment for the jobs, installs a table and starts cron.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=2
packages='cron socat'
dockerfile='ENV GREETING=hello
VOLUME /backup
ENTRYPOINT ["/start.sh"]'
volume=/backup
patience=90
setup() {
    mkdir -p /backup
    cat >/start.sh <<'SCRIPT'
#!/bin/bash
set -e
printenv | grep -v no_proxy >>/etc/environment
echo "* * * * * root . /etc/environment; echo \$GREETING >/backup/greeting" >/etc/cron.d/backup
chmod 0644 /etc/cron.d/backup
touch /var/log/cron.log
cron
exec socat TCP-LISTEN:9000,fork,reuseaddr SYSTEM:/usr/local/bin/serve
SCRIPT
    chmod 755 /start.sh
    keeper /backup/kept
}
health='tcp 9000'
client() { talk 9000 who && cat "$(engine_volume)/greeting"; }
answer='^hello$'
put() { talk 9000 "put $1"; }
get() { talk 9000 get; }
