# lighttpd: started as root, drops by its configuration, pid file below /run.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=1
packages='lighttpd'
dockerfile='EXPOSE 80
VOLUME /var/www/html
CMD ["lighttpd", "-D", "-f", "/etc/lighttpd/lighttpd.conf"]'
volume=/var/www/html
setup() { echo 'lighttpd answers' >/var/www/html/index.html; }
health='http 80 /'
client() { web 80 /; }
answer='lighttpd answers'
put() { outside_put kept.html "$1"; }
get() { web 80 /kept.html; }
