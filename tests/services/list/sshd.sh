# OpenSSH: must be root to become whoever logs in; makes its host keys at the first start.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='openssh-server'
dockerfile='EXPOSE 22
VOLUME /home/guest
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["/usr/sbin/sshd", "-D", "-e"]'
volume=/home/guest
setup() {
    useradd -m -s /bin/sh guest
    usermod -p '*' guest
    install -d -o guest -g guest -m 700 /home/guest/.ssh
    ssh-keygen -q -t ed25519 -N '' -f /srv/key
    install -o guest -g guest -m 600 /srv/key.pub /home/guest/.ssh/authorized_keys
    rm -f /etc/ssh/ssh_host_*
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
ssh-keygen -A
mkdir -p /run/sshd
exec "$@"
SCRIPT
}
health='tcp 22'
login() {
    tar -xOf "$cache/sshd.tar" ./srv/key >"$E2E/key"
    chmod 600 "$E2E/key"
    reach ssh -q -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes -i "$E2E/key" "guest@$at" "$1"
}
client() { login 'id -un'; }
answer='^guest$'
put() { login "echo $1 >kept"; }
get() { login 'cat kept'; }
