# Clients over TLS: what they verify, large results and COPY, cancelling, handshakes that never end.
#
#   tls_test.py DIR    DIR: ca.crt, other.crt (signed nothing here), pid of the server (tests/clients/run makes them)
import os
import signal
import select
import socket
import ssl
import struct
import subprocess
import sys

from wire import Client

work = sys.argv[1]
port = os.environ["PGPORT"]
SSL_REQUEST = struct.pack("!II", 8, 80877103)


def psql(sslmode, sql, root="ca.crt", host="localhost", stdin=None):
    where = f"host={host} hostaddr=127.0.0.1 port={port} user=postgres dbname=postgres sslmode={sslmode} sslrootcert={work}/{root}"
    return subprocess.run(["psql", "-qAtX", where, "-c", sql], input=stdin, capture_output=True, text=True)


def answer(*args, **named):
    done = psql(*args, **named)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def refused(why, *args, **named):
    done = psql(*args, **named)
    assert done.returncode != 0 and why in done.stderr, (done.stdout, done.stderr)


IS_ENCRYPTED = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
for mode in ("require", "verify-ca", "verify-full"):
    assert answer(mode, IS_ENCRYPTED) == "t", mode
# Who asks for none gets none; who would take either gets it.
assert answer("disable", IS_ENCRYPTED) == "f"
assert answer("prefer", IS_ENCRYPTED) == "t"
# A certificate of nobody that the client trusts, or of another host.
refused("certificate verify failed", "verify-ca", "SELECT 1", root="other.crt")
refused("does not match host name", "verify-full", "SELECT 1", host="elsewhere.test")

# More than buffers hold, both ways.
ROWS = 200_000
assert answer("require", f"SELECT count(*) FROM (SELECT repeat('x', 100) FROM generate_series(1, {ROWS})) t") == str(ROWS)
large = answer("require", f"SELECT i, repeat(chr(97 + i % 26), 100) FROM generate_series(1, {ROWS}) i")
lines = large.split("\n")
assert len(lines) == ROWS and lines[4711] == "4712|" + chr(97 + 4712 % 26) * 100
answer("require", "CREATE TABLE carried (i int, t text)")
data = "".join(f"{i}\t{chr(97 + i % 26) * 100}\n" for i in range(1, ROWS + 1))
answer("require", "COPY carried FROM STDIN", stdin=data)
assert answer("disable", "COPY carried TO STDOUT") + "\n" == answer("require", "COPY carried TO STDOUT") + "\n" == data
answer("require", "DROP TABLE carried")


# A handshake that is begun and not gone on with, and a connection that says nothing at all.
def silent(sent=b""):
    stranger = socket.create_connection(("127.0.0.1", int(port)), timeout=60)
    stranger.sendall(sent)
    return stranger


def client_hello():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        context.wrap_bio(incoming, outgoing).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


hello = client_hello()
strangers = [silent() for _ in range(20)] + [silent(SSL_REQUEST) for _ in range(20)]
for _ in range(20):
    half = silent(SSL_REQUEST)
    assert half.recv(1) == b"S"
    half.sendall(hello[: len(hello) // 2])
    strangers.append(half)
assert answer("verify-full", "SELECT 1") == "1"

# What comes before the handshake was not protected by it, and is not listened to.
early = silent(SSL_REQUEST + b"\0\0\0\x08\x04\xd2\x16/")
assert b"received unencrypted data after SSL request" in b"".join(iter(lambda: early.recv(4096), b""))

# No TLS inside of TLS, and no shout before it: garbage ends the connection alone.
garbage = silent(SSL_REQUEST)
assert garbage.recv(1) == b"S"
garbage.sendall(b"garbage" * 100)
while True:
    try:
        if not garbage.recv(4096):
            break
    except ConnectionResetError:
        break

# A cancel request in the clear ends a statement of an encrypted session.
where = f"host=127.0.0.1 port={port} user=postgres dbname=postgres sslmode=require"
running = subprocess.Popen(["psql", "-qAtX", where, "-c", "SET application_name = 'endless'",
                            "-c", "SELECT count(*) FROM generate_series(1, 1000000000000)"],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
admin = Client()
while not any(kind == "D" for kind, _ in admin.query(
        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'endless' AND state = 'active' AND query LIKE '%generate_series%'")):
    pass
running.send_signal(signal.SIGINT)
out, err = running.communicate(timeout=60)
assert "canceling statement due to user request" in err, err

# The server's end waits for none of the strangers, nor for who is in the middle of a message, nor for who does not take what he
# asked for.
middle = Client()
middle.socket.sendall(b"Q\0\0\1\0SELECT")
stalled = Client()
stalled.send("SELECT repeat('x', 1000) FROM generate_series(1, 1000000000)")
assert stalled.socket.recv(1) == b"T"
pid = int(open(f"{work}/pid").read())
watched = os.pidfd_open(pid)
os.kill(pid, signal.SIGTERM)
assert select.select([watched], [], [], 60)[0], "the server waits for clients that have not said who they are"
last = b"".join(iter(lambda: middle.socket.recv(4096), b""))
assert b"C57P01" in last, last
for stranger in strangers:
    stranger.close()
print("tls: ok")
