# As Vault's image: the entry script, under dumb-init, gives directories away, sets a file capability on the program at each
# start, and puts su-exec before the command that it executes.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=2
packages='dumb-init gosu libcap2-bin socat'
dockerfile='VOLUME /vault/file
EXPOSE 8200
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["vault", "server", "-dev"]'
volume=/vault/file
setup() {
    groupadd -r vault
    useradd -r -g vault vault
    mkdir -p /vault/{logs,file,config}
    chown -R vault:vault /vault
    ln -s /usr/sbin/gosu /usr/local/bin/su-exec
    cp "$(readlink -f /usr/bin/socat)" /bin/vault
    keeper /vault/file/kept
    entry docker-entrypoint.sh <<'SCRIPT'
#!/usr/bin/dumb-init /bin/sh
set -e
ulimit -c 0
VAULT_CONFIG_DIR=/vault/config
if [ "${1#-}" != "$1" ]; then
    set -- vault "$@"
fi
if [ "$1" = 'server' ]; then
    shift
    set -- vault server -config="$VAULT_CONFIG_DIR" "$@"
fi
if [ "$1" = 'vault' ]; then
    if [ -z "$SKIP_CHOWN" ]; then
        if [ "$(stat -c %u /vault/config)" != "$(id -u vault)" ]; then
            chown -R vault:vault /vault/config || echo "Could not chown /vault/config (may not have appropriate permissions)"
        fi
        if [ "$(stat -c %u /vault/logs)" != "$(id -u vault)" ]; then
            chown -R vault:vault /vault/logs
        fi
        if [ "$(stat -c %u /vault/file)" != "$(id -u vault)" ]; then
            chown -R vault:vault /vault/file
        fi
    fi
    if [ -z "$SKIP_SETCAP" ]; then
        setcap cap_ipc_lock=+ep $(readlink -f $(which vault))
        if ! vault -V 1>/dev/null 2>/dev/null; then
            >&2 echo "Couldn't start vault with IPC_LOCK. Disabling IPC_LOCK, please use --cap-add IPC_LOCK"
            setcap cap_ipc_lock=-ep $(readlink -f $(which vault))
            if ! vault -V 1>/dev/null 2>/dev/null; then
                >&2 echo "Couldn't start vault with IPC_LOCK disabled"
                exit 1
            fi
        fi
    fi
    if [ "$(id -u)" = '0' ]; then
        set -- su-exec vault vault TCP-LISTEN:8200,fork,reuseaddr SYSTEM:/usr/local/bin/serve
    fi
fi
exec "$@"
SCRIPT
}
health='tcp 8200'
client() { talk 8200 who; }
answer='^vault$'
put() { talk 8200 "put $1"; }
get() { talk 8200 get; }
