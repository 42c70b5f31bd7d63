# HAProxy as its image has it: a user, a socket in its state directory.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='haproxy'
dockerfile='USER haproxy
WORKDIR /var/lib/haproxy
CMD ["haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy.cfg"]'
setup() {
    chown haproxy:haproxy /var/lib/haproxy
    cat >/usr/local/etc/haproxy.cfg <<'CONFIG'
global
    stats socket /var/lib/haproxy/admin.sock mode 660
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 5s
frontend f
    bind :80
    http-request return status 200 content-type text/plain string "haproxy answers"
CONFIG
}
health='http 80 /'
client() { web 80 /; }
answer='haproxy answers'
