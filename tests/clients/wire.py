# A client that speaks the wire protocol message by message.
import os
import select
import socket
import struct


class Client:
    def __init__(self, port=None, database="postgres"):
        """To the server at `port`, or where the environment says."""
        address = (os.environ.get("PGHOST", "127.0.0.1"), port or int(os.environ["PGPORT"]))
        self.socket = socket.create_connection(address, timeout=60)
        body = struct.pack("!I", 196608) + f"user\0postgres\0database\0{database}\0\0".encode()
        self.socket.sendall(struct.pack("!I", len(body) + 4) + body)
        self.buffer = b""
        self.until_ready()

    def message(self):
        """The next message's type and body; None at the end of the connection."""
        while True:
            if len(self.buffer) >= 5:
                size = struct.unpack("!I", self.buffer[1:5])[0] + 1
                if len(self.buffer) >= size:
                    kind, body = chr(self.buffer[0]), self.buffer[5:size]
                    self.buffer = self.buffer[size:]
                    return kind, body
            data = self.socket.recv(65536)
            if not data:
                return None
            self.buffer += data

    def until_ready(self):
        seen = []
        while True:
            message = self.message()
            assert message is not None, "the connection ended"
            if message[0] == "E":
                raise AssertionError(fields(message[1]))
            seen.append(message)
            if message[0] == "Z":
                return seen

    def send(self, text):
        body = text.encode() + b"\0"
        self.socket.sendall(b"Q" + struct.pack("!I", len(body) + 4) + body)

    def copy_data(self, data):
        self.socket.sendall(b"d" + struct.pack("!I", len(data) + 4) + data)

    def has_message(self):
        """Whether something came that was not read yet."""
        return bool(self.buffer) or bool(select.select([self.socket], [], [], 0)[0])

    def query(self, text):
        self.send(text)
        return self.until_ready()

    def extended(self, text, parameters=(), types=(), limit=0):
        """Parse, Bind, Describe, Execute, Sync, all unnamed and as text; what came back until ReadyForQuery."""
        parse = b"\0" + text.encode() + b"\0" + struct.pack("!H", len(types)) + b"".join(struct.pack("!I", t) for t in types)
        bind = b"\0\0" + struct.pack("!HH", 0, len(parameters))
        for value in parameters:
            value = None if value is None else value.encode(errors="surrogateescape")
            bind += struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value
        bind += struct.pack("!H", 0)
        for kind, body in ((b"P", parse), (b"B", bind), (b"D", b"P\0"), (b"E", b"\0" + struct.pack("!i", limit)), (b"S", b"")):
            self.socket.sendall(kind + struct.pack("!I", len(body) + 4) + body)
        seen = []
        while True:
            message = self.message()
            assert message is not None, "the connection ended"
            seen.append(message)
            if message[0] == "Z":
                return seen

    def last_words(self):
        """The error before the server hangs up."""
        kind, body = self.message()
        assert kind == "E", kind
        assert self.message() is None
        return fields(body)


def fields(body):
    return {part[:1].decode(): part[1:].decode() for part in body.split(b"\0") if part}


def columns(messages):
    """Name and type of each column that a RowDescription among them tells of."""
    for kind, body in messages:
        if kind != "T":
            continue
        at, found = 2, []
        for _ in range(struct.unpack("!H", body[:2])[0]):
            end = body.index(b"\0", at)
            found.append((body[at:end].decode(), struct.unpack("!I", body[end + 7:end + 11])[0]))
            at = end + 19
        return found
    return None


def rows(messages):
    found = []
    for kind, body in messages:
        if kind != "D":
            continue
        at, row = 2, []
        for _ in range(struct.unpack("!H", body[:2])[0]):
            size = struct.unpack("!i", body[at:at + 4])[0]
            at += 4
            row.append(None if size < 0 else body[at:at + size].decode())
            at += max(size, 0)
        found.append(tuple(row))
    return found


def error(messages):
    return next((fields(body) for kind, body in messages if kind == "E"), None)
