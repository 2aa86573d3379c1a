# Connections before they are sessions: the time they have, how much they may say, and that nobody waits for them.
#
# The server has authentication_timeout = 5. (That its end waits for none of them: tls_test.py.)
import os
import socket
import struct
import subprocess

from wire import Client, fields

port = int(os.environ["PGPORT"])


def own_address():
    """One of this machine that is not loopback: from there passwords are asked for. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("198.51.100.1", 9))
        return probe.getsockname()[0]


address = (own_address(), port)
assert not address[0].startswith("127."), "this machine has no address but loopback"


def connect(sent=b""):
    stranger = socket.create_connection(address, timeout=60)
    stranger.sendall(sent)
    return stranger


def rest(stranger):
    try:
        return b"".join(iter(lambda: stranger.recv(65536), b""))
    except ConnectionResetError:
        return b""


def startup(user="postgres"):
    body = struct.pack("!I", 196608) + f"user\0{user}\0database\0postgres\0\0".encode()
    return struct.pack("!I", len(body) + 4) + body


def words(data):
    """Of the error at its end."""
    at = 0
    while data[at : at + 1] != b"E":
        at += 1 + struct.unpack("!I", data[at + 1 : at + 5])[0]
    return fields(data[at + 5 :])


# Who says nothing, or half of something, is sent away without a word; who does not answer is told why.
silent, half, mute = connect(), connect(startup()[:7]), connect(startup())
assert rest(silent) == b"" and rest(half) == b""
told = words(rest(mute))
assert (told["S"], told["C"], told["M"]) == ("FATAL", "57014", "canceling authentication due to timeout"), told

# A password is no gigabyte.
for size in (65536, 1 << 29):
    large = connect(startup())
    assert large.recv(1, socket.MSG_PEEK) == b"R"
    large.sendall(b"p" + struct.pack("!I", size + 4))
    told = words(rest(large))
    assert (told["S"], told["C"], told["M"]) == ("FATAL", "08P01", "invalid message length"), told

# With a password, the right one and another.
Client().query("CREATE ROLE guest LOGIN PASSWORD 'right'")
for password, says in (("right", "guest"), ("wrong", "password authentication failed for user \"guest\"")):
    done = subprocess.run(["psql", "-qAtX", f"host={address[0]} port={port} user=guest dbname=postgres password={password}",
                           "-c", "SELECT current_user"], capture_output=True, text=True)
    assert says in done.stdout + done.stderr, (done.stdout, done.stderr)

print("startup: ok")
