# cron: runs jobs as their users.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='cron'
dockerfile='CMD ["cron", "-f"]'
setup() {
    useradd -m worker
    printf '* * * * * worker id -un >/home/worker/ran\n' >/etc/cron.d/job
    chmod 644 /etc/cron.d/job
}
patience=75
health='pgrep cron'
client() { inside cat /home/worker/ran; }
answer='^worker$'
