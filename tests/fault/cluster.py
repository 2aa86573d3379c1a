"""Six nodes and their writer, each a process, and clients whose commits are counted: what scenarios have in common."""
import contextlib
import faulthandler
import pathlib
import shutil
import signal
import sys
import threading
import time

import bank

NAMES = ["a1", "a2", "b1", "b2", "c1", "c2"]
CLIENTS = 4
PATIENCE = 120  # seconds for what takes a moment; only how long a failing run hangs
SCENARIO_PATIENCE = 400  # the same for a whole scenario


def expect(condition, what):
    if not condition:
        raise SystemExit(f"not so: {what}")


class Cluster:
    """Who derives from it makes its nodes (by name) and its writers."""

    def __init__(self, binary, directory, rng):
        self.binary, self.directory, self.rng = binary, directory, rng
        self.nodes, self.writers, self.clients = {}, [], []
        self.others = []  # roles that are neither
        self.finishing = threading.Lock()

    @property
    def writer(self):
        return self.writers[-1]

    # --- the load ---

    def load(self):
        reached = [client.acknowledged for client in self.clients] or [0] * CLIENTS
        self.clients = [bank.Client(self.writer, n, reached[n], self.rng.randrange(1 << 32)) for n in range(CLIENTS)]
        for client in self.clients:
            client.start()

    def goes_on(self, when, commits=20):
        for client in self.clients:
            on = client.wait_for(client.acknowledged + commits, PATIENCE)
            expect(on, f"{when}: client {client.number} goes on ({client.error or client.lost or 'it waits'})")

    def end_load(self):
        for client in self.clients:
            client.stop()
            expect(client.error is None and client.lost is None,
                   f"client {client.number} saw no error: {client.error or client.lost}")

    def check(self, when):
        bank.check(self.writer, self.clients, when)

    # --- what it tells ---

    def ask(self, query):
        connection = self.writer.connect()
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(query)
            rows = cursor.fetchall()
        connection.close()
        return rows

    def wait_until(self, what, holds):
        deadline = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > deadline:
                raise SystemExit(f"not so: {what}: {self.ask('SELECT name, state, scl_lag, repair FROM sextant.nodes()')}")
            time.sleep(0.05)

    def all_are_whole(self, when):
        def holds():
            rows = self.ask("SELECT state, repair FROM sextant.nodes()")
            return len(rows) == len(NAMES) and all(
                state == "ok" and "behind" not in (repair or "") and "being copied" not in (repair or "")
                for state, repair in rows)
        self.wait_until(f"{when}: all nodes are whole", holds)

    def repair_of(self, name):
        return dict(self.ask("SELECT name, repair FROM sextant.nodes()"))[name] or ""

    def scrubs(self, name):
        """How many rounds since the node's start."""
        return next((int(part.split()[1]) for part in self.repair_of(name).split(", ") if part.startswith("scrubbed")), 0)

    # --- its end ---

    # What it waits for is ended with the roles, so that it fails and tells where.
    def hangs(self, name):
        print(f"{name} hangs:", file=sys.stderr, flush=True)
        faulthandler.dump_traceback()
        self.finish()

    def finish(self):
        with self.finishing:
            for role in [*self.writers, *self.nodes.values(), *self.others]:
                if role.process is not None and role.process.poll() is None:
                    role.process.send_signal(signal.SIGCONT)
                    role.end(signal.SIGKILL)


@contextlib.contextmanager
def watched(cluster, name, keep):
    """Around a scenario: ends the cluster, and what hangs; where it fails the logs are shown; its directory goes."""
    watchdog = threading.Timer(SCENARIO_PATIENCE, cluster.hangs, [name])
    watchdog.daemon = True
    watchdog.start()
    try:
        yield
    except BaseException:
        for log in sorted(pathlib.Path(cluster.directory).rglob("*log")):
            if log.is_file():
                print(f"--- {log.name} ends in\n{log.read_text(errors='replace')[-1500:]}", file=sys.stderr)
        raise
    finally:
        watchdog.cancel()
        cluster.finish()
        if keep:
            print(f"{name}: {cluster.directory} is kept", flush=True)
        else:
            shutil.rmtree(cluster.directory)
