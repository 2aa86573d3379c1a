"""Random strings of transaction statements: after each, both servers give the same tag or error, are in the same state
(idle, in a block, in a failed block), and have the same rows.

    tests/fuzz/transactions/run [--seeds N] [--seed FIRST] [--strings N]
"""
import argparse
import random
import sys

import psycopg2

# START TRANSACTION READ ONLY is left out: PostgreSQL 15 forgets that mode, but not Sextant, where AND CHAIN follows a failed
# block.
STATEMENTS = [
    "BEGIN", "START TRANSACTION", "COMMIT", "END", "ROLLBACK", "ABORT", "COMMIT AND CHAIN", "ROLLBACK AND CHAIN",
    "SAVEPOINT s{small}", "RELEASE s{small}", "ROLLBACK TO s{small}",
    "INSERT INTO strings VALUES ({key}, {key})", "INSERT INTO strings VALUES ({key}, 99)", "DELETE FROM strings WHERE a = {key}",
    "UPDATE strings SET b = b + 20 WHERE a = {key}", "INSERT INTO strings SELECT {key}, 1 WHERE false",
    "/* nothing */", "", "SELECT 1 / 0", "SET LOCAL work_mem = 100", "SHOW work_mem", "LOCK TABLE strings",
    "DECLARE c CURSOR FOR SELECT * FROM strings ORDER BY a", "FETCH 1 FROM c", "CLOSE c",
    "DECLARE h CURSOR WITH HOLD FOR SELECT * FROM strings ORDER BY a", "FETCH 1 FROM h", "CLOSE h",
    "PREPARE p AS SELECT count(*) FROM strings", "EXECUTE p", "DEALLOCATE p",
]


def string(chooser):
    count = 1 if chooser.random() < 0.6 else chooser.randrange(2, 5)
    return "; ".join(chooser.choice(STATEMENTS).format(small=chooser.randrange(3), key=chooser.randrange(12)) for _ in range(count))


def run(connection, text):
    cursor = connection.cursor()
    try:
        cursor.execute(text)
        rows = cursor.fetchall() if cursor.description else None
        return "done", cursor.statusmessage, rows, connection.info.transaction_status
    except psycopg2.Error as error:
        return "failed", error.pgcode, error.diag.message_primary, connection.info.transaction_status


def connect(port):
    connection = psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres")
    connection.autocommit = True
    connection.cursor().execute("DROP TABLE IF EXISTS strings; CREATE TABLE strings (a int PRIMARY KEY, b int CHECK (b < 50))")
    return connection


def check(seed, strings, ports):
    chooser = random.Random(seed)
    servers = [connect(port) for port in ports]
    history = []
    for _ in range(strings):
        history.append(string(chooser))
        sextant, postgres = (run(server, history[-1]) for server in servers)
        if sextant == postgres and sextant[3] != psycopg2.extensions.TRANSACTION_STATUS_INERROR:
            sextant, postgres = (run(server, "SELECT * FROM strings ORDER BY a") for server in servers)
        if sextant != postgres:
            print(f"seed {seed}:", *history, "Sextant:    " + str(sextant), "PostgreSQL: " + str(postgres), sep="\n", file=sys.stderr)
            return False
    for server in servers:
        server.close()
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sextant", type=int, required=True, help="port")
    parser.add_argument("--postgres", type=int, required=True, help="port")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    parser.add_argument("--strings", type=int, default=100, help="per seed")
    options = parser.parse_args()
    ports = (options.sextant, options.postgres)
    good = sum(check(seed, options.strings, ports) for seed in range(options.seed, options.seed + options.seeds))
    print(f"{good} of {options.seeds} seeds alike")
    return 0 if good == options.seeds else 1


if __name__ == "__main__":
    sys.exit(main())
