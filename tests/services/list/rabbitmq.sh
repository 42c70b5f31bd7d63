# RabbitMQ: guarded drop, Erlang's cookie in the volume, queues that must survive.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='rabbitmq-server gosu'
dockerfile='VOLUME /var/lib/rabbitmq
ENV RABBITMQ_NODENAME=rabbit@localhost
ENV PATH=/usr/lib/rabbitmq/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
EXPOSE 5672 15672
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["rabbitmq-server"]'
volume=/var/lib/rabbitmq
setup() {
    printf 'loopback_users = none\nlog.console = true\nlog.file = false\n' >/etc/rabbitmq/rabbitmq.conf
    echo '[rabbitmq_management].' >/etc/rabbitmq/enabled_plugins
    rm -rf /var/lib/rabbitmq/* /var/lib/rabbitmq/.erlang.cookie
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/bash
set -euo pipefail
if [[ "$1" == rabbitmq* ]] && [ "$(id -u)" = '0' ]; then
    if [ "$1" = 'rabbitmq-server' ]; then
        find /var/lib/rabbitmq \! -user rabbitmq -exec chown rabbitmq '{}' +
    fi
    exec gosu rabbitmq "${BASH_SOURCE[0]}" "$@"
fi
exec "$@"
SCRIPT
}
patience=40
health='tcp 5672'
api() { local path=$1; shift; web 15672 "/api$path" -u guest:guest -H 'content-type: application/json' "$@"; }
client() { api /aliveness-test/%2f; }
answer='"ok"'
put() {
    api /queues/%2f/kept -X DELETE || true
    api /queues/%2f/kept -X PUT -d '{"durable":true}'
    api /exchanges/%2f/amq.default/publish -d "{\"properties\":{\"delivery_mode\":2},\"routing_key\":\"kept\",\"payload\":\"$1\",\"payload_encoding\":\"string\"}"
    sleep 3 # what is said to be there is written within the next moments, and the container may be killed
}
get() { api /queues/%2f/kept/get -d '{"count":1,"ackmode":"ack_requeue_true","encoding":"auto"}'; }
