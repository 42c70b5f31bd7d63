# A single program of root's with its state in a hidden directory of its home, like many small self-hosted servers; what it
# keeps lives in the layer.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=3
packages='socat'
dockerfile='ENV HOME=/root
EXPOSE 9000
ENTRYPOINT ["/usr/bin/env", "MODE=single", "server"]'
layer=1
setup() {
    keeper /root/.local/share/server/kept
    entry server <<'SCRIPT'
#!/bin/sh
set -e
mkdir -p "$HOME/.local/share/server" "$HOME/.config/server"
echo "$MODE" >"$HOME/.config/server/mode"
exec socat TCP-LISTEN:9000,fork,reuseaddr SYSTEM:/usr/local/bin/serve
SCRIPT
}
health='tcp 9000'
client() { talk 9000 who; }
answer='^[a-z0-9]'
put() { talk 9000 "put $1"; }
get() { talk 9000 get; }
