#!/usr/bin/env python3
"""Small clients for protocols that the host has no program for. $SERVICE_HOST says where (127.0.0.1).

    client.py talk PORT LINE              send a line, print the answer (redis, memcached, line protocols)
    client.py dns PORT NAME               ask for an address
    client.py mqtt put|get PORT [TEXT]    publish a retained message on "kept"; print it (or TEXT when there is none)
    client.py nats ping|put|get PORT [TEXT]  JetStream: a stream "kept" with one message
    client.py smtp PORT TO                deliver a message
    client.py imap login|put|get PORT [TEXT]  append a message, print the newest
    client.py ftp login|put|get PORT [TEXT]   the same with a file
    client.py proxy PORT                  fetch a page that this program serves through an HTTP proxy
"""
import base64
import ftplib
import http.server
import imaplib
import io
import json
import os
import smtplib
import socket
import struct
import sys
import threading
import time
import urllib.request

HOST = os.environ.get("SERVICE_HOST", "127.0.0.1")


def connect(port):
    return socket.create_connection((HOST, int(port)), timeout=5)


def talk(port, line):
    with connect(port) as s:
        s.sendall(line.encode() + b"\n")
        s.settimeout(3)
        answer = s.recv(4096)
        if answer.startswith(b"$") and answer.count(b"\r\n") < 2:
            answer += s.recv(4096)
    print(answer.decode(errors="replace").replace("\r", ""), end="")


def dns(port, name):
    question = b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0" + struct.pack(">HH", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(3)
        s.sendto(struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + question, (HOST, int(port)))
        answer = s.recv(4096)
    ident, _, _, answers, _, _ = struct.unpack(">HHHHHH", answer[:12])
    if ident != 7 or answers < 1:
        sys.exit("no answer")
    record = answer[12 + len(question):]
    print(".".join(str(b) for b in record[12:16]))


def mqtt_packet(kind, body):
    assert len(body) < 128
    return bytes([kind, len(body)]) + body


def mqtt(verb, port, text=None):
    topic = struct.pack(">H", 4) + b"kept"
    with connect(port) as s:
        s.sendall(mqtt_packet(0x10, struct.pack(">H", 4) + b"MQTT\x04\x02" + struct.pack(">HH", 60, 4) + b"test"))
        if s.recv(4) != b"\x20\x02\x00\x00":
            sys.exit("not connected")
        if verb == "put":
            s.sendall(mqtt_packet(0x33, topic + struct.pack(">H", 1) + text.encode()))
            if s.recv(4)[:1] != b"\x40":
                sys.exit("not acknowledged")
            s.sendall(mqtt_packet(0xE0, b""))
            time.sleep(2.5)  # it saves once a second
            return
        s.sendall(mqtt_packet(0x82, struct.pack(">H", 1) + topic + b"\0"))
        if s.recv(5)[:1] != b"\x90":
            sys.exit("not subscribed")
        s.settimeout(1)
        try:
            message = s.recv(256)
        except TimeoutError:
            if text is None:
                sys.exit("no message")
            print(text)
            return
    print(message[8:].decode())


class Nats:
    def __init__(self, port):
        self.socket = connect(port)
        self.file = self.socket.makefile("rb")
        self.file.readline()  # INFO
        self.send(b'CONNECT {"verbose":false}\r\nPING\r\n')
        self.pong = self.file.readline().decode().strip()

    def send(self, data):
        self.socket.sendall(data)

    def request(self, subject, body):
        body = body.encode()
        self.send(b"SUB _in 1\r\nPUB %s _in %d\r\n%s\r\nUNSUB 1 1\r\n" % (subject.encode(), len(body), body))
        while True:
            line = self.file.readline()
            if line.startswith(b"MSG "):
                answer = json.loads(self.file.read(int(line.split()[-1])))
                self.file.readline()
                if "error" in answer:
                    sys.exit(str(answer["error"]))
                return answer
            if not line or line.startswith(b"-ERR"):
                sys.exit("refused: %r" % line)


def nats(verb, port, text=None):
    server = Nats(port)
    if verb == "ping":
        server.request("$JS.API.INFO", "")
        print(server.pong)
    elif verb == "put":
        server.request("$JS.API.STREAM.CREATE.kept", json.dumps({"name": "kept", "subjects": ["kept"], "max_msgs": 1, "storage": "file"}))
        server.request("kept", text)
    else:
        answer = server.request("$JS.API.STREAM.MSG.GET.kept", json.dumps({"last_by_subj": "kept"}))
        print(base64.b64decode(answer["message"]["data"]).decode())


def smtp(port, to):
    with smtplib.SMTP(HOST, int(port), timeout=20) as s:
        s.sendmail("tester@example.test", [to], "Subject: hello\r\n\r\nbody\r\n")
    print("accepted")


def imap(verb, port, text=None):
    with imaplib.IMAP4(HOST, int(port), timeout=5) as s:
        s.login("guest", "secret")
        if verb == "put":
            print(s.append("INBOX", None, None, ("Subject: %s\r\n\r\nbody\r\n" % text).encode())[0])
            return
        s.select("INBOX")
        if verb == "login":
            print("logged in")
            return
        _, found = s.search(None, "ALL")
        print(s.fetch(found[0].split()[-1].decode(), "(BODY[HEADER.FIELDS (SUBJECT)])")[1][0][1].decode())


def ftp(verb, port, text=None):
    with ftplib.FTP(timeout=5) as s:
        s.connect(HOST, int(port))
        s.login("guest", "secret")
        if verb == "put":
            print(s.storbinary("STOR kept", io.BytesIO(text.encode())))
        elif verb == "get":
            s.retrbinary("RETR kept", lambda data: print(data.decode()))
        else:
            s.nlst()
            print("logged in")


class Origin(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"origin answers\n")

    def log_message(self, *_):
        """The client's output is the answer alone."""


def proxy(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect((HOST, int(port)))
        own = s.getsockname()[0]
    server = http.server.HTTPServer((own, 0), Origin)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": "http://%s:%s" % (HOST, port)}))
    with opener.open("http://%s:%d/" % server.server_address, timeout=5) as answer:
        print(answer.read().decode(), answer.headers.get("Via", "no proxy"))


if __name__ == "__main__":
    {"talk": talk, "dns": dns, "mqtt": mqtt, "nats": nats, "smtp": smtp, "imap": imap, "ftp": ftp, "proxy": proxy}[sys.argv[1]](*sys.argv[2:])
