# An entry script that expects root without asking, prepares, and drops by setpriv.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='python3-minimal libpython3-stdlib'
dockerfile='VOLUME /srv/data
EXPOSE 8080
ENTRYPOINT ["/entry.sh"]
CMD ["python3", "-m", "http.server", "8080", "--directory", "/srv/data"]'
volume=/srv/data
setup() {
    useradd -r -u 1500 app
    mkdir -p /srv/data
    cat >/entry.sh <<'SCRIPT'
#!/bin/sh
set -e
mkdir -p /srv/data /run/app
chown -R app:app /srv/data /run/app
echo 'drop answers' >/srv/data/index.html
chmod 644 /srv/data/index.html
exec setpriv --reuid=app --regid=app --init-groups "$@"
SCRIPT
    chmod 755 /entry.sh
}
health='http 8080 /'
client() { web 8080 /; }
answer='drop answers'
put() { outside_put kept "$1"; }
get() { web 8080 /kept; }
