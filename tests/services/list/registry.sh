# An image registry: root, no account, blobs on a volume.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=1
packages='docker-registry'
dockerfile='VOLUME /var/lib/registry
EXPOSE 5000
ENTRYPOINT ["/entrypoint.sh"]
CMD ["/etc/registry.yml"]'
volume=/var/lib/registry
setup() {
    mkdir -p /var/lib/registry
    printf 'version: 0.1\nlog: {level: warn}\nstorage: {filesystem: {rootdirectory: /var/lib/registry}}\nhttp: {addr: ":5000"}\n' >/etc/registry.yml
    printf '#!/bin/sh\nset -e\ncase "$1" in *.yaml | *.yml) set -- docker-registry serve "$@" ;; esac\nexec "$@"\n' >/entrypoint.sh
    chmod 755 /entrypoint.sh
}
health='http 5000 /v2/'
blob() { printf '%s' "$1" | sha256sum | cut -d' ' -f1; }
client() { web 5000 /v2/_catalog; }
answer='repositories'
put() {
    local place
    place=$(web 5000 /v2/kept/blobs/uploads/ -X POST -o /dev/null -D - | tr -d '\r' | sed -n 's/^Location: //Ip')
    reach curl -sS -f -m 5 -X PUT -H 'content-type: application/octet-stream' --data-binary "$1" "$place&digest=sha256:$(blob "$1")"
}
get() { local v; for v in zero first second; do web 5000 "/v2/kept/blobs/sha256:$(blob "$v")" 2>/dev/null || true; echo; done; }
