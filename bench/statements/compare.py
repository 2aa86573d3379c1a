"""Runs named statements on both servers in turns and prints their median times. Called by bench/statements/run.

Exit status 1 when a statement fails on Sextant alone, or gives another number of rows.
"""
import argparse
import re
import statistics
import sys
import time

import psycopg2


def connect(port):
    connection = psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres")
    connection.autocommit = True
    return connection


def read(path, rows):
    """[(name, text)]; the text of `setup` runs once, before all others, that of `before NAME` before each run of NAME."""
    parts = re.split(r"^-- (.+)$", open(path).read().replace(":rows", str(rows)), flags=re.MULTILINE)
    return [(parts[i].strip(), parts[i + 1].strip()) for i in range(1, len(parts), 2)]


def run(connection, text):
    """(seconds, number of rows or message)"""
    cursor = connection.cursor()
    start = time.monotonic()
    try:
        cursor.execute(text)
        count = len(cursor.fetchall()) if cursor.description else cursor.rowcount
    except psycopg2.Error as error:
        return time.monotonic() - start, str(error).splitlines()[0]
    return time.monotonic() - start, count


def main():
    parser = argparse.ArgumentParser()
    for name in ("--statements", "--only"):
        parser.add_argument(name, default="")
    for name in ("--sextant", "--postgres", "--rows", "--runs"):
        parser.add_argument(name, type=int)
    args = parser.parse_args()
    servers = [connect(args.sextant), connect(args.postgres)]
    statements = read(args.statements, args.rows)
    for name, text in statements:
        if name.startswith("setup"):
            for server in servers:
                server.cursor().execute(text)
    before = {name.removeprefix("before "): text for name, text in statements if name.startswith("before ")}
    results, wrong = [], 0
    for name, text in statements:
        if name.startswith(("setup", "before ")) or args.only not in name:
            continue
        times, counts = ([], []), [None, None]
        for _ in range(args.runs):
            for i, server in enumerate(servers):
                if name in before:
                    server.cursor().execute(before[name])
                seconds, counts[i] = run(server, text)
                times[i].append(seconds)
        if counts[0] != counts[1]:
            wrong += 1
            print(f"{name}: Sextant {counts[0]}, PostgreSQL {counts[1]}", file=sys.stderr)
        mine, theirs = (statistics.median(each) for each in times)
        results.append((theirs / mine, name, mine, theirs))
    print(f"{'':<44} {'Sextant':>10} {'PostgreSQL':>10}   ratio")
    for ratio, name, mine, theirs in sorted(results):
        print(f"{name:<44} {mine * 1000:>8.1f}ms {theirs * 1000:>8.1f}ms {ratio:>6.2f}x")
    sys.exit(1 if wrong else 0)


main()
