# A Node application as its guide asks for: the image's own user, the program's tree below /usr/src given to it, uploads kept
# beside the program, npm's log below its home.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=2
packages='socat'
dockerfile='ENV NODE_ENV=production
WORKDIR /usr/src/app
USER node
EXPOSE 3000
CMD ["./server"]'
layer=1
setup() {
    groupadd --gid 1000 node
    useradd --uid 1000 --gid node --shell /bin/bash --create-home node
    mkdir -p /usr/src/app/node_modules
    cat >/usr/src/app/server <<'SCRIPT'
#!/bin/sh
set -e
mkdir -p uploads "$HOME/.npm/_logs"
echo started >>node_modules/.cache
exec socat TCP-LISTEN:3000,fork,reuseaddr SYSTEM:/usr/local/bin/serve
SCRIPT
    chmod 755 /usr/src/app/server
    chown -R node:node /usr/src/app
    keeper /usr/src/app/uploads/kept
}
health='tcp 3000'
client() { talk 3000 who; }
answer='^node$'
put() { talk 3000 "put $1"; }
get() { talk 3000 get; }
