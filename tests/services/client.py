#!/usr/bin/env python3
"""Small clients for protocols that the host has no program for; run in a container's network namespace.

    client.py talk PORT LINE              send a line, print the answer (redis, memcached, line protocols)
    client.py dns PORT NAME               ask for an address
    client.py mqtt put PORT TEXT          publish a retained message on "kept"
    client.py mqtt get PORT [FALLBACK]    print it
    client.py smtp PORT TO                deliver a message
"""
import smtplib
import socket
import struct
import sys
import time


def connect(port):
    return socket.create_connection(("127.0.0.1", int(port)), timeout=5)


def talk(port, line):
    with connect(port) as s:
        s.sendall(line.encode() + b"\r\n")
        s.settimeout(3)
        answer = s.recv(4096)
        if answer.startswith(b"$") and answer.count(b"\r\n") < 2:
            answer += s.recv(4096)
    print(answer.decode(errors="replace").replace("\r", ""), end="")


def dns(port, name):
    question = b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0" + struct.pack(">HH", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(3)
        s.sendto(struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + question, ("127.0.0.1", int(port)))
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


def smtp(port, to):
    with smtplib.SMTP("127.0.0.1", int(port), timeout=5) as s:
        s.sendmail("tester@example.test", [to], "Subject: hello\r\n\r\nbody\r\n")
    print("accepted")


if __name__ == "__main__":
    {"talk": talk, "dns": dns, "mqtt": mqtt, "smtp": smtp}[sys.argv[1]](*sys.argv[2:])
