"""Random schemas, data, queries and changes on Sextant and PostgreSQL 15; every answer is compared. See README.md.

    tests/fuzz/differential/run [--seed N] [--seconds N | --seeds N] [--queries N] [--calls N] [--schema-only] [--cases DIR]
"""
import argparse
import collections
import os
import random
import re
import struct
import sys
import time

import calls
import regexes
from answers import Lost, Server, same
from changes import Changes
from node import Node
from reduce import reduce_setup, reduce_statement
from schemas import Schema
from values import TAME, quote

# Ours alone: none of them may change an answer.
VARIANTS = [["set enable_hashjoin = off"], ["set enable_mergejoin = off"], ["set enable_nestloop = off"], ["set enable_hashjoin = off", "set enable_mergejoin = off"],
            ["set enable_nestloop = off", "set enable_hashjoin = off"], ["set enable_seqscan = off"], ["set enable_indexscan = off", "set enable_bitmapscan = off"],
            ["set enable_hashagg = off"], ["set enable_sort = off"], ["set enable_memoize = off"], ["set work_mem = '64kB'"],
            ["set enable_hashjoin = off", "set enable_mergejoin = off", "set enable_seqscan = off", "set enable_bitmapscan = off"],
            ["set enable_hashjoin = off", "set enable_mergejoin = off", "set work_mem = '64kB'", "set hash_mem_multiplier = 1"],
            ["set enable_hashjoin = off", "set enable_nestloop = off", "set enable_seqscan = off"], ["set enable_hashagg = off", "set enable_seqscan = off"],
            ["set max_parallel_workers_per_gather = 4", "set parallel_setup_cost = 0", "set parallel_tuple_cost = 0", "set min_parallel_table_scan_size = 0"],
            ["set max_parallel_workers_per_gather = 0"], ["set work_mem = '64kB'", "set enable_hashagg = off", "set enable_hashjoin = off"]]
VARIED = ["enable_hashjoin", "enable_mergejoin", "enable_nestloop", "enable_seqscan", "enable_indexscan", "enable_bitmapscan", "enable_hashagg", "enable_sort", "enable_memoize",
          "work_mem", "hash_mem_multiplier", "max_parallel_workers_per_gather", "parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size"]
SETTINGS = ["set timezone = 'UTC'", "set client_min_messages = error"]
NOT_THERE = ("0A000", "42883", "42704")
# Parameters that are sent in binary.
BINARY = {"int4": lambda v: struct.pack("!i", int(v)), "int8": lambda v: struct.pack("!q", int(v)), "int2": lambda v: struct.pack("!h", int(v)),
          "text": lambda v: v.encode(), "bool": lambda v: b"\1" if v == "t" else b"\0", "float8": lambda v: struct.pack("!d", float(v))}


