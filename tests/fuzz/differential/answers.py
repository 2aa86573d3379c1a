"""What a server answers to a statement, and when two answers are the same."""
import math
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "clients"))
import wire  # noqa: E402

FLOATS = {700, 701}
NUMERIC = 1700
ARRAYS = {1007, 1009}


class Lost(Exception):
    """The server went away."""


class Server(wire.Client):
    def __init__(self, name, port, database):
        super().__init__(port, database)
        self.name, self.port, self.database = name, port, database
        self.settings = []

    def run(self, text):
        try:
            return Answer(self.query_all(text))
        except (AssertionError, OSError) as error:
            raise Lost(f"{self.name}: {error}") from None

    def query_all(self, text):
        self.send(text)
        return self.collect()

    def collect(self):
        seen = []
        while True:
            message = self.message()
            if message is None:
                raise OSError("the connection ended")
            seen.append(message)
            if message[0] == "Z":
                return seen

    def prepared(self, text, types, rounds, binary):
        """One Parse, then a Bind and an Execute for each of `rounds`, lists of parameters as text or bytes."""
        def message(kind, body):
            return kind + struct.pack("!I", len(body) + 4) + body
        out = [message(b"P", b"\0" + text.encode() + b"\0" + struct.pack("!H", len(types)) +
                       b"".join(struct.pack("!I", t) for t in types)), message(b"D", b"S\0"), message(b"S", b"")]
        answers = []
        try:
            self.socket.sendall(b"".join(out))
            first = self.collect()
            if any(kind == "E" for kind, _ in first):
                return [Answer(first)]
            for parameters in rounds:
                bind = b"\0\0" + struct.pack("!H", len(parameters))
                bind += b"".join(struct.pack("!H", isinstance(p, bytes)) for p in parameters)
                bind += struct.pack("!H", len(parameters))
                for p in parameters:
                    raw = None if p is None else p if isinstance(p, bytes) else p.encode()
                    bind += struct.pack("!i", -1) if raw is None else struct.pack("!i", len(raw)) + raw
                bind += struct.pack("!HH", 1, binary)
                self.socket.sendall(message(b"B", bind) + message(b"E", b"\0" + struct.pack("!i", 0)) + message(b"S", b""))
                answers.append(Answer([m for m in first if m[0] == "T"] + self.collect(), raw=bool(binary)))
        except (AssertionError, OSError) as error:
            raise Lost(f"{self.name}: {error}") from None
        return answers


class Answer:
    """Rows (text, or bytes where raw), column types, the command's tag, or an error's fields."""

    def __init__(self, messages, raw=False):
        self.raw = raw
        self.error = wire.error(messages)
        self.code = self.error and self.error.get("C")
        self.message = self.error and self.error.get("M", "")
        self.columns = wire.columns(messages)
        self.tag = next((body[:-1].decode() for kind, body in reversed(messages) if kind == "C"), None)
        self.rows = self.read(messages)

    def read(self, messages):
        found = []
        for kind, body in messages:
            if kind != "D":
                continue
            at, row = 2, []
            for _ in range(struct.unpack_from("!H", body)[0]):
                size = struct.unpack_from("!i", body, at)[0]
                at += 4
                value = None if size < 0 else body[at:at + size]
                row.append(value if self.raw or value is None else value.decode(errors="surrogateescape"))
                at += max(size, 0)
            found.append(tuple(row))
        return found

    def types(self):
        return [oid if oid < 16384 else None for _, oid in self.columns or []]  # users' types have numbers of their own

    def canonical(self, ordered):
        """Rows as lists that compare; as multisets unless `ordered`."""
        types = self.types()
        rows = [tuple(canonical(v, t, self.raw) for v, t in zip(row, types)) for row in self.rows]
        return rows if ordered else sorted(rows, key=repr)

    def __str__(self):
        if self.error:
            return f"{self.code}: {self.message}"
        return f"{self.tag}, {len(self.rows)} rows"


def canonical(value, type, raw):
    """Of equal numbers that print differently (1.0 and 1.00) aggregates and groups may show either; a sum of floats
    depends on its order in the last digits. Everything else is compared to the letter."""
    if value is None:
        return None
    if type in FLOATS:
        number = struct.unpack("!d" if type == 701 else "!f", value)[0] if raw else float(value)
        return "NaN" if math.isnan(number) else f"{number + 0.0:.9g}" if number else "0"
    if raw and type in ARRAYS:  # whether there may be nulls: only a hint, and slices keep it
        return value[:4] + value[8:]
    if type == NUMERIC and raw:
        value = numeric_text(value)
    if type == NUMERIC and "." in value:
        return value.rstrip("0").rstrip(".")
    return value


def numeric_text(raw):
    """What a numeric in binary prints as: its digits to the base of 10000, the weight of the first, sign and scale."""
    count, weight, sign, scale = struct.unpack_from("!hhHH", raw)
    digits = struct.unpack(f"!{count}h", raw[8:])  # neither more nor fewer bytes than it says
    if sign in (0xC000, 0xD000, 0xF000):
        return {0xC000: "NaN", 0xD000: "Infinity", 0xF000: "-Infinity"}[sign]
    if sign not in (0, 0x4000) or any(not 0 <= d < 10000 for d in digits) or (digits and 0 in (digits[0], digits[-1])):
        return f"malformed: {raw.hex()}"
    places = max(0, count - weight - 1)  # groups of four behind the point
    whole = 0
    for d in digits:
        whole = whole * 10000 + d
    whole *= 10000 ** max(0, weight + 1 - count)
    text = str(whole).rjust(4 * places + 1, "0")
    text = text[:-4 * places] + "." + text[-4 * places:] if places else text
    if "." in text and any(c != "0" for c in text[text.index(".") + 1:][scale:]):
        return f"malformed: {raw.hex()}"  # digits behind its scale
    return ("-" if sign == 0x4000 else "") + text


def same(ours, theirs, ordered=False):
    if ours.error or theirs.error:
        return bool(ours.error and theirs.error and ours.code == theirs.code)
    if ours.tag != theirs.tag or ours.types() != theirs.types() or len(ours.rows) != len(theirs.rows):
        return False
    if ours.rows == theirs.rows:
        return True
    mine, expected = ours.canonical(ordered), theirs.canonical(ordered)
    return mine == expected or close(mine, expected, ours.types())


def close(mine, expected, types):
    """Float columns agree to nine digits and may round apart there."""
    for a, b in zip(mine, expected):
        for x, y, t in zip(a, b, types):
            if x != y and not (t in FLOATS and None not in (x, y) and
                               math.isclose(float(x), float(y), rel_tol=1e-7, abs_tol=1e-12)):
                return False
    return True
