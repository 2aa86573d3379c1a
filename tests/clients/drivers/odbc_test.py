"""psqlODBC by pyodbc: what ODBC asks the catalogues, parameters, cursors by the server.

Runs against PostgreSQL 15 as well: PGHOST, PGPORT, PGUSER and PGDATABASE say where.
"""
import datetime
import decimal
import os

import pyodbc


def connect(**options):
    parts = {"Driver": "/usr/lib/x86_64-linux-gnu/odbc/psqlodbcw.so", "Server": os.environ["PGHOST"], "Port": os.environ["PGPORT"],
             "Database": os.environ["PGDATABASE"], "Uid": os.environ["PGUSER"], **options}
    return pyodbc.connect(";".join(f"{key}={value}" for key, value in parts.items()))


def catalogues(cursor):
    cursor.execute("CREATE TABLE author (id serial PRIMARY KEY, name varchar(40) NOT NULL, born date, score numeric(8,3) DEFAULT 1.5)")
    cursor.execute("CREATE TABLE book (id bigint PRIMARY KEY, author_id int NOT NULL REFERENCES author ON DELETE CASCADE, title text)")
    cursor.execute("CREATE UNIQUE INDEX book_title ON book (title, author_id DESC)")
    cursor.execute("CREATE VIEW authors AS SELECT name FROM author")
    cursor.execute("CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2'")
    cursor.execute("COMMENT ON TABLE book IS 'what was written'")
    cursor.commit()
    tables = [(row.table_name, row.table_type) for row in cursor.tables(schema="public")]
    assert tables == [("author", "TABLE"), ("authors", "VIEW"), ("book", "TABLE")], tables
    columns = [(row.column_name, row.type_name, row.column_size, row.nullable) for row in cursor.columns(table="author", schema="public")]
    assert columns == [("id", "int4", 10, 0), ("name", "varchar", 40, 0), ("born", "date", 10, 1), ("score", "numeric", 8, 1)], columns
    assert [row.column_name for row in cursor.primaryKeys("book", schema="public")] == ["id"]
    keys = [(row.pktable_name, row.pkcolumn_name, row.fktable_name, row.fkcolumn_name, row.delete_rule, row.fk_name)
            for row in cursor.foreignKeys(foreignTable="book", foreignSchema="public")]
    assert keys == [("author", "id", "book", "author_id", 0, "book_author_id_fkey")], keys
    keys = [(row.fktable_name, row.fkcolumn_name) for row in cursor.foreignKeys(table="author", schema="public")]
    assert keys == [("book", "author_id")], keys
    indexes = [(row.index_name, row.column_name, row.non_unique) for row in cursor.statistics("book", schema="public") if row.index_name]
    assert indexes == [("book_pkey", "id", 0), ("book_title", "title", 0), ("book_title", "author_id", 0)], indexes
    assert [row.procedure_name for row in cursor.procedures(procedure="twice")] == ["twice"]
    assert [(row.column_name, row.type_name) for row in cursor.procedureColumns(procedure="twice")][-1] == ("n", "int4")
    assert "int4" in [row.type_name for row in cursor.getTypeInfo()]


def statements(connection):
    cursor = connection.cursor()
    cursor.execute("INSERT INTO author (name, born, score) VALUES (?, ?, ?)", "it's \\ ü", datetime.date(1970, 2, 28), decimal.Decimal("2.5"))
    cursor.fast_executemany = True
    cursor.executemany("INSERT INTO author (name) VALUES (?)", [(f"n{i}",) for i in range(500)])
    connection.commit()
    row = cursor.execute("SELECT * FROM author WHERE id = ?", 1).fetchone()
    assert tuple(row) == (1, "it's \\ ü", datetime.date(1970, 2, 28), decimal.Decimal("2.500")), row
    cursor.execute("SELECT id, repeat('x', 5000) FROM author ORDER BY id")
    assert [len(r[1]) for r in cursor.fetchall()] == [5000] * 501
    try:
        cursor.execute("INSERT INTO book VALUES (1, 4711, 'x')")
        raise AssertionError("an orphan was accepted")
    except pyodbc.IntegrityError as error:
        assert error.args[0] == "23503", error
    connection.rollback()
    assert cursor.execute("UPDATE author SET score = 3 WHERE id <= ?", 10).rowcount == 10
    connection.rollback()
    assert cursor.execute("{? = call twice(21)}".replace("? = call", "call")).fetchone()[0] == 42
    assert cursor.execute("SELECT {fn UCASE('a')}, {d '2024-02-29'}, {fn IFNULL(NULL, 7)}").fetchone()[0] == "A"
    connection.rollback()


with connect() as connection:
    catalogues(connection.cursor())
    statements(connection)
# Rows fetched through a cursor of the server, a few at a time; statements prepared by the server.
with connect(UseDeclareFetch=1, Fetch=7, UseServerSidePrepare=1) as connection:
    cursor = connection.cursor()
    cursor.execute("SELECT id FROM author WHERE id > ? ORDER BY id", 1)
    assert [row[0] for row in cursor] == list(range(2, 502))
    connection.rollback()
print("psqlODBC: ok")
