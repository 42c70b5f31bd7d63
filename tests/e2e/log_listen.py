#!/usr/bin/env python3
"""log_listen.py KIND WHERE OUT [BREAK]: a small peer for tests of `sallyport audit forward`.

KIND tcp | tls | udp | unix | http | audit. Each thing received is one line of OUT: for http, JSON of {path, headers, body}. BREAK: tcp
resets the connection after so many bytes, http answers 503 to that many requests first; for tls, WHERE is PORT:CERTIFICATE:KEY. audit turns the kernel's audit log on (WHERE off: off) while it
runs and tells what it says. A line "ready PORT" is printed."""
import atexit, gzip, json, os, signal, socket, ssl, struct, sys
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
        # A collector of OTLP that dislikes one record of each batch, when asked to.
        answer = b'{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}' if "/picky/" in self.path else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def tcp(wrap=lambda c: c):
    s = socket.create_server(("127.0.0.1", int(where)))
    ready(s.getsockname()[1])
    global left
    while True:
        c, _ = s.accept()
        try:
            c = wrap(c)
        except OSError:  # a client that does not believe our certificate
            c.close()
            continue
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
elif kind == "tls":
    where, certificate, key = where.split(":")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    tcp(lambda c: context.wrap_socket(c, server_side=True))
elif kind == "audit":
    control = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)  # NETLINK_AUDIT

    def ask(kind, flags, body):  # the answer's body
        control.send(struct.pack("=IHHII", 16 + len(body), kind, flags, 1, 0) + body)
        return control.recv(1 << 16)[16:]

    def enable(on):  # AUDIT_SET of struct audit_status, mask ENABLED
        if ask(1001, 5, struct.pack("=10I", 1, on, *[0] * 8))[:4] != bytes(4):
            sys.exit("the kernel's audit log cannot be set")

    before = struct.unpack_from("=II", ask(1000, 1, b""))[1]  # AUDIT_GET
    atexit.register(enable, before)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    enable(where != "off")
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)
    s.bind((0, 1))  # AUDIT_NLGRP_READLOG
    ready()
    while True:
        data = s.recv(1 << 16)
        if struct.unpack_from("=H", data, 4)[0] == 2500:  # AUDIT_VIRT_CONTROL
            put(data[16:].rstrip(b"\0"))
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
