# As MinIO's image: one program of root's, data and a directory below root's home, no VOLUME; the entry script would change
# user only when asked to.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=2
packages='socat'
dockerfile='EXPOSE 9000
ENTRYPOINT ["/usr/bin/docker-entrypoint.sh"]
CMD ["minio", "server", "/data"]'
volume=/data
setup() {
    keeper /data/bucket/kept
    cat >/usr/bin/docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
if [ "${1}" != "minio" ]; then
    if [ -n "${1}" ]; then
        set -- minio "$@"
    fi
fi
docker_switch_user() {
    if [ -n "${MINIO_USERNAME}" ] && [ -n "${MINIO_GROUPNAME}" ]; then
        if [ -n "${MINIO_UID}" ] && [ -n "${MINIO_GID}" ]; then
            chroot --userspec=${MINIO_UID}:${MINIO_GID} / "$@"
        else
            echo "${MINIO_USERNAME}:x:1000:1000:${MINIO_USERNAME}:/:/sbin/nologin" >>/etc/passwd
            chroot --userspec=${MINIO_USERNAME}:${MINIO_GROUPNAME} / "$@"
        fi
    else
        exec "$@"
    fi
}
docker_switch_user "$@"
SCRIPT
    cat >/usr/bin/minio <<'SCRIPT'
#!/bin/sh
set -e
mkdir -p "$HOME/.minio/certs/CAs"
mkdir -p "$2/.minio.sys/tmp" "$2/bucket"
echo '{"version":"1"}' >"$2/.minio.sys/format.json"
exec socat TCP-LISTEN:9000,fork,reuseaddr SYSTEM:/usr/local/bin/serve
SCRIPT
    chmod 755 /usr/bin/docker-entrypoint.sh /usr/bin/minio
}
health='tcp 9000'
client() { talk 9000 who; }
answer='^[a-z0-9]'
put() { talk 9000 "put $1"; }
get() { talk 9000 get; }
