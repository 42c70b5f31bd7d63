# A command in the shell's form: two services started one after the other, and a log followed to stay.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=3
packages='nginx-light cron'
dockerfile='EXPOSE 80
CMD ["/bin/sh", "-c", "service cron start && service nginx start && exec tail -F /var/log/nginx/access.log"]'
volume=/var/www/html
setup() { :; }
health='http 80 /'
client() { web 80 / && inside sh -c 'test -s /var/run/crond.pid && echo cron runs'; }
answer='cron runs'
put() { outside_put kept.html "$1"; }
get() { web 80 /kept.html; }
