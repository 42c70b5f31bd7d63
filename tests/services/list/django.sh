# A web application as tutorials have it: root, one line for the shell, a database and uploads beside the program.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=3
packages='socat'
dockerfile='ENV PYTHONUNBUFFERED=1
WORKDIR /code
EXPOSE 8000
CMD ["sh", "-c", "./manage migrate && ./manage runserver"]'
layer=1
setup() {
    mkdir -p /code/static
    cat >/code/manage <<'SCRIPT'
#!/bin/sh
set -e
case $1 in
migrate) echo schema >>db.sqlite3 ;;
runserver)
    mkdir -p media
    exec socat TCP-LISTEN:8000,fork,reuseaddr SYSTEM:/usr/local/bin/serve ;;
esac
SCRIPT
    chmod 755 /code/manage
    keeper /code/media/kept
}
health='tcp 8000'
client() { talk 8000 who; }
answer='^[a-z0-9]'
put() { talk 8000 "put $1"; }
get() { talk 8000 get; }
