# Sessions that end by themselves: idle timeouts, a client that has gone away.
# Everything waits for what the server does; nothing measures time.
import os
import socket
import struct


class Client:
    def __init__(self):
        self.socket = socket.create_connection((os.environ["PGHOST"], int(os.environ["PGPORT"])), timeout=60)
        body = struct.pack("!I", 196608) + b"user\0postgres\0database\0postgres\0\0"
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

    def query(self, text):
        self.send(text)
        return self.until_ready()

    def last_words(self):
        """The error before the server hangs up."""
        kind, body = self.message()
        assert kind == "E", kind
        assert self.message() is None
        return fields(body)


def fields(body):
    return {part[:1].decode(): part[1:].decode() for part in body.split(b"\0") if part}


def expect(words, code, text):
    assert (words["S"], words["C"], words["M"]) == ("FATAL", code, text), words


setup = Client()
setup.query("CREATE TABLE held (id int PRIMARY KEY, n int); INSERT INTO held VALUES (1, 0)")

# An idle transaction ends, and what it held is free.
idle = Client()
idle.query("SET idle_in_transaction_session_timeout = '50ms'")
idle.query("BEGIN")
idle.query("UPDATE held SET n = n + 1 WHERE id = 1")
setup.query("UPDATE held SET n = n + 10 WHERE id = 1")  # waits for the other's end
expect(idle.last_words(), "25P03", "terminating connection due to idle-in-transaction timeout")
rows = setup.query("SELECT n FROM held")
assert any(kind == "D" and body.endswith(b"10") for kind, body in rows), rows

# So does one that has failed; a statement that runs is not idle.
failed = Client()
failed.query("SET idle_in_transaction_session_timeout = '50ms'")
failed.query("BEGIN")
failed.query("SELECT count(*) FROM generate_series(1, 5000000)")
failed.send("SELECT 1 / 0")
assert failed.message()[0] in "TE"
while (message := failed.message())[0] != "Z":
    pass
assert message[1] == b"E"
expect(failed.last_words(), "25P03", "terminating connection due to idle-in-transaction timeout")

# Outside of a transaction another limit counts, and a new value holds from the next wait on.
session = Client()
session.query("SET idle_in_transaction_session_timeout = '1ms'")
session.query("SET idle_session_timeout = '1h'")
session.query("SELECT count(*) FROM generate_series(1, 5000000)")
session.query("SET idle_session_timeout = '20ms'")
expect(session.last_words(), "57P05", "terminating connection due to idle-session timeout")

# A client that goes away in the middle of a statement leaves nothing locked.
gone = Client()
gone.query("SET client_connection_check_interval = '20ms'")
gone.query("BEGIN")
gone.query("UPDATE held SET n = n + 100 WHERE id = 1")
gone.send("SELECT count(*) FROM generate_series(1, 1000000000000) g")
gone.socket.close()
setup.query("UPDATE held SET n = n + 1000 WHERE id = 1")
rows = setup.query("SELECT n FROM held")
assert any(kind == "D" and body.endswith(b"1010") for kind, body in rows), rows

# One that waits for a lock is found gone as well.
holder = Client()
holder.query("BEGIN")
holder.query("UPDATE held SET n = n + 1 WHERE id = 1")
setup.query("INSERT INTO held VALUES (2, 0)")
waiting = Client()
waiting.query("SET client_connection_check_interval = '20ms'")
waiting.query("BEGIN")
waiting.query("UPDATE held SET n = 5 WHERE id = 2")
waiting.send("UPDATE held SET n = 5 WHERE id = 1")
waiting.socket.close()
setup.query("UPDATE held SET n = n + 1 WHERE id = 2")
holder.query("ROLLBACK")
setup.query("DROP TABLE held")
print("timeouts: ok")
