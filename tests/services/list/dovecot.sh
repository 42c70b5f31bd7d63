# Dovecot: a master of root's, login processes in a jail, mail of an account of its own.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=1
packages='dovecot-imapd'
dockerfile='VOLUME /srv/mail
EXPOSE 143
CMD ["/usr/sbin/dovecot", "-F", "-c", "/etc/dovecot/dovecot.conf"]'
volume=/srv/mail
setup() {
    useradd -r -u 1000 vmail
    install -d -o vmail -g vmail /srv/mail
    cat >/etc/dovecot/dovecot.conf <<'CONFIG'
protocols = imap
log_path = /dev/stderr
mail_location = maildir:/srv/mail/%u
mail_uid = vmail
mail_gid = vmail
ssl = no
disable_plaintext_auth = no
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=vmail gid=vmail home=/srv/mail/%u
}
CONFIG
}
health='tcp 143'
client() { protocol imap login 143; }
answer='logged in'
put() { protocol imap put 143 "$1"; }
get() { protocol imap get 143; }
