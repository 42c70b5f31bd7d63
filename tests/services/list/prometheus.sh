# Prometheus: a user of the image's, its database on a volume.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='prometheus'
dockerfile='USER nobody
VOLUME /prometheus
WORKDIR /prometheus
EXPOSE 9090
ENTRYPOINT ["/usr/bin/prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]'
volume=/prometheus
setup() {
    install -d -o nobody -g nogroup /prometheus
    printf 'global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: self\n    static_configs:\n      - targets: ["localhost:9090"]\n' >/etc/prometheus/prometheus.yml
}
health='http 9090 /-/healthy'
query() { web 9090 /api/v1/query --data-urlencode "query=$1" | jq -r '.data.result[0].value[1]'; }
client() { query 'min_over_time(process_start_time_seconds[1h])'; }
answer='^[0-9]'
# The oldest process that it has samples of stays the same as long as the database does.
put() { same_put "$1" client; }
get() { same_get client; }
