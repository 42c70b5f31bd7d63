# A program that writes beside itself, in the layer: what it wrote is there after a restart, as without us.
# shellcheck shell=bash disable=SC2034,SC2016
packages='socat'
dockerfile='WORKDIR /srv/app
CMD ["./run.sh"]'
layer=1
setup() {
    mkdir -p /srv/app/state
    printf '#!/bin/sh\nmkdir -p logs cache\necho started >>logs/run.log\nexec socat TCP-LISTEN:9000,fork,reuseaddr SYSTEM:./serve.sh\n' >/srv/app/run.sh
    printf '#!/bin/sh\nread -r what value\ncase $what in put) echo "$value" >state/kept; echo done;; get) cat state/kept;; *) echo "shell answers";; esac\n' >/srv/app/serve.sh
    chmod 755 /srv/app/*.sh
}
client() { talk 9000 'hello'; }
answer='shell answers'
put() { talk 9000 "put $1"; }
get() { talk 9000 'get'; }
