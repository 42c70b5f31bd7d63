# One static program and nothing else: no shell, no accounts, no /tmp. Like what a Go program is shipped as.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
scratch=1
dockerfile='VOLUME /data
EXPOSE 80
ENTRYPOINT ["/server"]'
volume=/data
outside() {
    mkdir -p "$1/data"
    gcc -static -O1 -x c -o "$1/server" - <<'PROGRAM'
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void answer(int c) {
    char in[4096] = "", out[4096], value[1024] = "static answers\n";
    ssize_t n = read(c, in, sizeof in - 1);
    char *body = n > 0 ? strstr(in, "\r\n\r\n") : NULL;
    int status = 200;
    if (strncmp(in, "PUT ", 4) == 0) {
        int f = open("/data/kept", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (f < 0 || body == NULL || write(f, body + 4, strlen(body + 4)) < 1) status = 500;
        if (f >= 0) close(f);
    } else if (strncmp(in, "GET /kept", 9) == 0) {
        int f = open("/data/kept", O_RDONLY | O_CLOEXEC);
        ssize_t got = f < 0 ? -1 : read(f, value, sizeof value - 1);
        if (got < 0) { status = 500; got = 0; }
        value[got] = 0;
        if (f >= 0) close(f);
    }
    int len = snprintf(out, sizeof out, "HTTP/1.0 %d X\r\nContent-Length: %zu\r\n\r\n%s", status, strlen(value), value);
    if (write(c, out, (size_t)len) < 0) perror("write");
    close(c);
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "id") == 0) return printf("%u\n", (unsigned)getuid()) < 0;
    if (argc > 1) { int s = socket(AF_INET, SOCK_STREAM, 0); struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}; return connect(s, (struct sockaddr *)&a, sizeof a) != 0; }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, exit);
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(80)};
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s, (struct sockaddr *)&a, sizeof a) != 0 || listen(s, 16) != 0) { perror("listen"); return 1; }
    for (;;) { int c = accept(s, NULL, NULL); if (c >= 0) answer(c); }
}
PROGRAM
}
identity='/server id'
health='CMD /server health'
client() { web 80 /; }
answer='static answers'
put() { web 80 /kept -X PUT -d "$1"; }
get() { web 80 /kept; }
