# Mosquitto: started as root, becomes mosquitto by itself; its pid file lies below /run.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='mosquitto'
dockerfile='VOLUME /var/lib/mosquitto
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["/usr/sbin/mosquitto", "-c", "/etc/mosquitto/mosquitto.conf"]'
volume=/var/lib/mosquitto
setup() {
    install -d -o mosquitto -g mosquitto /run/mosquitto
    printf 'listener 1883 0.0.0.0\nallow_anonymous true\nautosave_interval 1\nautosave_on_changes true\n' >/etc/mosquitto/conf.d/open.conf
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
user="$(id -u)"
if [ "$user" = '0' ]; then
    [ -d /var/lib/mosquitto ] && chown -R mosquitto:mosquitto /var/lib/mosquitto || true
fi
exec "$@"
SCRIPT
}
health='tcp 1883'
client() { protocol mqtt get 1883 none; }
answer='^[a-z]'
put() { protocol mqtt put 1883 "$1"; }
get() { protocol mqtt get 1883; }
