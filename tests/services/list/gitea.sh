# As Gitea's image: an entry script fits the account's number, s6 runs a set-up script, an SSH daemon as root and the
# program as git by su-exec.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=2
packages='s6 openssh-server socat gosu'
dockerfile='ENV USER=git
ENV GITEA_CUSTOM=/data/gitea
VOLUME /data
EXPOSE 22 3000
ENTRYPOINT ["/usr/bin/entrypoint"]
CMD ["/usr/bin/s6-svscan", "/etc/s6"]'
volume=/data
setup() {
    rm -f /etc/ssh/ssh_host_*
    groupadd -r -g 1000 git
    useradd -M -d /data/git -s /bin/bash -u 1000 -g git git
    mkdir -p /data /etc/s6/{gitea,openssh,.s6-svscan}
    ln -s /usr/sbin/gosu /usr/local/bin/su-exec
    cat >/usr/bin/entrypoint <<'SCRIPT'
#!/bin/sh
if [ "${USER}" != "git" ]; then
    sed -i -e "s/^git\:/${USER}\:/g" /etc/passwd
fi
if [ -z "${USER_GID}" ]; then
    USER_GID="`id -g ${USER}`"
fi
if [ -z "${USER_UID}" ]; then
    USER_UID="`id -u ${USER}`"
fi
if [ "${USER_GID}" != "`id -g ${USER}`" ]; then
    sed -i -e "s/^${USER}:\([^:]*\):[0-9]*/${USER}:\1:${USER_GID}/" /etc/group
fi
for FOLDER in /data/gitea/conf /data/gitea/log /data/git /data/ssh; do
    mkdir -p ${FOLDER}
done
if [ $# -gt 0 ]; then
    exec "$@"
else
    exec /usr/bin/s6-svscan /etc/s6
fi
SCRIPT
    printf '#!/bin/bash\nexit 0\n' >/etc/s6/.s6-svscan/finish
    cat >/etc/s6/openssh/run <<'SCRIPT'
#!/bin/bash
[ -f /data/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -f /data/ssh/ssh_host_ed25519_key -N ""
mkdir -p /run/sshd
exec /usr/sbin/sshd -D -e -o HostKey=/data/ssh/ssh_host_ed25519_key
SCRIPT
    cat >/etc/s6/gitea/run <<'SCRIPT'
#!/bin/bash
[[ -f ./setup ]] && source ./setup
pushd /data/gitea >/dev/null || exit 1
exec su-exec $USER socat TCP-LISTEN:3000,fork,reuseaddr SYSTEM:/usr/local/bin/serve
SCRIPT
    cat >/etc/s6/gitea/setup <<'SCRIPT'
#!/bin/bash
mkdir -p /data/git/.ssh
chmod 700 /data/git/.ssh
if [ ! -f /data/gitea/conf/app.ini ]; then
    echo "APP_NAME=Git" >/data/gitea/conf/app.ini
fi
chown ${USER}:git /data/gitea/conf/app.ini
chown -R ${USER}:git /data/gitea /data/git
chmod 0755 /data/gitea /app/gitea /data/git 2>/dev/null
SCRIPT
    chmod 755 /usr/bin/entrypoint /etc/s6/*/run /etc/s6/.s6-svscan/finish
    keeper /data/gitea/kept
}
health='tcp 3000'
client() { reach ssh-keyscan -T 5 -p 22 "$at" 2>/dev/null | grep -q ed25519 && talk 3000 who; }
answer='^git$'
put() { talk 3000 "put $1"; }
get() { talk 3000 get; }
