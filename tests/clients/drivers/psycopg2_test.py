"""psycopg2: create, insert, select, update, an error, rollback; types there and back."""
import datetime
import decimal
import os
import threading
import uuid

import psycopg2
import psycopg2.errors
import psycopg2.extras

psycopg2.extras.register_uuid()
connection = psycopg2.connect("")
cursor = connection.cursor()

cursor.execute("CREATE TABLE item (id serial PRIMARY KEY, name text NOT NULL UNIQUE, price numeric(10,2), "
               "made timestamptz DEFAULT now(), data bytea, flag boolean, tag uuid, day date)")
connection.commit()

tag = uuid.uuid4()
cursor.execute("INSERT INTO item (name, price, data, flag, tag, day) VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
               ("a'b\\c", decimal.Decimal("12.50"), b"\x00\xff'", True, tag, datetime.date(2024, 2, 29)))
assert cursor.fetchone() == (1,)
cursor.execute("SELECT name, price, data, flag, tag, day, made FROM item WHERE id = %s", (1,))
name, price, data, flag, found, day, made = cursor.fetchone()
assert (name, price, bytes(data), flag, found, day) == (
    "a'b\\c", decimal.Decimal("12.50"), b"\x00\xff'", True, tag, datetime.date(2024, 2, 29))
assert made.tzinfo is not None
cursor.executemany("INSERT INTO item (name) VALUES (%s)", [("x",), ("y",), ("z",)])
cursor.execute("UPDATE item SET price = 1 WHERE name IN %s", (("x", "y"),))
assert cursor.rowcount == 2
connection.commit()

try:
    cursor.execute("INSERT INTO item (name) VALUES ('x')")
    raise AssertionError("a duplicate was accepted")
except psycopg2.errors.UniqueViolation as error:
    assert error.diag.constraint_name == "item_name_key", error.diag.constraint_name
    assert error.diag.message_detail == "Key (name)=(x) already exists.", error.diag.message_detail
try:
    cursor.execute("SELECT 1")
    raise AssertionError("an aborted transaction went on")
except psycopg2.errors.InFailedSqlTransaction:
    pass
connection.rollback()
try:
    cursor.execute("SELECT * FROM nowhere")
except psycopg2.errors.UndefinedTable as error:
    assert error.diag.statement_position == "15", error.diag.statement_position
connection.rollback()

cursor.execute("DELETE FROM item WHERE name = 'z'")
connection.rollback()
cursor.execute("SELECT count(*) FROM item")
assert cursor.fetchone() == (4,)

with connection.cursor("server_side") as named:
    named.itersize = 2
    named.execute("SELECT id FROM item ORDER BY id")
    assert [row[0] for row in named] == [1, 2, 3, 4]
connection.commit()

# COPY both ways.
import io
cursor.copy_expert("COPY item (name, price) FROM STDIN WITH (FORMAT csv)", io.StringIO("c1,1.5\nc2,\n"))
out = io.StringIO()
cursor.copy_expert("COPY (SELECT name, price FROM item WHERE name LIKE 'c_' ORDER BY name) TO STDOUT", out)
assert out.getvalue() == "c1\t1.50\nc2\t\\N\n", out.getvalue()
connection.commit()

# Cancel from another thread.
timer = threading.Timer(0.2, connection.cancel)
timer.start()
try:
    cursor.execute("SELECT count(*) FROM generate_series(1, 1000000000) g")
    raise AssertionError("a cancelled statement came to its end")
except psycopg2.errors.QueryCanceled:
    pass
connection.rollback()
connection.close()
print("psycopg2: ok")
