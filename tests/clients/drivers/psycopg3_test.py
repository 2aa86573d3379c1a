"""psycopg 3: parameters bound by the server, binary cursors, pipelines, COPY by rows, prepared without being asked.

Runs against PostgreSQL 15 with max_prepared_transactions as well: PGHOST, PGPORT, PGUSER and PGDATABASE say where.
"""
import datetime
import decimal
import threading
import uuid

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.composite import CompositeInfo, register_composite
from psycopg.types.enum import EnumInfo, register_enum
from psycopg.types.json import Jsonb
from psycopg.types.range import Range


def types(connection):
    connection.execute("CREATE TYPE mood AS ENUM ('sad', 'happy')")
    connection.execute("CREATE TYPE place AS (name text, height numeric)")
    register_enum(EnumInfo.fetch(connection, "mood"), connection)
    register_composite(CompositeInfo.fetch(connection, "place"), connection)
    utc = datetime.timezone.utc
    values = [
        True, 1, 2**40, 1.5, decimal.Decimal("12.3400"), "Grüße 'x' \\", b"\x00'\xff", datetime.date(2024, 2, 29),
        datetime.time(1, 2, 3, 4), datetime.datetime(2024, 1, 2, 3, 4, 5, 6), datetime.datetime(2024, 1, 2, tzinfo=utc),
        datetime.timedelta(days=-3, microseconds=5), uuid.uuid4(), [1, 2, None], ["a", 'b"'], [[1.5], [2.5]],
        Range(1, 5), [Range(1, 2), Range(4, None)], None,
    ]
    casts = {repr(["a", 'b"']): "::text[]", repr(Range(1, 5)): "::int4range", repr([Range(1, 2), Range(4, None)]): "::int4range[]"}
    for binary in (False, True):
        with connection.cursor(binary=binary) as cursor:
            for value in values:
                # These go out without a type.
                cast = casts.get(repr(value), "")
                found = cursor.execute(f"SELECT %s{cast}", (value,)).fetchone()[0]
                assert found == value, (binary, value, found)
            found = cursor.execute("SELECT %b::jsonb", (Jsonb({"a": [1, None]}),)).fetchone()[0]
            assert found == {"a": [1, None]}, found
            found = cursor.execute("SELECT %s::mood, ROW('x', 1.5)::place", ("happy",)).fetchone()
            assert found[0].name == "happy" and found[1] == ("x", decimal.Decimal("1.5")), found


def statements(connection):
    connection.execute("CREATE TABLE item (id serial PRIMARY KEY, name text UNIQUE, price numeric, made timestamptz DEFAULT now())")
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.executemany("INSERT INTO item (name, price) VALUES (%s, %s) RETURNING id", [(f"n{i}", i) for i in range(50)], returning=True)
        ids = []
        while True:
            ids.append(cursor.fetchone()["id"])
            if not cursor.nextset():
                break
        assert ids == list(range(1, 51)), ids
    # From the sixth time on it is a prepared statement.
    for i in range(10):
        row = connection.execute("SELECT name FROM item WHERE id = %s", (i + 1,)).fetchone()
        assert row == (f"n{i}",), row
    assert connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()[0] >= 1
    connection.execute(sql.SQL("UPDATE {} SET {} = %s WHERE id = ANY(%s)").format(sql.Identifier("item"), sql.Identifier("price")), (7, [1, 2]))
    try:
        with connection.transaction():
            connection.execute("INSERT INTO item (name) VALUES ('n1')")
        raise AssertionError("a duplicate was accepted")
    except psycopg.errors.UniqueViolation as error:
        assert error.diag.constraint_name == "item_name_key"
    assert connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
    with connection.cursor("by_the_server", scrollable=True) as cursor:
        cursor.execute("SELECT id FROM item ORDER BY id")
        assert [r[0] for r in cursor.fetchmany(3)] == [1, 2, 3]
        cursor.scroll(45, mode="absolute")
        assert [r[0] for r in cursor] == [46, 47, 48, 49, 50]
    connection.commit()


