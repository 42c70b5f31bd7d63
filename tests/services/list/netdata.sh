# netdata, a web interface: starts as root, gives its volumes away, becomes its account by an option.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='netdata-core netdata-web'
dockerfile='VOLUME /var/lib/netdata
EXPOSE 19999
ENTRYPOINT ["docker-entrypoint.sh"]'
volume=/var/lib/netdata
setup() {
    printf '[global]\n  run as user = netdata\n[web]\n  bind to = 0.0.0.0\n  web files owner = root\n' >/etc/netdata/netdata.conf
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
mkdir -p /var/cache/netdata /var/log/netdata /var/lib/netdata
chown -R netdata:netdata /var/cache/netdata /var/log/netdata /var/lib/netdata
for n in access error debug; do ln -sf /dev/stderr "/var/log/netdata/$n.log"; done
exec /usr/sbin/netdata -u netdata -D "$@"
SCRIPT
}
patience=25
health='http 19999 /api/v1/info'
client() { web 19999 / && web 19999 /api/v1/info; }
answer='"version"'
identity_of() { web 19999 /api/v1/info | jq -r .uid; }
put() { same_put "$1" identity_of; }
get() { same_get identity_of; }
