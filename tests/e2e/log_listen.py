#!/usr/bin/env python3
"""log_listen.py KIND WHERE OUT [BREAK]: a small peer for tests of `sallyport audit forward`.

KIND tcp | udp | unix | http. Each thing received is one line of OUT: for http, JSON of {path, headers, body}. BREAK: tcp
resets the connection after so many bytes, http answers 503 to that many requests first. A line "ready PORT" is printed."""
import gzip, json, os, socket, struct, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

kind, where, out = sys.argv[1:4]
left = int(sys.argv[4]) if len(sys.argv) > 4 else 0


def put(line):
    with open(out, "ab") as f:
        f.write(line + b"\n")


def ready(port=0):
    print("ready", port, flush=True)


class Hook(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        global left
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = 200
        if left:
            left, status = left - 1, 503
        else:
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            put(json.dumps({"path": self.path, "headers": dict(self.headers), "body": json.loads(body)}).encode())
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def tcp():
    s = socket.create_server(("127.0.0.1", int(where)))
    ready(s.getsockname()[1])
    global left
    while True:
        c, _ = s.accept()
        data = b""
        while True:
            part = c.recv(1000)
            data += part
            if left and len(data) >= left:  # as a peer that dies
                left = 0
                c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                data = b""
                break
            if not part:
                break
        while data:
            n, data = data.split(b" ", 1)
            put(data[: int(n)])
            data = data[int(n):]
        c.close()


def datagrams(s):
    while True:
        data, fds, _, _ = socket.recv_fds(s, 1 << 20, 1)
        for fd in fds:
            os.lseek(fd, 0, 0)
            data = os.read(fd, 1 << 22)
            os.close(fd)
        put(data.replace(b"\n", b"\\n"))


if kind == "http":
    server = HTTPServer(("127.0.0.1", int(where)), Hook)
    ready(server.server_port)
    server.serve_forever()
elif kind == "tcp":
    tcp()
elif kind == "udp":
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", int(where)))
    ready(s.getsockname()[1])
    datagrams(s)
else:
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(where)
    ready()
    datagrams(s)
