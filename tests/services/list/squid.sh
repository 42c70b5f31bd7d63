# Squid: the entry script gives its directories away, makes the cache, and the program drops by itself.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='squid'
dockerfile='VOLUME /var/spool/squid
EXPOSE 3128
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["-f", "/etc/squid/squid.conf", "-NYC"]'
volume=/var/spool/squid
setup() {
    cat >/etc/squid/squid.conf <<'CONFIG'
http_port 3128
http_access allow all
cache_dir ufs /var/spool/squid 16 16 256
cache_effective_user proxy
pid_filename /run/squid.pid
access_log stdio:/var/log/squid/access.log
shutdown_lifetime 1 seconds
CONFIG
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/bash
set -e
mkdir -p /var/log/squid /var/spool/squid
chmod -R 755 /var/log/squid
chown -R proxy:proxy /var/log/squid /var/spool/squid
if [ ! -d /var/spool/squid/00 ]; then
    squid -N -f /etc/squid/squid.conf -z
    rm -f /run/squid.pid
fi
exec squid "$@"
SCRIPT
}
patience=25
health='tcp 3128'
client() { protocol proxy 3128; }
answer='origin answers'
