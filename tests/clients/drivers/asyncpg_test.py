"""asyncpg: everything in binary, types looked up in the catalogues, prepared statements, COPY, cancel, notifications.

Runs against PostgreSQL 15 as well: PGHOST, PGPORT, PGUSER and PGDATABASE say where.
"""
import asyncio
import datetime
import decimal
import io
import ipaddress
import json
import uuid

import asyncpg


async def types(connection):
    """Values there and back, as asyncpg encodes them."""
    await connection.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')")
    await connection.execute("CREATE TYPE place AS (name text, height numeric, moods mood[])")
    await connection.execute("CREATE DOMAIN positive AS int CHECK (VALUE > 0)")
    utc = datetime.timezone.utc
    values = {
        "bool": True,
        "int2": -32768,
        "int8": 2**63 - 1,
        "float4": 0.5,
        "float8": 1.1,
        "numeric": decimal.Decimal("-1234567890123456789.000100"),
        "text": "Grüße, 'Welt' \\ \n",
        "varchar": "x",
        "bytea": b"\x00\xff'\\",
        "date": datetime.date(2024, 2, 29),
        "time": datetime.time(23, 59, 59, 999999),
        "timetz": datetime.time(1, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
        "timestamp": datetime.datetime(1, 1, 1, 0, 0, 1),
        "timestamptz": datetime.datetime(2024, 6, 1, 12, 30, tzinfo=utc),
        "interval": datetime.timedelta(days=3, seconds=5, microseconds=7),
        "uuid": uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        "json": '{"a": [1, 2.5, null]}',
        "jsonb": '{"a": [1, 2.5, null]}',
        "inet": ipaddress.ip_address("192.168.0.7"),
        "cidr": ipaddress.ip_network("10.0.0.0/8"),
        "bit(3)": asyncpg.BitString("101"),
        "point": asyncpg.Point(1.5, -2),
        "box": asyncpg.Box(asyncpg.Point(3, 4), asyncpg.Point(1, 2)),
        "int4[]": [[1, 2], [3, None]],
        "text[]": ["a", None, "", 'q"\\'],
        "numeric[]": [decimal.Decimal("1.5"), decimal.Decimal("NaN")],
        "int4range": asyncpg.Range(1, 10),
        "tstzrange": asyncpg.Range(datetime.datetime(2024, 1, 1, tzinfo=utc), None),
        "int4multirange": [asyncpg.Range(1, 3), asyncpg.Range(7, 9)],
        "mood": "happy",
        "mood[]": ["sad", None, "ok"],
        "positive": 5,
        "place": ("here", decimal.Decimal("7.25"), ["ok", "sad"]),
    }
    for name, value in values.items():
        found = await connection.fetchval(f"SELECT $1::{name}", value)
        if name == "place":
            assert tuple(found) == value, (name, found)
        elif name == "numeric[]":
            assert found[0] == value[0] and found[1].is_nan(), (name, found)
        else:
            assert found == value, (name, found)
        assert await connection.fetchval(f"SELECT $1::{name}", None) is None
    places = await connection.fetchval("SELECT array_agg(p) FROM (VALUES (($1::place)), (NULL)) v(p)", values["place"])
    assert tuple(places[0]) == values["place"] and places[1] is None, places
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    assert await connection.fetchval("SELECT $1::jsonb || '{\"b\": 1}'", {"a": "ü"}) == {"a": "ü", "b": 1}
    kinds = await connection.prepare("SELECT $1::mood, $2::place[], $3::positive")
    assert [p.name for p in kinds.get_parameters()] == ["mood", "place[]", "int4"], kinds.get_parameters()
    assert [a.type.name for a in kinds.get_attributes()] == ["mood", "place[]", "int4"], kinds.get_attributes()


async def statements(connection):
    await connection.execute("CREATE TABLE item (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE NOT NULL, price numeric)")
    await connection.executemany("INSERT INTO item (name, price) VALUES ($1, $2)", [(f"n{i}", decimal.Decimal(i) / 4) for i in range(100)])
    rows = await connection.fetch("SELECT id, name FROM item WHERE id = ANY($1) ORDER BY id", [3, 1, 700])
    assert [tuple(row) for row in rows] == [(1, "n0"), (3, "n2")], rows
    assert await connection.execute("UPDATE item SET price = price + 1 WHERE price < $1", 5) == "UPDATE 20"
    try:
        await connection.execute("INSERT INTO item (name) VALUES ($1)", "n1")
        raise AssertionError("a duplicate was accepted")
    except asyncpg.UniqueViolationError as error:
        assert error.constraint_name == "item_name_key" and error.table_name == "item", error
    try:
        await connection.fetchval("SELECT $1::int", "seven")
        raise AssertionError("asyncpg encodes by the type it was told")
    except asyncpg.DataError:
        pass
    # A cursor reads through a portal, some rows at a time.
    async with connection.transaction():
        cursor = await connection.cursor("SELECT id FROM item ORDER BY id")
        assert [r[0] for r in await cursor.fetch(7)] == list(range(1, 8))
        await cursor.forward(10)
        assert (await cursor.fetchrow())[0] == 18
        seen = [r[0] async for r in connection.cursor("SELECT id FROM item WHERE id > $1 ORDER BY id", 90, prefetch=3)]
        assert seen == list(range(91, 101)), seen
    # Savepoints.
    async with connection.transaction():
        await connection.execute("DELETE FROM item WHERE id <= 10")
        try:
            async with connection.transaction():
                await connection.execute("DELETE FROM item")
                raise ZeroDivisionError
        except ZeroDivisionError:
            pass
        assert await connection.fetchval("SELECT count(*) FROM item") == 90
    # The statement was prepared before its table changed.
    prepared = await connection.prepare("SELECT * FROM item WHERE id = $1")
    assert len(await prepared.fetchrow(50)) == 3
    await connection.execute("ALTER TABLE item ADD COLUMN note text DEFAULT 'new'")
    try:
        await prepared.fetchrow(50)
        raise AssertionError("the old shape was served")
    except asyncpg.InvalidCachedStatementError:
        pass
    assert (await connection.fetchrow("SELECT * FROM item WHERE id = $1", 50))["note"] == "new"


async def copying(connection):
    await connection.execute("CREATE TABLE measured (at timestamptz, tags text[], value float8, n numeric)")
    at = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
    rows = [(at + datetime.timedelta(minutes=i), [f"t{i}", None], i / 3, decimal.Decimal(i)) for i in range(2000)]
    assert await connection.copy_records_to_table("measured", records=rows) == "COPY 2000"
    assert [tuple(r) for r in await connection.fetch("SELECT * FROM measured ORDER BY at")] == rows
    out = bytearray()

    async def collect(data):
        out.extend(data)

    await connection.copy_from_query("SELECT n, tags[1] FROM measured WHERE n < $1 ORDER BY n", 3, output=collect, format="csv", header=True)
    assert out == b"n,tags\n0,t0\n1,t1\n2,t2\n", out
    try:
        await connection.copy_to_table("measured", source=io.BytesIO(b"2024-01-01,{},1,1\n2024-01-02,{},1\n"), format="csv")
        raise AssertionError("a row without its last column was accepted")
    except asyncpg.BadCopyFileFormatError as error:
        assert error.context == 'COPY measured, line 2: "2024-01-02,{},1"', error.context
    assert await connection.fetchval("SELECT count(*) FROM measured") == 2000


async def meanwhile(connection):
    """Notifications, cancel by a timeout of the client, notices."""
    heard = asyncio.Queue()
    await connection.add_listener("news", lambda c, pid, channel, payload: heard.put_nowait((channel, payload)))
    other = await asyncpg.connect()
    await other.execute("SELECT pg_notify('news', $1)", "read all about it")
    assert await asyncio.wait_for(heard.get(), 30) == ("news", "read all about it")
    await other.close()
    notices = []
    connection.add_log_listener(lambda c, message: notices.append(message.message))
    await connection.execute("DO $$BEGIN RAISE NOTICE 'psst %', 1; END$$")
    await connection.execute("SELECT 1")
    assert notices == ["psst 1"], notices
    try:
        await connection.fetchval("SELECT count(*) FROM generate_series(1, 10000000000) g", timeout=0.3)
        raise AssertionError("a cancelled statement came to its end")
    except asyncio.TimeoutError:
        pass
    assert await connection.fetchval("SELECT 1") == 1
    await connection.reset()


async def pooled():
    async with asyncpg.create_pool(min_size=4, max_size=8) as pool:
        await pool.execute("CREATE TABLE counter (id int PRIMARY KEY, n int); INSERT INTO counter VALUES (1, 0)")

        async def add():
            async with pool.acquire() as connection, connection.transaction():
                n = await connection.fetchval("SELECT n FROM counter WHERE id = 1 FOR UPDATE")
                await connection.execute("UPDATE counter SET n = $1 WHERE id = 1", n + 1)

        await asyncio.gather(*(add() for _ in range(200)))
        assert await pool.fetchval("SELECT n FROM counter") == 200


async def main():
    connection = await asyncpg.connect()
    await types(connection)
    await statements(connection)
    await copying(connection)
    await meanwhile(connection)
    await connection.close()
    await pooled()
    print("asyncpg: ok")


asyncio.run(main())
