# The FunctionCall message. Runs against PostgreSQL 15 as well.
import struct

from wire import Client, fields

INT4PL, REVERSE, GENERATE_SERIES, SUM, INT4DIV = 177, 3062, 1067, 2108, 154
TEXT, BINARY = 0, 1

client = Client()


def call(function, arguments, formats=(), result=TEXT, body=None):
    """The answer's bytes (None for null), or the error's fields; and the transaction's state."""
    if body is None:
        body = struct.pack("!IH", function, len(formats)) + b"".join(struct.pack("!h", f) for f in formats)
        body += struct.pack("!H", len(arguments))
        for value in arguments:
            body += struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value
        body += struct.pack("!h", result)
    client.socket.sendall(b"F" + struct.pack("!I", len(body) + 4) + body)
    answer = error = None
    while True:
        kind, body = client.message()
        if kind == "E":
            error = fields(body)
        elif kind == "V":
            size = struct.unpack("!i", body[:4])[0]
            answer = None if size < 0 else body[4:]
            assert size < 0 or len(answer) == size
        elif kind == "Z":
            return error or answer, body.decode()
        else:
            assert kind in "NS", kind


assert call(INT4PL, [b"2", b"40"]) == (b"42", "I")
number = struct.Struct("!i").pack
assert call(INT4PL, [number(2), number(40)], [BINARY], BINARY) == (number(42), "I")
assert call(INT4PL, [number(2), b"40"], [BINARY, TEXT], TEXT) == (b"42", "I")
assert call(INT4PL, [b"2", None]) == (None, "I")
assert call(REVERSE, ["äb".encode()]) == ("bä".encode(), "I")

for function, arguments, formats, sqlstate, message in (
    (1, [], [], "42883", "function with OID 1 does not exist"),
    (GENERATE_SERIES, [b"1", b"2"], [], "0A000", 'cannot call function "generate_series" via fastpath interface'),
    (SUM, [b"1"], [], "0A000", 'cannot call function "sum" via fastpath interface'),
    (INT4PL, [b"1"], [], "08P01", "function call message contains 1 arguments but function requires 2"),
    (INT4PL, [b"1", b"2"], [0, 0, 0], "08P01", "function call message contains 3 argument formats but 2 arguments"),
    (INT4DIV, [b"1", b"0"], [], "22012", "division by zero"),
    (INT4PL, [b"1", b"x"], [], "22P02", 'invalid input syntax for type integer: "x"'),
):
    error, status = call(function, arguments, formats)
    assert (error["C"], error["M"], status) == (sqlstate, message, "I"), error

# A transaction goes on, or fails with the call.
client.query("BEGIN")
assert call(INT4PL, [b"1", b"2"]) == (b"3", "T")
assert call(INT4DIV, [b"1", b"0"])[1] == "E"
error, status = call(INT4PL, [b"1", b"2"])
assert (error["C"], status) == ("25P02", "E"), error
client.query("ROLLBACK")

# Rights are those of a query.
client.query("CREATE FUNCTION secret() RETURNS int LANGUAGE sql AS 'SELECT 7'; REVOKE EXECUTE ON FUNCTION secret FROM public; CREATE ROLE guest")
(oid,) = [struct.unpack("!h", body[:2]) and int(body[6:]) for kind, body in client.query("SELECT 'secret'::regproc::oid") if kind == "D"]
assert call(oid, []) == (b"7", "I")
client.query("SET ROLE guest")
error, status = call(oid, [])
assert (error["C"], error["M"], status) == ("42501", "permission denied for function secret", "I"), error
client.query("RESET ROLE; DROP ROLE guest; DROP FUNCTION secret")

# What an implicit transaction did is there.
client.query("CREATE SEQUENCE counted")
(oid,) = [int(body[6:]) for kind, body in client.query("SELECT 'counted'::regclass::oid") if kind == "D"]
assert call(1574, [str(oid).encode()]) == (b"1", "I")
assert [body[6:] for kind, body in client.query("SELECT last_value FROM counted") if kind == "D"] == [b"1"]

# Malformed ones; the connection lives.
for body in (b"\0", struct.pack("!IH", INT4PL, 9), struct.pack("!IHHi", INT4PL, 0, 1, -5) + b"\0\0"):
    assert call(0, [], body=body)[0]["C"] == "08P01"
assert call(INT4PL, [b"2", b"2"]) == (b"4", "I")
print("ok")
