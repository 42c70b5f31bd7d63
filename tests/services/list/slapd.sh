# OpenLDAP: the entry script makes the database as root and gives it away, slapd drops by its options.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=1
packages='slapd ldap-utils'
dockerfile='VOLUME /var/lib/ldap
EXPOSE 389
ENTRYPOINT ["docker-entrypoint.sh"]'
volume=/var/lib/ldap
setup() {
    rm -rf /var/lib/ldap /etc/ldap/slapd.d
    install -d -o openldap -g openldap /var/lib/ldap
    cat >/etc/ldap/slapd.conf <<'CONFIG'
include /etc/ldap/schema/core.schema
pidfile /var/run/slapd/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
suffix "dc=example,dc=test"
rootdn "cn=admin,dc=example,dc=test"
rootpw secret
directory /var/lib/ldap
maxsize 16777216
CONFIG
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
mkdir -p /var/run/slapd
if [ ! -e /var/lib/ldap/data.mdb ]; then
    printf 'dn: dc=example,dc=test\nobjectClass: dcObject\nobjectClass: organization\no: slapd answers\ndc: example\n' | slapadd -f /etc/ldap/slapd.conf
fi
chown -R openldap:openldap /var/lib/ldap /var/run/slapd
exec slapd -h ldap:/// -u openldap -g openldap -f /etc/ldap/slapd.conf -d 0
SCRIPT
}
health='tcp 389'
bound() { local tool=$1; shift; from_client "$tool" -x -H "ldap://$at" -D cn=admin,dc=example,dc=test -w secret "$@"; }
client() { bound ldapsearch -LLL -b dc=example,dc=test o; }
answer='slapd answers'
put() { printf 'dn: dc=example,dc=test\nchangetype: modify\nreplace: description\ndescription: %s\n' "$1" | bound ldapmodify; }
get() { bound ldapsearch -LLL -b dc=example,dc=test description; }
