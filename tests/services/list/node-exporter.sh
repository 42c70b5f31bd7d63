# Prometheus' exporter of a machine's figures, as a container of its own.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='prometheus-node-exporter'
dockerfile='USER nobody
EXPOSE 9100
ENTRYPOINT ["/usr/bin/prometheus-node-exporter"]'
health='http 9100 /metrics'
client() { web 9100 /metrics; }
answer='^node_cpu_seconds_total'
