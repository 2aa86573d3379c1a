"""A workload whose commits can be counted: money that moves, and a journal per client.

Every client moves money between accounts and appends a numbered line to its own journal, in one
transaction; it remembers the number when COMMIT was acknowledged. At any later time:
  - every acknowledged number is in the journal exactly once;
  - at most one more is there (the commit whose answer was lost);
  - the accounts add up to what they began with.
"""
import random
import threading

import psycopg2

ACCOUNTS = 100
INITIAL_BALANCE = 1000


def create(server):
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL)")
        cursor.execute("CREATE TABLE journal (client int, n int, PRIMARY KEY (client, n))")
        cursor.execute(f"INSERT INTO account SELECT g, {INITIAL_BALANCE} FROM generate_series(0, {ACCOUNTS - 1}) g")


class Client(threading.Thread):
    """Commits until the connection dies or stop(); `acknowledged` is the highest number known to be durable."""

    def __init__(self, server, number, start, seed):
        super().__init__(daemon=True)
        self.server, self.number, self.acknowledged = server, number, start
        self.attempted = start
        self.random = random.Random(seed)
        self.error = None       # one that no lost connection explains
        self.lost = None        # the error that ended the connection
        self.stopping = False
        self.progress = threading.Condition()

    def run(self):
        try:
            connection = self.server.connect()
            while not self.stopping:
                self.transaction(connection)
            connection.close()
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            self.lost = error
        except psycopg2.Error as error:
            self.error = error
        with self.progress:
            self.progress.notify_all()

    def transaction(self, connection):
        a, b = self.random.sample(range(ACCOUNTS), 2)
        amount = self.random.randrange(1, 10)
        self.attempted = self.acknowledged + 1
        with connection.cursor() as cursor:
            cursor.execute("UPDATE account SET balance = balance - %s WHERE id = %s", (amount, min(a, b)))
            cursor.execute("UPDATE account SET balance = balance + %s WHERE id = %s", (amount, max(a, b)))
            cursor.execute("INSERT INTO journal VALUES (%s, %s)", (self.number, self.attempted))
        connection.commit()
        with self.progress:
            self.acknowledged = self.attempted
            self.progress.notify_all()

    def wait_for(self, number, patience):
        """Until so many are acknowledged; False when that does not come."""
        with self.progress:
            self.progress.wait_for(lambda: self.acknowledged >= number or not self.is_alive() or self.lost, patience)
            return self.acknowledged >= number

    def stop(self):
        self.stopping = True
        self.join()


def check(server, clients, when):
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*), sum(balance) FROM account")
        rows, total = cursor.fetchone()
        if rows != ACCOUNTS or total != ACCOUNTS * INITIAL_BALANCE:
            raise SystemExit(f"{when}: {rows} accounts hold {total}, not {ACCOUNTS * INITIAL_BALANCE}")
        for client in clients:
            cursor.execute("SELECT n FROM journal WHERE client = %s ORDER BY n", (client.number,))
            numbers = [row[0] for row in cursor.fetchall()]
            last = len(numbers)
            if numbers != list(range(1, last + 1)):
                raise SystemExit(f"{when}: the journal of client {client.number} has gaps or "
                                 f"doubles: ends in {numbers[-10:]}")
            if last < client.acknowledged:
                raise SystemExit(f"{when}: client {client.number} was told that {client.acknowledged} "
                                 f"is committed; the journal ends at {last}")
            if last > client.attempted:
                raise SystemExit(f"{when}: client {client.number} never sent {last}")
            client.acknowledged = last
