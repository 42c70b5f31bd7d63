# As Rails's own template of an image: the program's tree is root's, only what it writes is its user's; tests that it can
# write each, and keeps a database in one of them.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=2
packages='socat'
dockerfile='WORKDIR /rails
USER 1000:1000
EXPOSE 3000
ENTRYPOINT ["/rails/bin/docker-entrypoint"]
CMD ["./bin/rails", "server"]'
volume=/rails/storage
setup() {
    groupadd --system --gid 1000 rails
    useradd rails --uid 1000 --gid 1000 --create-home --shell /bin/bash
    mkdir -p /rails/{bin,app,db,log,storage,tmp}
    chown -R rails:rails /rails/{db,log,storage,tmp}
    cat >/rails/bin/docker-entrypoint <<'SCRIPT'
#!/bin/bash -e
if [ "${*: -2:1}" == "./bin/rails" ] && [ "${*: -1:1}" == "server" ]; then
    echo migrated >db/schema
fi
exec "${@}"
SCRIPT
    cat >/rails/bin/rails <<'SCRIPT'
#!/bin/bash -e
mkdir -p tmp/pids tmp/cache ~/.gem
echo $$ >tmp/pids/server.pid
echo started >>log/production.log
exec socat TCP-LISTEN:3000,fork,reuseaddr SYSTEM:/usr/local/bin/serve
SCRIPT
    chmod 755 /rails/bin/*
    keeper /rails/storage/kept
}
health='tcp 3000'
client() { talk 3000 who; }
answer='^rails$'
put() { talk 3000 "put $1"; }
get() { talk 3000 get; }
