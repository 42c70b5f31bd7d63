# Caddy: root, a program with a file capability, state and configuration on volumes.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=1
packages='caddy libcap2-bin'
dockerfile='ENV XDG_CONFIG_HOME=/config
ENV XDG_DATA_HOME=/data
VOLUME /config
VOLUME /data
WORKDIR /srv
EXPOSE 80
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]'
volume=/data
setup() {
    mkdir -p /config/caddy /data/caddy /srv
    setcap cap_net_bind_service=+ep /usr/bin/caddy
    printf '{\n  auto_https off\n}\nhttp://:80 {\n  handle_path /data/* {\n    root * /data\n    file_server\n  }\n  respond "caddy answers"\n}\n' >/etc/caddy/Caddyfile
}
health='http 80 /'
client() { web 80 /; }
answer='caddy answers'
put() { outside_put kept "$1"; }
get() { web 80 /data/kept; }
