# dnsmasq on port 53, started as root, becomes its account by itself.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='dnsmasq-base'
dockerfile='CMD ["dnsmasq", "-k", "--log-facility=-", "--no-resolv", "--no-hosts", "--address=/example.test/192.0.2.7"]'
health='tcp 53'
client() { protocol dns 53 example.test; }
answer='192\.0\.2\.7'
