# A build container as CI systems use them: it sleeps, and each step is an exec in the work tree's volume.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='gcc libc6-dev make git'
dockerfile='WORKDIR /builds
VOLUME /builds
CMD ["sleep", "infinity"]'
volume=/builds
setup() { mkdir -p /builds; }
health='test -d /builds'
client() {
    outside_put main.c '#include <stdio.h>
int main(void) { return printf("built %s\n", WHO) < 0; }'
    outside_put Makefile 'prog: main.c ; gcc -DWHO=\"here\" -o $@ main.c'
    inside sh -c 'set -e; cd /builds; rm -rf repo; git init -q repo; cp main.c Makefile repo/; cd repo; make -s; ./prog; git config user.email a@example.test; git config user.name a; git add main.c; git commit -qm one; git log --oneline | wc -l'
}
answer='built here'
put() { inside sh -c "echo $1 >/builds/kept"; }
get() { inside cat /builds/kept; }
