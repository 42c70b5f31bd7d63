# A start script that is not executable, given to a shell: it edits its configuration with sed, makes directories below /etc
# and beside itself.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=3
packages='socat'
dockerfile='ENV LISTEN=9000
WORKDIR /opt/app
EXPOSE 9000
CMD ["bash", "start.sh"]'
volume=/var/lib/app
setup() {
    mkdir -p /opt/app /var/lib/app
    echo 'port = 1' >/etc/app.conf
    cat >/opt/app/start.sh <<'SCRIPT'
set -euo pipefail
sed -i "s/^port = .*/port = $LISTEN/" /etc/app.conf
mkdir -p /etc/letsencrypt/live logs /var/lib/app/data
echo started >>logs/start.log
touch /etc/letsencrypt/live/cert
chmod 700 /var/lib/app/data
exec socat "TCP-LISTEN:$(awk '{print $3}' /etc/app.conf),fork,reuseaddr" SYSTEM:/usr/local/bin/serve
SCRIPT
    keeper /var/lib/app/data/kept
}
health='tcp 9000'
client() { talk 9000 who; }
answer='^root$'
put() { talk 9000 "put $1"; }
get() { talk 9000 get; }