class Run:
    def __init__(self, args):
        self.args = args
        self.counts = collections.Counter()
        self.missing = collections.Counter()
        self.seen = collections.Counter()
        self.connect()

    def connect(self):
        self.ours = Server("sextant", self.args.sextant, "postgres")
        self.theirs = Server("postgres", self.args.postgres, self.args.database)

    def both(self, text):
        return self.ours.run(text), self.theirs.run(text)

    def fresh(self):
        # The newest relations first: one statement for all would hold more locks than a server may have.
        for statement in ["rollback", "set statement_timeout = 0", "drop schema if exists fuzz cascade", "create schema fuzz", "set search_path = fuzz, public",
                          f"set statement_timeout = '{self.args.timeout}s'", *SETTINGS]:
            for server in (self.ours, self.theirs):
                server.run(statement)

    # ---- judging

    def verdict(self, ours, theirs, ordered=False):
        if theirs.code == "0A000":
            return "not in PostgreSQL"
        if "57014" in (ours.code, theirs.code):
            return "slow" if theirs.code != "57014" else "slow on both"
        if ours.code in NOT_THERE and ours.code != theirs.code:
            return "missing"
        if same(ours, theirs, ordered):
            return "same" if not ours.error else "both fail"
        if theirs.code == "42P22" and not ours.error or {ours.code, theirs.code} == {"42P21", "42P22"}:
            return "evaluation order"  # PostgreSQL looks at collations while it plans, for tables without rows, too
        # Which row or condition is evaluated first is each server's own choice; data exceptions show it.
        code = ours.code or theirs.code
        if (code[:2] in ("22", "21") or code == "42P22") if bool(ours.error) != bool(theirs.error) else False:
            return "evaluation order"
        if ours.error and theirs.error and {ours.code[:2], theirs.code[:2]} <= {"22", "23", "21"}:
            return "evaluation order"
        return "DIFFERENT"

    def judge(self, statement, ours, theirs, ordered=False, setup=None, note=""):
        verdict = self.verdict(ours, theirs, ordered)
        self.counts[verdict] += 1
        if verdict == "missing":
            self.missing[ours.message] += 1
        if verdict in ("evaluation order", "slow", "slow on both") and self.args.verbose:
            print(f"-- {verdict}: seed {self.seed}: sextant: {ours}; postgres: {theirs}\n{statement};", flush=True)
        if verdict != "DIFFERENT":
            return True
        self.report(statement, ours, theirs, ordered, setup, note)
        return False

    def report(self, statement, ours, theirs, ordered, setup, note):
        sign = re.sub(r'"[^"]*"|\d+', "#", f"{ours.code} {ours.message} / {theirs.code} {theirs.message}" if ours.error or theirs.error else "rows " + str(statement)[:6])
        self.seen[sign] += 1
        if self.seen[sign] > (3 if ours.error or theirs.error else 12):
            return  # the same again
        if self.args.reduce and not note and isinstance(statement, Node):
            statement, setup, ours, theirs = self.reduce(statement, ours, theirs, ordered, setup)
        lines = [f"-- seed {self.seed}{note}", f"-- sextant:  {ours}", f"-- postgres: {theirs}"]
        if not ours.error and not theirs.error:
            mine, expected = collections.Counter(ours.canonical(False)), collections.Counter(theirs.canonical(False))
            lines += [f"-- only sextant:  {row}" for row in list((mine - expected).elements())[:3]]
            lines += [f"-- only postgres: {row}" for row in list((expected - mine).elements())[:3]]
        lines += ["create schema fuzz; set search_path = fuzz, public; set timezone = 'UTC';"]
        lines += [f"{s};" for s in setup or []] + [f"{statement};"]
        text = "\n".join(lines)
        print(text + "\n", flush=True)
        if self.args.cases:
            self.counts["cases"] += 1
            with open(os.path.join(self.args.cases, f"{self.seed}_{self.counts['cases']}.sql"), "w") as out:
                out.write(text + "\n")

    def reduce(self, statement, ours, theirs, ordered, setup):
        kind = (ours.code, theirs.code)
        last = [ours, theirs]

        def differs(node):
            a, b = self.both(str(node))
            if self.verdict(a, b, ordered) == "DIFFERENT" and (a.code, b.code) == kind:
                last[:] = [a, b]
                return True
            return False

        def from_setup(statements, node):
            self.fresh()
            for s in statements:
                a, b = self.both(str(s))
                if bool(a.error) != bool(b.error):
                    return False
            return differs(node)
        try:
            if str(statement).startswith(("select", "with")) and " w as (" not in str(statement)[:12]:
                statement = reduce_statement(statement, differs, 400)
            if setup and from_setup(setup, statement):
                setup = reduce_setup(setup, lambda s: from_setup(s, statement), 150)
                statement = reduce_statement(statement, lambda n: from_setup(setup, n), 60 if len(setup) < 12 else 0)
                from_setup(setup, statement)
        except Lost as lost:
            print(f"-- while reducing: {lost}", flush=True)
            raise
        return statement, setup, last[0], last[1]

    # ---- one seed

    def seed_run(self, seed):
        self.seed = seed
        r = random.Random(seed)
        schema = Schema(r)
        if self.args.schema_only:
            print("\n".join(f"{s};" for s in schema.statements))
            return
        self.fresh()
        self.current = None
        self.log = []
        for statement in schema.statements:
            self.current = str(statement)
            a, b = self.both(str(statement))
            if a.code in NOT_THERE and not b.error:
                self.counts["missing"] += 1
                self.missing[a.message] += 1
                return  # an honest gap: nothing after it would compare
            if not self.judge(statement, a, b, setup=list(self.log)):
                return
            self.log.append(statement)
        maker = Changes(r, schema)
        self.in_transaction = 0
        for _ in range(self.args.queries):
            kind = r.random()
            if kind < 0.25:
                self.in_transaction = self.transaction(r, self.in_transaction)
                if not self.changed(maker, schema):
                    return
            elif kind < 0.37:
                self.prepared(r, maker)
            else:
                self.queried(r, maker)
        if self.in_transaction:
            self.both("rollback")
        self.calls(seed)

    def guard(self):
        """An error must not end the transaction: each statement in one has a savepoint of its own."""
        if self.in_transaction:
            self.both("savepoint guard")

    def unguard(self, a, b):
        if self.in_transaction:
            self.both("rollback to guard" if a.error or b.error else "release guard")

    def queried(self, r, maker):
        node, _, ordered = maker.query()
        self.current = str(node)
        self.guard()
        a, b = self.both(self.current)
        self.unguard(a, b)
        if not self.judge(node, a, b, ordered, setup=list(self.log)):
            if self.args.reduce:
                self.replay()
            return
        if a.error or b.error or r.random() > 0.3:
            return
        variant = r.choice(VARIANTS)
        for setting in variant:
            self.ours.run(setting)
        again = self.ours.run(self.current)
        if again.code != "57014":
            if not self.judge(node, again, b, ordered, note=f", under {'; '.join(variant)}") and self.args.reduce:
                self.varied(node, variant, ordered)
        for name in VARIED:
            self.ours.run(f"reset {name}")

    def varied(self, node, variant, ordered):
        def differs(candidate):
            a, b = self.both(str(candidate))
            return self.verdict(a, b, ordered) == "DIFFERENT" and not a.error
        if differs(node):
            print(f"-- reduced, under {'; '.join(variant)}:\n{reduce_statement(node, differs, 300)};\n", flush=True)

    def replay(self):
        """The state after the log, which a reduction has replaced."""
        self.fresh()
        for statement in self.log:
            self.both(str(statement))

    def transaction(self, r, depth):
        """Begins, ends, or sets savepoints now and then."""
        pick = r.random()
        if not depth and pick < 0.3:
            statements, depth = ["begin"], 1
        elif depth and pick < 0.25:
            statements, depth = [f"savepoint s{depth}"], depth + 1
        elif depth > 1 and pick < 0.5:
            statements, depth = [f"rollback to s{depth - 1}"], depth
        elif depth and pick < 0.7:
            statements, depth = [r.choice(["commit", "rollback"])], 0
        else:
            return depth
        for statement in statements:
            a, b = self.both(statement)
            self.judge(statement, a, b)
            self.log.append(statement)
        return depth

    def changed(self, maker, schema):
        node = maker.change()
        self.current = str(node)
        self.guard()
        a, b = self.both(self.current)
        verdict = self.verdict(a, b)
        if not self.judge(node, a, b, setup=list(self.log)):
            if self.args.reduce:
                self.replay()
            return False
        self.unguard(a, b)
        if a.error and b.error:
            return True
        if verdict != "same":
            return False  # one of them changed its tables: nothing after it would compare
        self.log.append(node)
        for name, table in schema.tables.items():
            a, b = self.both(f"select * from {name}")
            if not same(a, b):
                self.counts["DIFFERENT"] += 1
                self.report(Node(f"select * from {name}"), a, b, False, list(self.log), "")
                return False
        return True

    def prepared(self, r, maker):
        node, _, ordered = maker.query()
        parameters = []
        placed = {}  # an expression that stands in two places is the same in both

        def place(inner):
            if id(inner) not in placed:
                placed[id(inner)] = place_once(inner)
            return placed[id(inner)]

        def place_once(inner):
            if inner.type in TAME and len(inner.parts) == 1 and re.fullmatch(r"'.*'::[\w\[\]]+|NULL::[\w\[\]]+", str(inner)) and len(parameters) < 5 and r.random() < 0.7:
                parameters.append((inner.type, None if str(inner).startswith("NULL") else str(inner).rsplit("::", 1)[0][1:-1].replace("''", "'")))
                return Node(f"${len(parameters)}::{inner.type}")
            return Node(*[place(p) if isinstance(p, Node) else p for p in inner.parts], type=inner.type, separator=inner.separator)
        text = str(place(node))
        self.current = text
        rounds = [[v for _, v in parameters]]
        for _ in range(6):
            rounds.append([None if r.random() < 0.1 else r.choice(TAME[t]) for t, _ in parameters])
        rounds = [[BINARY[t](v) if v is not None and t in BINARY and r.random() < 0.5 else v for (t, _), v in zip(parameters, values)] for values in rounds]
        binary = int(r.random() < 0.5)
        self.guard()
        mine = self.ours.prepared(text, [], rounds, binary)
        expected = self.theirs.prepared(text, [], rounds, binary)
        self.unguard(mine[-1], expected[-1])
        for i, (a, b) in enumerate(zip(mine, expected)):
            shown = f", prepared, {'binary' if binary else 'text'}, execution {i + 1} with {rounds[i]}"
            if not self.judge(text, a, b, ordered, setup=list(self.log), note=shown) or (self.in_transaction and (a.error or b.error)):
                break

    def calls(self, seed):
        if not self.args.calls:
            return
        catalogue = self.catalogue = getattr(self, "catalogue", None) or calls.load(self.theirs)
        self.both(calls.HELPER)
        self.regexes(random.Random(seed))
        for call, lists in calls.attempts(seed, catalogue, self.args.calls, 8):
            queries = [call.sql(values) for values in lists]
            text = f"select attempt(q) from unnest(array[{', '.join(map(quote, queries))}]) with ordinality u(q, i) order by i"
            self.current = text
            a, b = self.both(text)
            if a.error or b.error:
                self.judge(text, a, b)
                continue
            good = []
            for query, values, x, y in zip(queries, lists, a.rows, b.rows):
                x, y = x[0] or "NULL", y[0] or "NULL"
                if x == y:
                    self.counts["same call"] += 1
                    if not y.startswith("ERROR "):
                        good.append((values, y))
                elif x.startswith(("ERROR 0A000", "ERROR 42883")) and x[:11] != y[:11]:
                    self.counts["missing call"] += 1
                    self.missing[call.name] += 1
                elif x[:11] == y[:11] and x.startswith("ERROR "):
                    self.counts["other message"] += 1
                    if self.args.verbose:
                        print(f"-- other message: {query}\n-- sextant:  {x}\n-- postgres: {y}", flush=True)
                elif not calls.tolerated(query, x, y):
                    self.counts["DIFFERENT"] += 1
                    self.seen[call.name] += 1
                    if self.seen[call.name] < 3:
                        print(f"-- seed {seed}\n-- sextant:  {x}\n-- postgres: {y}\n{query};\n", flush=True)
            if len(good) > 1 and call.arguments != [calls.ANYTHING]:
                self.current = text = calls.over_columns(call, [values for values, _ in good])
                a = self.ours.run(text)
                if a.error or [row[1] or "NULL" for row in a.rows] != [y for _, y in good]:
                    self.counts["DIFFERENT"] += 1
                    print(f"-- seed {seed}: over columns: {a}\n-- expected: {[y for _, y in good]}\n-- sextant:  {[row[1] for row in a.rows]}\n{text};\n", flush=True)

    def regexes(self, r):
        queries = list(regexes.calls(r, 2 * self.args.calls))
        self.current = text = f"select attempt(q) from unnest(array[{', '.join(map(quote, queries))}]) with ordinality u(q, i) order by i"
        a, b = self.both(text)
        if a.error or b.error:
            self.judge(text, a, b)
            return
        for query, x, y in zip(queries, a.rows, b.rows):
            x, y = x[0] or "NULL", y[0] or "NULL"
            if x == y or x[:11] == y[:11] == "ERROR 2201B":
                self.counts["same call"] += 1
                continue
            self.counts["DIFFERENT"] += 1
            self.seen["regex"] += 1
            if self.seen["regex"] < 20:
                print(f"-- seed {self.seed}\n-- sextant:  {x}\n-- postgres: {y}\n{query};\n", flush=True)

    def main(self):
        end = time.monotonic() + self.args.seconds if self.args.seconds else None
        seed = self.args.seed
        lost = 0
        while (seed < self.args.seed + self.args.seeds) if not end else time.monotonic() < end:
            try:
                self.seed_run(seed)
            except Lost as error:
                lost += 1
                self.counts["LOST"] += 1
                print(f"-- seed {seed}: {error}\n{self.current};\n", flush=True)
                for _ in range(100):
                    try:
                        self.connect()
                        break
                    except (OSError, AssertionError):
                        time.sleep(0.2)
                else:
                    break
            seed += 1
        if self.args.schema_only:
            return 0
        for message, n in self.missing.most_common(self.args.gaps):
            print(f"-- not there, {n} times: {message}")
        print(f"-- seeds {self.args.seed}..{seed - 1}: " + ", ".join(f"{n} {name}" for name, n in sorted(self.counts.items())))
        return 1 if self.counts["DIFFERENT"] or self.counts["LOST"] else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sextant", type=int, help="port")
    parser.add_argument("--postgres", type=int, help="port")
    parser.add_argument("--database", default="postgres", help="PostgreSQL's, of encoding UTF8 and locale C")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds, unless --seconds")
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--queries", type=int, default=60, help="statements for each seed's schema")
    parser.add_argument("--calls", type=int, default=12, help="functions, operators and casts for each seed")
    parser.add_argument("--schema-only", action="store_true", help="print the seed's schema")
    parser.add_argument("--cases", help="a directory for failing cases")
    parser.add_argument("--no-reduce", dest="reduce", action="store_false")
    parser.add_argument("--timeout", type=int, default=5, help="seconds for a statement")
    parser.add_argument("--gaps", type=int, default=10, help="how many kinds of missing features to name")
    parser.add_argument("--verbose", action="store_true", help="show tolerated differences too")
    args = parser.parse_args()
    if args.schema_only:
        run = Run.__new__(Run)
        run.args = args
        run.seed_run(args.seed)
        return 0
    return Run(args).main()


if __name__ == "__main__":
    sys.exit(main())
