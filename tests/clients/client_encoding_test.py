# What clients of another character set send and get (client_encoding). Runs against PostgreSQL 15 as well.
import os
import subprocess
import tempfile

from wire import Client, error, rows

client = Client()


def raw(answer):
    return [body for kind, body in answer if kind == "D"]


def query(text):
    """Sends bytes as they are; everything until ReadyForQuery."""
    body = text + b"\0"
    client.socket.sendall(b"Q" + (len(body) + 4).to_bytes(4, "big") + body)
    seen = []
    while True:
        message = client.message()
        assert message is not None, "the connection ended"
        seen.append(message)
        if message[0] == "Z":
            return seen


answer = query(b"SET client_encoding = latin1")
assert ("S", b"client_encoding\0LATIN1\0") in answer, answer

# Texts, names and parameters, both ways.
query("CREATE TABLE größe (ä text, j jsonb)".encode("latin1"))
query("INSERT INTO größe VALUES ('é', '{\"ü\": 1}')".encode("latin1"))
answer = query("SELECT ä, j, octet_length(ä), ARRAY[ä] FROM größe".encode("latin1"))
assert "ä\0".encode("latin1") in answer[0][1], answer[0]
(row,) = raw(answer)
assert "é".encode("latin1") in row and '{"ü": 1}'.encode("latin1") in row and "{é}".encode("latin1") in row, row

# Errors and notices as well; their positions count characters.
answer = query("SELECT 'é', ö".encode("latin1"))
assert ('column "ö" does not exist'.encode("latin1")) in answer[0][1] and b"P13\0" in answer[0][1], answer

# What the client's set does not have is an error; the session goes on.
answer = query(b"SELECT U&'\\4e2d'")
assert error(answer)["C"] == "22P05", answer
answer = query(b"DO $$ BEGIN RAISE NOTICE '%', chr(20013); END $$")
assert answer[-1][0] == "Z", answer
assert raw(query(b"SELECT 1"))

# Bind, with the value as text and binary.
client.socket.sendall(b"".join(kind + (len(body) + 4).to_bytes(4, "big") + body for kind, body in (
    (b"P", b"\0" + "SELECT $1 || 'ö', octet_length($1), $2::text".encode("latin1") + b"\0" + b"\0\2\0\0\0\x19\0\0\0\x19"),
    (b"B", b"\0\0\0\2\0\0\0\1\0\2\0\0\0\1" + "ä".encode("latin1") + b"\0\0\0\1" + "ü".encode("latin1") + b"\0\3\0\1\0\0\0\1"),
    (b"E", b"\0\0\0\0\0"), (b"S", b""))))
seen = []
while not seen or seen[-1][0] != "Z":
    seen.append(client.message())
(row,) = raw(seen)
assert row == b"\0\3" + b"\0\0\0\2" + "äö".encode("latin1") + b"\0\0\0\x012" + b"\0\0\0\1" + "ü".encode("latin1"), row

# FunctionCall's arguments and answer as well: reverse(text).
call = b"\0\0\x0b\xf6\0\0\0\1\0\0\0\2" + "äb".encode("latin1") + b"\0\0"
client.socket.sendall(b"F" + (len(call) + 4).to_bytes(4, "big") + call)
assert client.message() == ("V", b"\0\0\0\2" + "bä".encode("latin1")) and client.message()[0] == "Z"

# COPY, with client_encoding and with its own; a multi-byte set in pieces.
with tempfile.TemporaryDirectory() as directory:
    path = os.path.join(directory, "rows")

    def psql(encoding, script):
        done = subprocess.run(["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1"], input=script, capture_output=True,
                              env={**os.environ, "PGCLIENTENCODING": encoding})
        assert done.returncode == 0, done.stderr
        return done.stdout

    psql("UTF8", b"CREATE TABLE c (id int, t text)")
    lines = b"".join(b"%d\t%s\n" % (i, ("漢字ソ表%d" % i).encode("cp932")) for i in range(20000))
    with open(path, "wb") as file:
        file.write(lines)
    psql("SJIS", b"\\copy c from '%s'" % path.encode())
    assert psql("UTF8", b"SELECT t FROM c WHERE id = 12345") == "漢字ソ表12345\n".encode()
    assert psql("EUC_JP", b"SELECT t FROM c WHERE id = 1") == "漢字ソ表1\n".encode("euc_jp")
    assert psql("UTF8", b"COPY (SELECT t FROM c WHERE id < 2 ORDER BY id) TO STDOUT (ENCODING 'sjis')") == "漢字ソ表0\n漢字ソ表1\n".encode("cp932")
    psql("LATIN1", b"COPY c FROM STDIN (ENCODING 'UTF8', FORMAT csv);\n-1,\xe6\xbc\xa2\n\\.\n")
    assert psql("UTF8", b"SELECT t FROM c WHERE id = -1") == "漢\n".encode()

# It follows transactions.
query(b"BEGIN")
answer = query(b"SET LOCAL client_encoding = utf8")
assert ("S", b"client_encoding\0UTF8\0") in answer, answer
assert "é".encode() in raw(query(b"SELECT chr(233)"))[0]
answer = query(b"COMMIT")
assert ("S", b"client_encoding\0LATIN1\0") in answer, answer
assert raw(query(b"SELECT chr(233)")) == [b"\0\1\0\0\0\1\xe9"]

# Bytes that are none of its characters.
query(b"SET client_encoding = utf8")
answer = query(b"SELECT '\xff'")
assert error(answer)["C"] == "22021" and "0xff" in error(answer)["M"], answer
answer = client.extended("SELECT $1::text", ["a\udcff"])
assert error(answer)["C"] == "22021", answer
client.query("CREATE TEMP TABLE t (a text)")
client.send("COPY t FROM STDIN")
assert client.message()[0] == "G"
client.copy_data(b"fine\n\xff\n")
client.socket.sendall(b"c\0\0\0\4")
answer = [client.message(), client.message()]
assert error(answer)["C"] == "22021" and answer[1][0] == "Z", answer
query(b"DROP TABLE c; DROP TABLE gr\xc3\xb6\xc3\x9fe")
print("ok")