def pipelines(connection):
    with connection.pipeline():
        cursors = [connection.execute("SELECT %s::int * 2", (i,)) for i in range(100)]
        assert [c.fetchone()[0] for c in cursors] == [2 * i for i in range(100)]
    connection.commit()
    # An error makes all behind it, to the next sync, fail with it.
    try:
        with connection.pipeline() as pipeline:
            connection.execute("INSERT INTO item (name) VALUES ('piped')")
            connection.execute("SELECT 1 / %s::int", (0,))
            behind = connection.execute("INSERT INTO item (name) VALUES ('behind')")
            pipeline.sync()
        raise AssertionError("an error of a pipeline was not told")
    except psycopg.errors.DivisionByZero:
        pass
    connection.rollback()
    assert connection.execute("SELECT count(*) FROM item WHERE name IN ('piped', 'behind')").fetchone() == (0,)
    connection.commit()


def copying(connection):
    connection.execute("CREATE TABLE measured (at timestamptz, n int, tags text[])")
    at = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
    rows = [(at + datetime.timedelta(hours=i), i, [f"t{i}", None]) for i in range(500)]
    with connection.cursor() as cursor:
        with cursor.copy("COPY measured FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["timestamptz", "int4", "text[]"])
            for row in rows:
                copy.write_row(row)
        assert cursor.rowcount == 500
        with cursor.copy("COPY (SELECT * FROM measured ORDER BY n) TO STDOUT (FORMAT BINARY)") as copy:
            copy.set_types(["timestamptz", "int4", "text[]"])
            assert list(copy.rows()) == rows
        with cursor.copy("COPY (SELECT n FROM measured WHERE n < %s ORDER BY n) TO STDOUT", (2,)) as copy:
            assert b"".join(copy) == b"0\n1\n"
        connection.commit()
        try:
            with cursor.copy("COPY measured FROM STDIN") as copy:
                copy.write_row((at, 1, []))
                raise ZeroDivisionError
        except psycopg.errors.QueryCanceled as error:
            assert error.diag.context == "COPY measured, line 2", error.diag.context
    connection.rollback()
    assert connection.execute("SELECT count(*) FROM measured").fetchone() == (500,)
    connection.commit()


def meanwhile(connection):
    timer = threading.Timer(0.2, connection.cancel)
    timer.start()
    try:
        connection.execute("SELECT count(*) FROM generate_series(1, 10000000000) g")
        raise AssertionError("a cancelled statement came to its end")
    except psycopg.errors.QueryCanceled:
        connection.rollback()
    timer.join()
    connection.autocommit = True
    connection.execute("LISTEN news")
    with psycopg.connect("", autocommit=True) as other:
        other.execute("NOTIFY news, 'again'")
    for notification in connection.notifies():
        assert (notification.channel, notification.payload) == ("news", "again")
        break
    # Two-phase commit.
    connection.autocommit = False
    connection.tpc_begin(connection.xid(1, "gid", "part"))
    connection.execute("INSERT INTO item (name) VALUES ('twice')")
    connection.tpc_prepare()
    with psycopg.connect("") as other:
        assert [x.gtrid for x in other.tpc_recover()] == ["gid"]
    connection.tpc_rollback()
    assert connection.execute("SELECT count(*) FROM item WHERE name = 'twice'").fetchone() == (0,)
    connection.rollback()
    connection.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
    connection.read_only = True
    try:
        connection.execute("DELETE FROM item")
        raise AssertionError("a read-only transaction wrote")
    except psycopg.errors.ReadOnlySqlTransaction:
        connection.rollback()


with psycopg.connect("") as connection:
    types(connection)
    statements(connection)
    pipelines(connection)
    copying(connection)
    meanwhile(connection)
print("psycopg 3: ok")
