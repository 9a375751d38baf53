# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker that knows the protocol's page and none of our code: an independent reading of the frames."""
import json
import socket
import struct


class RawWorker:
    """Speaks length-prefixed frames over a Unix socket. Raises ConnectionError when the plugin hangs up."""

    def __init__(self, path, timeout=10):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(path)

    def send(self, kind, body=b"", **fields):
        header = json.dumps({"type": kind, **fields}).encode()
        self.socket.sendall(struct.pack("<II", 4 + len(header) + len(body), len(header)) + header + body)

    def receive(self):
        length, header_length = struct.unpack("<II", self._exactly(8))
        header = json.loads(self._exactly(header_length))
        return header, self._exactly(length - 4 - header_length)

    def ask(self, kind, body=b"", **fields):
        self.send(kind, body, **fields)
        return self.receive()

    def hello(self, digest="ab" * 32, model="raw", worker="raw-worker", protocol=4):
        header, _ = self.ask("hello", protocol=protocol, worker=worker, version="0", model_id=model, model_digest=digest)
        return header

    def report_device(self, state="passed", detail="", device="cpu", precision="float32"):
        header, _ = self.ask("device_report", device=device, precision=precision, self_test={"state": state, "detail": detail})
        return header

    def close(self):
        self.socket.close()

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise ConnectionError("the plugin hung up")
            data += more
        return data
