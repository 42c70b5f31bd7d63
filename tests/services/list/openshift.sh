# An image for arbitrary users: a number without an account, root's group, directories that this group may write.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=3
packages='socat'
dockerfile='ENV HOME=/opt/app-root/src
WORKDIR /opt/app-root/src
EXPOSE 8080
USER 1001
ENTRYPOINT ["container-entrypoint"]
CMD ["run"]'
volume=/opt/app-root/data
setup() {
    mkdir -p /opt/app-root/{src,bin,data} /usr/share/container-scripts/cache
    chgrp -R 0 /opt/app-root /usr/share/container-scripts/cache
    chmod -R g=u /opt/app-root/src /opt/app-root/data /usr/share/container-scripts/cache
    chmod 775 /opt/app-root/src /opt/app-root/data
    keeper /opt/app-root/data/kept
    entry run <<'SCRIPT'
#!/bin/bash
set -e
echo started >>started.log
mkdir -p ~/.cache
exec socat TCP-LISTEN:8080,fork,reuseaddr SYSTEM:/usr/local/bin/serve
SCRIPT
    entry container-entrypoint <<'SCRIPT'
#!/bin/bash
exec "$@"
SCRIPT
}
health='tcp 8080'
identity='id -u'
client() { talk 8080 who; }
answer='^1001$'
put() { talk 8080 "put $1"; }
get() { talk 8080 get; }
