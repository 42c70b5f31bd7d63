# No entry script: gosu itself is what the image starts.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=3
packages='gosu socat'
dockerfile='VOLUME /home/app/data
EXPOSE 9000
ENTRYPOINT ["gosu", "app", "socat", "TCP-LISTEN:9000,fork,reuseaddr"]
CMD ["SYSTEM:/usr/local/bin/serve"]'
volume=/home/app/data
setup() {
    useradd -m -u 1000 app
    install -d -o app -g app /home/app/data
    keeper /home/app/data/kept
}
health='tcp 9000'
client() { talk 9000 who; }
answer='^app$'
put() { talk 9000 "put $1"; }
get() { talk 9000 get; }
