# BIND: the entry script gives its directories away, named drops by its option; a zone that clients update.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='bind9 bind9-dnsutils'
dockerfile='VOLUME /var/cache/bind
EXPOSE 53
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["-g", "-c", "/etc/bind/named.conf", "-u", "bind"]'
volume=/var/cache/bind
setup() {
    cat >/etc/bind/named.conf <<'CONFIG'
options { directory "/var/cache/bind"; listen-on { any; }; allow-query { any; }; recursion no; dnssec-validation no; };
zone "example.test" { type master; file "/var/cache/bind/example.test"; allow-update { any; }; };
CONFIG
    printf '$TTL 60\n@ SOA ns hostmaster 1 60 60 60 60\n@ NS ns\nns A 192.0.2.1\nwww A 192.0.2.7\n' >/usr/share/example.test
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/bash
set -e
mkdir -p /run/named
chown bind:bind /run/named /var/cache/bind
chmod 775 /run/named
[ -e /var/cache/bind/example.test ] || { cp /usr/share/example.test /var/cache/bind/; chown bind:bind /var/cache/bind/example.test; }
exec /usr/sbin/named "$@"
SCRIPT
}
health='dig +short +time=1 +tries=1 @127.0.0.1 www.example.test | grep -q 192'
client() { protocol dns 53 www.example.test; }
answer='192\.0\.2\.7'
put() { printf 'server %s\nzone example.test\nupdate delete kept.example.test TXT\nupdate add kept.example.test 60 TXT "%s"\nsend\n' "$at" "$1" | from_client nsupdate; }
get() { from_client dig +short +time=1 +tries=2 "@$at" kept.example.test TXT; }
