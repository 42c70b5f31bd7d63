# A program that writes beside itself, in the layer: what it wrote is there after a restart, as without us.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='socat'
dockerfile='WORKDIR /srv/app
CMD ["./run.sh"]'
layer=1
setup() {
    mkdir -p /srv/app/state
    printf '#!/bin/sh\nmkdir -p logs cache\necho started >>logs/run.log\nexec socat TCP-LISTEN:9000,fork,reuseaddr SYSTEM:/usr/local/bin/serve\n' >/srv/app/run.sh
    chmod 755 /srv/app/run.sh
    keeper /srv/app/state/kept
}
health='tcp 9000'
client() { talk 9000 who; }
answer='^[a-z0-9]'
put() { talk 9000 "put $1"; }
get() { talk 9000 get; }
