# Varnish: a user of the image's, a compiler at the start, a state directory in memory.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='varnish'
dockerfile='USER varnish
WORKDIR /etc/varnish
EXPOSE 80
ENTRYPOINT ["docker-entrypoint.sh"]'
setup() {
    mkdir -p /var/lib/varnish
    chown varnish:varnish /var/lib/varnish
    cat >/etc/varnish/default.vcl <<'CONFIG'
vcl 4.1;
backend default none;
sub vcl_recv { return (synth(200, "varnish answers")); }
CONFIG
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
exec varnishd -F -f /etc/varnish/default.vcl -a http=:80,HTTP -n /tmp/varnish -p feature=+http2 -s malloc,32M "$@"
SCRIPT
}
patience=30
health='http 80 /'
client() { web 80 /; }
answer='varnish answers'
