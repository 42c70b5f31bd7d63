# OpenSSH: must be root to become whoever logs in.
# shellcheck shell=bash disable=SC2034,SC2016
packages='openssh-server'
dockerfile='ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["/usr/sbin/sshd", "-D", "-e"]'
setup() {
    useradd -m -s /bin/sh guest
    usermod -p '*' guest
    install -d -o guest -g guest -m 700 /home/guest/.ssh
    ssh-keygen -q -t ed25519 -N '' -f /home/guest/key
    install -o guest -g guest -m 600 /home/guest/key.pub /home/guest/.ssh/authorized_keys
    rm -f /etc/ssh/ssh_host_*
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
ssh-keygen -A
mkdir -p /run/sshd
exec "$@"
SCRIPT
}
client() { ssh_login guest /home/guest/key 'id -un'; }
answer='^guest$'
