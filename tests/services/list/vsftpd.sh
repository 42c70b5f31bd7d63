# vsftpd: root, a jail for every session, users of the system.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=1
packages='vsftpd'
dockerfile='VOLUME /home/guest
EXPOSE 21
ENTRYPOINT ["docker-entrypoint.sh"]'
volume=/home/guest
setup() {
    useradd -m -s /bin/sh guest
    echo guest:secret | chpasswd
    printf 'listen=YES\nlisten_ipv6=NO\nbackground=NO\nanonymous_enable=NO\nlocal_enable=YES\nwrite_enable=YES\nchroot_local_user=YES\nallow_writeable_chroot=YES\nsecure_chroot_dir=/var/run/vsftpd/empty\npam_service_name=vsftpd\nseccomp_sandbox=NO\nxferlog_enable=NO\n' >/etc/vsftpd.conf
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
mkdir -p /var/run/vsftpd/empty
vsftpd /etc/vsftpd.conf &
wait
SCRIPT
}
health='tcp 21'
client() { protocol ftp login 21; }
answer='logged in'
put() { protocol ftp put 21 "$1"; }
get() { protocol ftp get 21; }
