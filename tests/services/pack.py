#!/usr/bin/env python3
"""An image archive that docker, containerd and podman load, written to standard output.

    pack.py NAME LAYER.tar... <Dockerfile-instructions

The instructions are those that only set the image's configuration: USER, WORKDIR, VOLUME, ENV, EXPOSE, ENTRYPOINT, CMD, HEALTHCHECK (JSON),
STOPSIGNAL. Lists are written as JSON.
"""
import hashlib
import io
import json
import sys
import tarfile

config = {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], "WorkingDir": "/"}


def env(text):
    name = text.split("=", 1)[0]
    config["Env"] = [e for e in config["Env"] if e.split("=", 1)[0] != name] + [text]


def several(key):
    return lambda text: config.setdefault(key, {}).update({word: {} for word in text.split()})


def one(key, read=str):
    return lambda text: config.update({key: read(text)})


INSTRUCTIONS = {
    "USER": one("User"),
    "WORKDIR": one("WorkingDir"),
    "STOPSIGNAL": one("StopSignal"),
    "ENTRYPOINT": one("Entrypoint", json.loads),
    "CMD": one("Cmd", json.loads),
    "VOLUME": several("Volumes"),
    "HEALTHCHECK": lambda text: config.update({"Healthcheck": json.loads(text)} if text != "null" else {}),
    "EXPOSE": lambda text: config.setdefault("ExposedPorts", {}).update({p + "/tcp": {} for p in text.split()}),
    "ENV": env,
}


def digest(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def main(name, *layers):
    for line in sys.stdin.read().splitlines():
        if line.strip():
            word, text = line.split(None, 1)
            INSTRUCTIONS[word](text)
    digests = [digest(path) for path in layers]
    image = json.dumps({"architecture": "amd64", "os": "linux", "created": "2026-01-01T00:00:00Z", "config": config,
                        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + d for d in digests]},
                        "history": [{"created": "2026-01-01T00:00:00Z", "created_by": "test"} for _ in layers]}).encode()
    file = hashlib.sha256(image).hexdigest() + ".json"
    manifest = json.dumps([{"Config": file, "RepoTags": [name], "Layers": [d + "/layer.tar" for d in digests]}]).encode()
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as out:
        for path, data in ((file, image), ("manifest.json", manifest)):
            member = tarfile.TarInfo(path)
            member.size = len(data)
            out.addfile(member, io.BytesIO(data))
        for d, path in zip(digests, layers):
            out.add(path, d + "/layer.tar", recursive=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
