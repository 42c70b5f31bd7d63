# As the images of one large collection: user 1001 of root's group, everything below /opt, configuration written at each
# start, persistent data linked from a volume that is root's and open to the group.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=3
packages='socat'
dockerfile='ENV BITNAMI_VOLUME_DIR=/bitnami
ENV APP_VERSION=1
EXPOSE 8080
USER 1001
ENTRYPOINT ["/opt/bitnami/scripts/app/entrypoint.sh"]
CMD ["/opt/bitnami/scripts/app/run.sh"]'
volume=/bitnami/app
setup() {
    mkdir -p /bitnami/app /opt/bitnami/app/{bin,conf,tmp,logs} /opt/bitnami/scripts/app /docker-entrypoint-initdb.d
    chmod -R g+rwX /bitnami /opt/bitnami/app/{conf,tmp,logs}
    cat >/opt/bitnami/scripts/app/entrypoint.sh <<'SCRIPT'
#!/bin/bash
set -o errexit
set -o nounset
set -o pipefail
if [[ "$1" = "/opt/bitnami/scripts/app/run.sh" ]]; then
    echo "** Starting setup **"
    echo "port: 8080" >/opt/bitnami/app/conf/app.yml
    mkdir -p /bitnami/app/data
    touch /bitnami/app/.initialized
fi
echo ""
exec "$@"
SCRIPT
    cat >/opt/bitnami/scripts/app/run.sh <<'SCRIPT'
#!/bin/bash
set -e
echo $$ >/opt/bitnami/app/tmp/app.pid
echo started >>/opt/bitnami/app/logs/app.log
exec socat TCP-LISTEN:8080,fork,reuseaddr SYSTEM:/usr/local/bin/serve
SCRIPT
    chmod 755 /opt/bitnami/scripts/app/*.sh
    keeper /bitnami/app/data/kept
}
health='tcp 8080'
client() { talk 8080 who; }
answer='^1001$'
put() { talk 8080 "put $1"; }
get() { talk 8080 get; }
