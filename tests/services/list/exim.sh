# Exim: its program is setuid root and executes itself again for every delivery.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=1
packages='exim4-daemon-light'
dockerfile='VOLUME /var/spool/exim4
EXPOSE 25
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["exim", "-bd", "-v"]'
volume=/var/spool/exim4
setup() {
    useradd -m guest
    cat >/etc/exim4/update-exim4.conf.conf <<'CONFIG'
dc_eximconfig_configtype='local'
dc_other_hostnames='example.test'
dc_local_interfaces=''
dc_use_split_config='false'
dc_localdelivery='maildir_home'
CONFIG
    echo 'MAIN_HOST_LOOKUP =' >/etc/exim4/exim4.conf.localmacros
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
[ "$(id -u)" != 0 ] || chown -R Debian-exim:Debian-exim /var/spool/exim4
update-exim4.conf
exec "$@"
SCRIPT
}
health='tcp 25'
client() { protocol smtp 25 guest@example.test; wait_text 10 inside sh -c 'cat /home/guest/Maildir/new/*'; }
answer='Subject: hello'
