# InfluxDB: a program of root's, its database in a directory of that name on a volume.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=1
packages='influxdb'
dockerfile='VOLUME /var/lib/influxdb
EXPOSE 8086
ENTRYPOINT ["/entrypoint.sh"]
CMD ["influxd"]'
volume=/var/lib/influxdb
setup() {
    rm -rf /var/lib/influxdb
    printf '[meta]\n  dir = "/var/lib/influxdb/meta"\n[data]\n  dir = "/var/lib/influxdb/data"\n  wal-dir = "/var/lib/influxdb/wal"\n' >/etc/influxdb/influxdb.conf
    printf '#!/bin/bash\nset -e\nif [ "${1:0:1}" = "-" ]; then set -- influxd "$@"; fi\nexec "$@"\n' >/entrypoint.sh
    chmod 755 /entrypoint.sh
}
health='tcp 8086'
ask() { web 8086 /query --data-urlencode "q=$1"; }
client() { ask 'show databases'; }
answer='"results"'
put() { ask 'create database kept' && web 8086 '/write?db=kept' --data-binary "kept v=\"$1\""; }
get() { ask 'select last(v) from kept.autogen.kept'; }
