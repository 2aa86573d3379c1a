"""LISTEN and NOTIFY between sessions; a snapshot exported by one and read by another."""
import select

import psycopg2
import psycopg2.extensions

listener = psycopg2.connect("")
sender = psycopg2.connect("")
for connection in (listener, sender):
    connection.set_isolation_level(psycopg2.extensions.ISOLATION_LEVEL_AUTOCOMMIT)


def heard(connection, count):
    """Waits, without asking the server anything, until `count` notifications have come."""
    found = []
    while True:
        connection.poll()
        found += [(n.pid, n.channel, n.payload) for n in connection.notifies]
        del connection.notifies[:]
        if len(found) >= count:
            return found
        assert select.select([connection], [], [], 60)[0], "nothing was heard: %s" % found


mine = listener.cursor()
theirs = sender.cursor()
pid = sender.info.backend_pid
mine.execute("LISTEN news")
mine.execute("LISTEN \"Other News\"")
mine.execute("SELECT * FROM pg_listening_channels()")
assert [row[0] for row in mine] == ["news", "Other News"]

# An idle session hears at once what is committed.
theirs.execute("NOTIFY news, 'hello'")
assert heard(listener, 1) == [(pid, "news", "hello")]
theirs.execute("SELECT pg_notify('Other News', 'by function'), pg_notify('unheard', '')")
assert heard(listener, 1) == [(pid, "Other News", "by function")]

# Nothing of a transaction that is rolled back; each thing once, in order; not of a savepoint undone.
theirs.execute("BEGIN; NOTIFY news, 'never'; ROLLBACK")
theirs.execute("BEGIN; NOTIFY news, 'a'; NOTIFY news, 'b'; NOTIFY news, 'a'; SAVEPOINT s; "
               "NOTIFY news, 'undone'; ROLLBACK TO s; NOTIFY news; COMMIT")
assert heard(listener, 3) == [(pid, "news", "a"), (pid, "news", "b"), (pid, "news", "")]

# Not in the middle of a transaction.
mine.execute("BEGIN")
theirs.execute("NOTIFY news, 'later'")
mine.execute("SELECT 1")
assert not listener.notifies
mine.execute("COMMIT")
assert heard(listener, 1) == [(pid, "news", "later")]

# A session hears itself.
mine.execute("NOTIFY news, 'echo'")
assert heard(listener, 1) == [(listener.info.backend_pid, "news", "echo")]

mine.execute("UNLISTEN news")
theirs.execute("NOTIFY news, 'unheard'")
theirs.execute("NOTIFY \"Other News\", 'last'")
assert heard(listener, 1) == [(pid, "Other News", "last")]
mine.execute("UNLISTEN *")
mine.execute("SELECT count(*) FROM pg_listening_channels()")
assert mine.fetchone() == (0,)
for bad in ("SELECT pg_notify('', 'x')", "SELECT pg_notify(repeat('c', 64), 'x')",
            "SELECT pg_notify('c', repeat('x', 8000))"):
    try:
        mine.execute(bad)
        raise AssertionError(bad + " was accepted")
    except psycopg2.errors.InvalidParameterValue:
        pass

# A snapshot of one session is another's.
mine.execute("CREATE TABLE seen (a int)")
mine.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
mine.execute("SELECT pg_export_snapshot()")
snapshot = mine.fetchone()[0]
theirs.execute("INSERT INTO seen VALUES (1)")
theirs.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
theirs.execute("SET TRANSACTION SNAPSHOT '%s'" % snapshot)
theirs.execute("SELECT count(*) FROM seen")
assert theirs.fetchone() == (0,)
theirs.execute("COMMIT")
mine.execute("COMMIT")
theirs.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
try:
    theirs.execute("SET TRANSACTION SNAPSHOT '%s'" % snapshot)
    raise AssertionError("a snapshot that is gone was imported")
except psycopg2.errors.InvalidParameterValue:
    pass
theirs.execute("ROLLBACK")
theirs.execute("DROP TABLE seen")
