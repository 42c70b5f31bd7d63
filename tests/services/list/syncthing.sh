# Syncthing, a web interface: gives its home away to a numbered user and becomes it.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=1
packages='syncthing'
dockerfile='ENV PUID=1000
ENV PGID=1000
ENV HOME=/var/syncthing
VOLUME /var/syncthing
EXPOSE 8384
ENTRYPOINT ["/bin/entrypoint.sh"]
CMD ["/usr/bin/syncthing", "-home", "/var/syncthing/config", "-no-browser", "-gui-address=0.0.0.0:8384", "-gui-apikey=key"]'
volume=/var/syncthing
setup() {
    mkdir -p /var/syncthing
    cat >/bin/entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -eu
if [ "$(id -u)" = '0' ]; then
    chown "${PUID}:${PGID}" "${HOME}" || echo "could not give $HOME away" >&2
    exec setpriv --reuid="${PUID}" --regid="${PGID}" --clear-groups env HOME="$HOME" "$@"
fi
exec "$@"
SCRIPT
    chmod 755 /bin/entrypoint.sh
}
patience=30
health='tcp 8384'
client() { web 8384 / >/dev/null && web 8384 /rest/system/status -H 'X-API-Key: key'; }
answer='"myID"'
identity_of() { client | jq -r .myID; }
put() { same_put "$1" identity_of; }
get() { same_get identity_of; }
