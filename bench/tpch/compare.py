"""Loads TPC-H into both servers, runs the queries on both, compares answers, prints times.

Exit status 1 when an answer differs or a query fails on Sextant. Called by bench/tpch/run.
A query that PostgreSQL does not answer in time counts in neither total; its answer is compared with
that of the same question asked in another way (reference/).
"""
import argparse
import decimal
import os
import statistics
import sys
import time

import psycopg2

TABLES = ["region", "nation", "supplier", "part", "partsupp", "customer", "orders", "lineitem"]


def connect(port):
    connection = psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres")
    connection.autocommit = True
    return connection


def load(connection, args):
    start = time.monotonic()
    cursor = connection.cursor()
    with open(os.path.join(args.queries, "schema.sql")) as schema:
        cursor.execute(schema.read())
    for table in TABLES:
        with open(os.path.join(args.data, table + ".tbl")) as rows:
            cursor.copy_expert(f"copy {table} from stdin", rows)
    for table in TABLES:
        cursor.execute(f"analyze {table}")
    return time.monotonic() - start


def canonical(rows):
    """Numbers by value: division may give the two servers' numerics other scales of zeroes."""
    def value(v):
        return v.normalize() if isinstance(v, decimal.Decimal) else v
    return [tuple(value(v) for v in row) for row in rows]


def run(connection, text, runs):
    """(median seconds, rows) or (None, message)"""
    times = []
    for _ in range(runs):
        cursor = connection.cursor()
        start = time.monotonic()
        try:
            cursor.execute(text)
            rows = cursor.fetchall()
        except psycopg2.Error as error:
            return None, str(error).strip().splitlines()[0]
        times.append(time.monotonic() - start)
    return statistics.median(times), canonical(rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--queries", required=True)
    parser.add_argument("--sextant", type=int, required=True)
    parser.add_argument("--postgres", type=int, required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--work-mem", default="64MB")
    parser.add_argument("--timeout", type=int, default=300)
    args = parser.parse_args()
    wanted = [int(n) for n in args.only.split(",") if n] or list(range(1, 23))

    servers = {"sextant": connect(args.sextant), "postgres": connect(args.postgres)}
    loads = {}
    for name, connection in servers.items():
        loads[name] = load(connection, args)
        cursor = connection.cursor()
        cursor.execute("select set_config('work_mem', %s, false)", (args.work_mem,))
        cursor.execute("select set_config('statement_timeout', %s, false)", (f"{args.timeout}s",))
    print(f"{'':8} {'sextant':>10} {'postgres':>10}   seconds")
    print(f"{'load':8} {loads['sextant']:10.2f} {loads['postgres']:10.2f} {loads['postgres'] / loads['sextant']:7.2f}x",
          flush=True)
    totals = {"sextant": 0.0, "postgres": 0.0}
    failures = 0
    for number in wanted:
        with open(os.path.join(args.queries, "queries", f"{number:02}.sql")) as query:
            text = query.read()
        ours, our_rows = run(servers["sextant"], text, args.runs)
        theirs, their_rows = run(servers["postgres"], text, args.runs)
        if ours is None:
            failures += 1
            print(f"Q{number:<7} {'failed':>10} {theirs:10.3f}   {our_rows}", flush=True)
            if servers["sextant"].closed:
                servers["sextant"] = connect(args.sextant)
            continue
        verdict = ""
        answered = theirs is not None
        if not answered:
            verdict = f"   not in {args.timeout} s"
            reference = os.path.join(args.queries, "reference", f"{number:02}.sql")
            if not os.path.exists(reference):
                print(f"Q{number:<7} {ours:10.3f} {'none':>10}{verdict}", flush=True)
                continue
            with open(reference) as query:
                checked, their_rows = run(servers["postgres"], query.read(), 1)
            if checked is None:
                their_rows = our_rows
                verdict += ", not compared"
        if our_rows != their_rows:
            failures += 1
            verdict += f"   ANSWER DIFFERS: {len(our_rows)} rows, {len(their_rows)} expected"
            for mine, expected in zip(our_rows, their_rows):
                if mine != expected:
                    verdict += f"\n  {mine}\n  {expected}"
                    break
        if not answered:
            print(f"Q{number:<7} {ours:10.3f} {'none':>10}{verdict}", flush=True)
            continue
        totals["sextant"] += ours
        totals["postgres"] += theirs
        print(f"Q{number:<7} {ours:10.3f} {theirs:10.3f} {theirs / ours:7.2f}x{verdict}", flush=True)
    print(f"{'total':8} {totals['sextant']:10.3f} {totals['postgres']:10.3f} "
          f"{totals['postgres'] / max(totals['sextant'], 1e-9):7.2f}x")
    sys.exit(1 if failures else 0)


main()
