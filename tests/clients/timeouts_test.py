# Sessions that end by themselves: idle timeouts, a client that has gone away.
# Everything waits for what the server does; nothing measures time.
from wire import Client, fields


def expect(words, code, text):
    assert (words["S"], words["C"], words["M"]) == ("FATAL", code, text), words


setup = Client()
setup.query("CREATE TABLE held (id int PRIMARY KEY, n int); INSERT INTO held VALUES (1, 0)")

# An idle transaction ends, and what it held is free.
idle = Client()
idle.query("SET idle_in_transaction_session_timeout = '50ms'")
idle.query("BEGIN")
idle.query("UPDATE held SET n = n + 1 WHERE id = 1")
setup.query("UPDATE held SET n = n + 10 WHERE id = 1")  # waits for the other's end
expect(idle.last_words(), "25P03", "terminating connection due to idle-in-transaction timeout")
rows = setup.query("SELECT n FROM held")
assert any(kind == "D" and body.endswith(b"10") for kind, body in rows), rows

# So does one that has failed; a statement that runs is not idle.
failed = Client()
failed.query("SET idle_in_transaction_session_timeout = '50ms'")
failed.query("BEGIN")
failed.query("SELECT count(*) FROM generate_series(1, 5000000)")
failed.send("SELECT 1 / 0")
assert failed.message()[0] in "TE"
while (message := failed.message())[0] != "Z":
    pass
assert message[1] == b"E"
expect(failed.last_words(), "25P03", "terminating connection due to idle-in-transaction timeout")

# Outside of a transaction another limit counts, and a new value holds from the next wait on.
session = Client()
session.query("SET idle_in_transaction_session_timeout = '1ms'")
session.query("SET idle_session_timeout = '1h'")
session.query("SELECT count(*) FROM generate_series(1, 5000000)")
session.query("SET idle_session_timeout = '20ms'")
expect(session.last_words(), "57P05", "terminating connection due to idle-session timeout")

# A client that goes away in the middle of a statement leaves nothing locked.
gone = Client()
gone.query("SET client_connection_check_interval = '20ms'")
gone.query("BEGIN")
gone.query("UPDATE held SET n = n + 100 WHERE id = 1")
gone.send("SELECT count(*) FROM generate_series(1, 1000000000000) g")
gone.socket.close()
setup.query("UPDATE held SET n = n + 1000 WHERE id = 1")
rows = setup.query("SELECT n FROM held")
assert any(kind == "D" and body.endswith(b"1010") for kind, body in rows), rows

# One that waits for a lock is found gone as well.
holder = Client()
holder.query("BEGIN")
holder.query("UPDATE held SET n = n + 1 WHERE id = 1")
setup.query("INSERT INTO held VALUES (2, 0)")
waiting = Client()
waiting.query("SET client_connection_check_interval = '20ms'")
waiting.query("BEGIN")
waiting.query("UPDATE held SET n = 5 WHERE id = 2")
waiting.send("UPDATE held SET n = 5 WHERE id = 1")
waiting.socket.close()
setup.query("UPDATE held SET n = n + 1 WHERE id = 2")
holder.query("ROLLBACK")
setup.query("DROP TABLE held")


# A COPY ends in the middle of its data, and the client hears of it while it still sends.
def copy_until_refused(client, table):
    client.send(f"COPY {table} FROM STDIN")
    assert client.message()[0] == "G"
    while not client.has_message():
        client.copy_data(b"1\n")
    kind, body = client.message()
    assert kind == "E", (kind, body)
    assert client.message() == ("Z", b"I")
    return fields(body)


setup.query("CREATE TABLE taken (n int)")
copying = Client()
copying.query("SET statement_timeout = '20ms'")
words = copy_until_refused(copying, "taken")
assert (words["S"], words["C"], words["M"]) == (
    "ERROR", "57014", "canceling statement due to statement timeout"), words
copying.query("SET statement_timeout = 0")
rows = copying.query("SELECT count(*) FROM taken")
assert any(kind == "D" and body.endswith(b"0") for kind, body in rows), rows
setup.query("DROP TABLE taken")
print("timeouts: ok")
