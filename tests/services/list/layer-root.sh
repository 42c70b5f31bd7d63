# A program of root's that writes where it likes: a directory of its own at the top, no VOLUME, no WORKDIR, besides a cache in
# its home and a file beside the program.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=2
packages='socat'
dockerfile='EXPOSE 9000
CMD ["/opt/tool/bin/tool"]'
layer=1
setup() {
    mkdir -p /opt/tool/bin /storage /usr/local/tool/state
    cat >/opt/tool/bin/tool <<'SCRIPT'
#!/bin/sh
set -e
mkdir -p ~/.cache/tool
echo run >>/opt/tool/tool.log
echo state >/usr/local/tool/state/last
echo started >>/storage/log
exec socat TCP-LISTEN:9000,fork,reuseaddr SYSTEM:/usr/local/bin/serve
SCRIPT
    chmod 755 /opt/tool/bin/tool
    keeper /storage/kept
}
health='tcp 9000'
client() { talk 9000 who; }
answer='^[a-z0-9]'
put() { talk 9000 "put $1"; }
get() { talk 9000 get; }
