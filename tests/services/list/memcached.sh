# Memcached: an image with a user of its own.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='memcached'
dockerfile='USER memcache
CMD ["memcached"]'
health='tcp 11211'
client() { talk 11211 'version'; }
answer='VERSION 1'
