# Postfix: many processes of several users, chroot, a queue of its own.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='postfix'
dockerfile='ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postfix", "start-fg"]'
setup() {
    cp /usr/share/postfix/main.cf.debian /etc/postfix/main.cf 2>/dev/null || touch /etc/postfix/main.cf
    useradd -m guest
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
postconf -e 'inet_interfaces = all' 'inet_protocols = ipv4' 'mydestination = example.test' 'maillog_file = /dev/stdout' \
    'myhostname = example.test' 'mynetworks = 127.0.0.0/8 172.16.0.0/12' 'home_mailbox = Mailbox' 'alias_maps =' 'local_recipient_maps ='
exec "$@"
SCRIPT
}
health='tcp 25'
client() { protocol smtp 25 guest@example.test; wait_text 10 inside cat /home/guest/Mailbox; }
answer='Subject: hello'
