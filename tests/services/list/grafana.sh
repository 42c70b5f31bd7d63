# As Grafana's image: user 472 of root's group, data, logs and plugins in places of its own, a start script that looks
# whether it may write them.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=2
packages='socat'
dockerfile='ENV GF_PATHS_DATA=/var/lib/grafana
ENV GF_PATHS_HOME=/usr/share/grafana
ENV GF_PATHS_LOGS=/var/log/grafana
ENV GF_PATHS_PLUGINS=/var/lib/grafana/plugins
WORKDIR /usr/share/grafana
EXPOSE 3000
USER 472
ENTRYPOINT ["/run.sh"]'
volume=/var/lib/grafana
setup() {
    useradd -r -u 472 -g 0 -M -d /usr/share/grafana grafana
    mkdir -p /usr/share/grafana/.aws /usr/share/grafana/data /etc/grafana/provisioning /var/lib/grafana/plugins /var/log/grafana
    chown -R 472:0 /usr/share/grafana/.aws /usr/share/grafana/data /etc/grafana/provisioning /var/lib/grafana /var/log/grafana
    chmod -R 777 /etc/grafana/provisioning /var/lib/grafana /var/log/grafana
    cat >/run.sh <<'SCRIPT'
#!/bin/bash -e
PERMISSIONS_OK=0
if [ ! -w "$GF_PATHS_DATA" ]; then
    echo "GF_PATHS_DATA='$GF_PATHS_DATA' is not writable."
    PERMISSIONS_OK=1
fi
if [ $PERMISSIONS_OK -eq 1 ]; then exit 1; fi
[ -d "$GF_PATHS_PLUGINS" ] || mkdir "$GF_PATHS_PLUGINS"
echo started >>"$GF_PATHS_LOGS/grafana.log"
echo '[default]' >"$GF_PATHS_HOME/.aws/credentials"
echo cache >"$GF_PATHS_HOME/data/cache"
exec socat TCP-LISTEN:3000,fork,reuseaddr SYSTEM:/usr/local/bin/serve
SCRIPT
    chmod 755 /run.sh
    keeper /var/lib/grafana/kept
}
health='tcp 3000'
client() { talk 3000 who; }
answer='^grafana$'
put() { talk 3000 "put $1"; }
get() { talk 3000 get; }
