# As the images of one well-known collection: an init as root fits account and group to PUID and PGID, gives /config and
# /app away, and s6 starts the program as that account.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=2
packages='s6 socat'
dockerfile='ENV PUID=1000
ENV PGID=1000
ENV HOME=/root
VOLUME /config
EXPOSE 8080
ENTRYPOINT ["/init"]'
volume=/config
setup() {
    groupmod -g 1000 users
    useradd -u 911 -U -d /config -s /bin/false abc
    usermod -G users abc
    mkdir -p /app /config /defaults /etc/cont-init.d /etc/services.d/app
    echo defaults >/defaults/app.conf
    cat >/etc/cont-init.d/10-adduser <<'SCRIPT'
#!/bin/bash
PUID=${PUID:-911}
PGID=${PGID:-911}
groupmod -o -g "$PGID" abc
usermod -o -u "$PUID" abc
chown abc:abc /app
chown abc:abc /config
chown abc:abc /defaults
SCRIPT
    cat >/etc/cont-init.d/20-config <<'SCRIPT'
#!/bin/bash
[[ ! -f /config/app.conf ]] && cp /defaults/app.conf /config/app.conf
mkdir -p /config/log
chown -R abc:abc /config
SCRIPT
    printf '#!/bin/sh\nexec s6-setuidgid abc socat TCP-LISTEN:8080,fork,reuseaddr SYSTEM:/usr/local/bin/serve\n' >/etc/services.d/app/run
    cat >/init <<'SCRIPT'
#!/bin/sh
set -e
mkdir -p /var/run/s6/services /var/run/s6/container_environment
printenv >/var/run/s6/container_environment/all
for f in /etc/cont-init.d/*; do "$f"; done
cp -r /etc/services.d/. /var/run/s6/services
exec s6-svscan /var/run/s6/services
SCRIPT
    chmod 755 /init /etc/cont-init.d/* /etc/services.d/app/run
    keeper /config/kept
}
health='tcp 8080'
client() { talk 8080 who && stat -c %u "$(engine_volume)/app.conf"; }
answer='^1000$'
put() { talk 8080 "put $1"; }
get() { talk 8080 get; }
