# etcd: a program of root's with its data directory on a volume.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='etcd-server etcd-client'
dockerfile='VOLUME /etcd-data
EXPOSE 2379 2380
CMD ["etcd", "--data-dir=/etcd-data", "--listen-client-urls=http://0.0.0.0:2379", "--advertise-client-urls=http://127.0.0.1:2379"]'
volume=/etcd-data
setup() { mkdir -m 700 /etcd-data; }
health='etcdctl endpoint health'
client() { web 2379 /health; }
answer='"health":"?true'
put() { web 2379 /v3/kv/put -d "{\"key\":\"$(printf kept | base64)\",\"value\":\"$(printf '%s' "$1" | base64)\"}"; }
get() { web 2379 /v3/kv/range -d "{\"key\":\"$(printf kept | base64)\"}" | jq -r '.kvs[0].value' | base64 -d; }
