"""Sessions that make, move, rename and drop the same few databases and snapshots at once: each statement does its
work or says why not, as if one had come after the other, and nothing is left over.

    races_test.py    PGHOST, PGPORT, PGUSER say where the server is
"""
import random
import threading

import psycopg2

SESSIONS, STATEMENTS = 12, 40
STATEMENT_KINDS = (
    "CREATE DATABASE {name}",
    "CREATE DATABASE {name} TEMPLATE app EXPIRES '1 hour'",
    "DROP DATABASE {name} WITH (FORCE)",
    "ALTER DATABASE {name} SET work_mem = '4MB'",
    "SELECT sextant.clone('app', '{name}')",
    "SELECT sextant.reset('{name}')",
    "SELECT sextant.backtrack('{name}', '0 seconds ago')",
    "SELECT sextant.create_snapshot('app', '{name}')",
    "SELECT sextant.restore_snapshot('{name}', '{name}')",
    "SELECT sextant.drop_snapshot('{name}')",
)
# Names that are taken or not there, databases in use or being moved, rows that changed meanwhile, moments that
# are not in the window, databases that are no clones, first settings of one database at once.
EXPECTED = {"42P04", "42710", "3D000", "42704", "55006", "55000", "XX000", "40P01", "22023", "57P01", "23505"}
unexpected = []


def connect(database="postgres"):
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    return connection


def work(seed):
    rng = random.Random(seed)
    connection = connect()
    for _ in range(STATEMENTS):
        statement = rng.choice(STATEMENT_KINDS).format(name=rng.choice(("x", "y")))
        try:
            connection.cursor().execute(statement)
        except psycopg2.Error as error:
            if error.pgcode not in EXPECTED:
                unexpected.append(f"{statement}: {error.pgcode} {error}")
                return
    connection.close()


admin = connect()
cursor = admin.cursor()
cursor.execute("CREATE DATABASE app")
threads = [threading.Thread(target=work, args=(seed,)) for seed in range(SESSIONS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not unexpected, unexpected

cursor.execute("SELECT datname FROM pg_database WHERE datname ~ '^[xy]'")
for (name,) in cursor.fetchall():
    connect(name).close()
    cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
cursor.execute("SELECT sextant.drop_snapshot(name) FROM sextant.snapshots()")
cursor.execute("DROP DATABASE app WITH (FORCE)")
cursor.execute("SELECT count(*), count(DISTINCT name) FROM sextant.timelines() WHERE role IN ('database', 'snapshot')")
assert cursor.fetchone() == (3, 3)
print("races: ok")
