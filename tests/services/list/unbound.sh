# Unbound: the entry script copies a root key into its state directory and gives it to the account.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='unbound dns-root-data'
dockerfile='ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["unbound", "-d", "-c", "/etc/unbound/unbound.conf"]'
setup() {
    cat >/etc/unbound/unbound.conf <<'CONFIG'
server:
    interface: 0.0.0.0
    access-control: 0.0.0.0/0 allow
    chroot: ""
    username: unbound
    use-syslog: no
    local-data: "example.test. A 192.0.2.7"
CONFIG
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
mkdir -p /var/lib/unbound
cat /usr/share/dns/root.key >/var/lib/unbound/root.key
chown -R unbound:unbound /var/lib/unbound
exec "$@"
SCRIPT
}
health='tcp 53'
client() { protocol dns 53 example.test; }
answer='192\.0\.2\.7'
