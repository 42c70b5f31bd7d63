# As Traefik's image: an entry script of a few lines, a program of root's on port 80, its certificates in a file that must
# be its alone (0600) in a directory made for it at run time.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=2
packages='socat'
dockerfile='EXPOSE 80
ENTRYPOINT ["/entrypoint.sh"]
CMD ["traefik"]'
volume=/letsencrypt
setup() {
    keeper /letsencrypt/acme.json
    cat >/entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
# first arg is `-f` or `--some-option`
if [ "${1#-}" != "$1" ]; then
    set -- traefik "$@"
fi
if traefik "$1" --help >/dev/null 2>&1; then
    set -- traefik "$@"
fi
exec "$@"
SCRIPT
    entry traefik <<'SCRIPT'
#!/bin/sh
[ "$2" != --help ] || exit 1
umask 077
[ -e /letsencrypt/acme.json ] || : >/letsencrypt/acme.json
[ "$(stat -c %a /letsencrypt/acme.json)" = 600 ] || { echo "permissions of acme.json are too open, please use 600"; exit 1; }
exec socat TCP-LISTEN:80,fork,reuseaddr SYSTEM:/usr/local/bin/serve
SCRIPT
    chmod 755 /entrypoint.sh
}
health='tcp 80'
client() { talk 80 who; }
answer='^[a-z0-9]'
put() { talk 80 "put $1"; }
get() { talk 80 get; }
