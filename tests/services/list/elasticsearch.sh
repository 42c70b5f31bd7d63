# As Elasticsearch's image: user 1000 of root's group below /usr/share, which writes a keystore beside its configuration and
# its own log there, and wants many files.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=2
packages='tini socat'
options='--ulimit nofile=16384:16384'
dockerfile='ENV ELASTIC_CONTAINER=true
WORKDIR /usr/share/elasticsearch
EXPOSE 9200
USER 1000:0
ENTRYPOINT ["/usr/bin/tini", "--", "/usr/local/bin/docker-entrypoint.sh"]
CMD ["eswrapper"]'
volume=/usr/share/elasticsearch/data
setup() {
    groupadd -g 1000 elasticsearch
    useradd -u 1000 -g 1000 -G 0 -d /usr/share/elasticsearch elasticsearch
    mkdir -p /usr/share/elasticsearch/{config,data,logs,plugins,bin}
    chmod 0555 /usr/share/elasticsearch/bin
    chown -R root:root /usr/share/elasticsearch
    chown 1000:0 /usr/share/elasticsearch/{config,data,logs,plugins}
    chmod 0775 /usr/share/elasticsearch /usr/share/elasticsearch/{config,data,logs,plugins}
    keeper /usr/share/elasticsearch/data/kept
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/bash
set -e
umask 0002
if [[ "$1" == "eswrapper" || $(basename "$1") == "elasticsearch" ]]; then
    set -- "${@:2}"
fi
[ "$(ulimit -n)" -ge 16384 ] || { echo "max file descriptors [$(ulimit -n)] is too low"; exit 78; }
if ! [ -f config/elasticsearch.keystore ]; then
    echo seed >config/elasticsearch.keystore
fi
echo started >>logs/gc.log
exec socat TCP-LISTEN:9200,fork,reuseaddr SYSTEM:/usr/local/bin/serve
SCRIPT
}
health='tcp 9200'
client() { talk 9200 who; }
answer='^elasticsearch$'
put() { talk 9200 "put $1"; }
get() { talk 9200 get; }
