# An image of root's that its user starts as somebody else: --user with a number that no account has.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=3
packages='socat'
options='--user 4711:4711'
dockerfile='WORKDIR /data
VOLUME /data
EXPOSE 9000
CMD ["socat", "TCP-LISTEN:9000,fork,reuseaddr", "SYSTEM:/usr/local/bin/serve"]'
volume=/data
setup() {
    mkdir /data
    chmod 1777 /data
    keeper /data/kept
}
health='tcp 9000'
client() { talk 9000 who; }
answer='^4711$'
put() { talk 9000 "put $1"; }
get() { talk 9000 get; }
