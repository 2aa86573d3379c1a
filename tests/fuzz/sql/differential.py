"""Random schemas, data and queries on Sextant and PostgreSQL 15; answers are compared as multisets.

    tests/fuzz/sql/run [--seconds N] [--seed N] [--work-mem SIZE]

A seed is printed for every difference; `--seed N --one` replays it. What Sextant answers with 0A000
is counted, not compared. Exit status 1 when an answer differs or the server dies.
"""
import argparse
import decimal
import random
import sys
import time

import psycopg2

TYPES = {"int": ["int4", "int8"], "num": ["numeric", "float8"], "text": ["text", "varchar(8)"], "date": ["date"],
         "bool": ["bool"]}
KINDS = ["int", "int", "int", "num", "text", "text", "date", "bool"]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.tables = {}
        self.aliases = 0
        self.depth = 0

    def pick(self, *items):
        return self.random.choice(items)

    def chance(self, percent):
        return self.random.random() * 100 < percent

    # ---- schema and data

    def literal(self, kind, nullable=True):
        if nullable and self.chance(8):
            return "NULL"
        r = self.random
        if kind == "int":
            return str(r.choice([0, 1, 2, 3, 5, -1, 7, 10, r.randint(-50, 50)]))
        if kind == "num":
            return str(r.choice([0, 1, 0.5, -2.25, round(r.uniform(-20, 20), 2)]))
        if kind == "text":
            return "'" + r.choice(["", "a", "b", "ab", "abc", "B", "x y", "%", "zz"]) + "'"
        if kind == "date":
            return f"date '20{r.randint(20, 22)}-0{r.randint(1, 9)}-1{r.randint(0, 9)}'"
        return r.choice(["true", "false"])

    def schema(self):
        statements = []
        for n in range(self.random.randint(2, 4)):
            name = f"t{n}"
            columns = [("c0", "int")]
            ddl = ["c0 int"]
            for c in range(1, self.random.randint(3, 6)):
                kind = self.pick(*KINDS)
                columns.append((f"c{c}", kind))
                ddl.append(f"c{c} {self.pick(*TYPES[kind])}")
            key = self.chance(50)
            if key:
                ddl[0] = "c0 int primary key"
            statements.append(f"drop table if exists {name}")
            statements.append(f"create table {name} ({', '.join(ddl)})")
            rows = self.random.choice([0, 1, 5, 30, 200, 1500])
            if rows:
                values = []
                for i in range(rows):
                    row = [str(i) if key else self.literal("int")]
                    row += [self.literal(kind) for _, kind in columns[1:]]
                    values.append("(" + ", ".join(row) + ")")
                statements.append(f"insert into {name} values {', '.join(values)}")
            for c, (column, _) in enumerate(columns[1:]):
                if self.chance(25):
                    statements.append(f"create index on {name} ({column})")
            if self.chance(70):
                statements.append(f"analyze {name}")
            self.tables[name] = columns
        return statements

    # ---- expressions over `scope`: [(sql, kind)]

    def columns(self, scope, kind):
        return [sql for sql, k in scope if k == kind]

    def value(self, scope, kind, depth=2):
        columns = self.columns(scope, kind)
        if depth <= 0 or self.chance(45):
            if columns and self.chance(80):
                return self.random.choice(columns)
            return self.literal(kind) + ("::text" if kind == "text" else "::int" if kind == "int" else
                                         "::numeric" if kind == "num" else "::bool" if kind == "bool" else "::date")
        def v(k):
            return self.value(scope, k, depth - 1)
        if kind == "int":
            return self.pick(lambda: f"({v('int')} + {v('int')})", lambda: f"({v('int')} * {self.random.randint(-3, 3)})",
                             lambda: f"coalesce({v('int')}, {v('int')})", lambda: f"length({v('text')})",
                             lambda: f"case when {self.condition(scope, depth - 1)} then {v('int')} else {v('int')} end",
                             lambda: f"abs({v('int')})", lambda: f"nullif({v('int')}, {v('int')})",
                             lambda: f"greatest({v('int')}, {v('int')})",
                             lambda: f"extract(year from {v('date')})::int",
                             lambda: self.scalar(scope, "int"))()
        if kind == "num":
            return self.pick(lambda: f"({v('num')} - {v('int')})", lambda: f"coalesce({v('num')}, 0)",
                             lambda: f"least({v('num')}, {v('num')})", lambda: f"({v('int')}::numeric)")()
        if kind == "text":
            return self.pick(lambda: f"({v('text')} || {v('text')})", lambda: f"upper({v('text')})",
                             lambda: f"coalesce({v('text')}, 'n')", lambda: f"substr({v('text')}, 1, 2)",
                             lambda: f"({v('int')})::text")()
        if kind == "date":
            return self.pick(lambda: f"({v('date')} + {self.random.randint(-40, 40)})",
                             lambda: f"coalesce({v('date')}, date '2021-01-01')")()
        return "(" + self.condition(scope, depth - 1) + ")"

    def scalar(self, scope, kind):
        if self.depth > 2:
            return "1"
        self.depth += 1
        try:
            source, inner = self.table()
            column = self.value(inner, kind, 1)
            where = self.condition(inner + scope, 1)
            return f"(select {self.pick('max', 'min', 'count')}({column}) from {source} where {where})::int"
        finally:
            self.depth -= 1

    def condition(self, scope, depth=2):
        if depth > 0 and self.chance(40):
            return self.pick(
                lambda: f"({self.condition(scope, depth - 1)} and {self.condition(scope, depth - 1)})",
                lambda: f"({self.condition(scope, depth - 1)} or {self.condition(scope, depth - 1)})",
                lambda: f"(not {self.condition(scope, depth - 1)})")()
        kind = self.pick("int", "int", "num", "text", "date")
        def v(k=kind):
            return self.value(scope, k, depth - 1)
        choices = [lambda: f"{v()} {self.pick('=', '<', '>', '<=', '>=', '<>')} {v()}",
                   lambda: f"{v()} is {self.pick('', 'not ')}null",
                   lambda: f"{v()} in ({', '.join(self.literal(kind) for _ in range(self.random.randint(1, 12)))})"
                   if kind != "date" else f"{v()} is null",
                   lambda: f"{v()} between {v()} and {v()}",
                   lambda: f"{v()} is {self.pick('', 'not ')}distinct from {v()}",
                   lambda: f"{v('text')} like {self.pick(chr(39) + 'a%' + chr(39), chr(39) + '%b' + chr(39))}",
                   lambda: f"{v('bool')} is {self.pick('', 'not ')}{self.pick('true', 'false', 'unknown')}"]
        if self.depth < 2 and depth > 0:
            choices += [lambda: self.membership(scope), lambda: self.existence(scope)]
        return self.random.choice(choices)()

    def membership(self, scope):
        self.depth += 1
        try:
            source, inner = self.table()
            kind = self.pick("int", "text")
            where = self.condition(inner + (scope if self.chance(40) else []), 1)
            return (f"{self.value(scope, kind, 1)} {self.pick('in', 'not in', '= any', '< all')} "
                    f"(select {self.value(inner, kind, 1)} from {source} where {where})")
        finally:
            self.depth -= 1

    def existence(self, scope):
        self.depth += 1
        try:
            source, inner = self.table()
            return (f"{self.pick('', 'not ')}exists (select 1 from {source} "
                    f"where {self.condition(inner + scope, 1)} and {self.value(inner, 'int', 0)} = {self.value(scope, 'int', 0)})")
        finally:
            self.depth -= 1

    # ---- FROM

    def table(self):
        self.aliases += 1
        alias = f"a{self.aliases}"
        name = self.random.choice(sorted(self.tables))
        return f"{name} {alias}", [(f"{alias}.{c}", k) for c, k in self.tables[name]]

    def item(self):
        if self.depth < 2 and self.chance(25):
            self.depth += 1
            try:
                self.aliases += 1
                alias = f"a{self.aliases}"
                sql, kinds = self.select()
                return f"({sql}) {alias}", [(f"{alias}.o{i}", k) for i, k in enumerate(kinds)]
            finally:
                self.depth -= 1
        return self.table()

    def source(self):
        sql, scope = self.item()
        for _ in range(self.pick(0, 0, 1, 1, 2, 3)):
            right, inner = self.item()
            kind = self.pick("join", "join", "left join", "right join", "full join")
            on = f"{self.value(scope, 'int', 0)} = {self.value(inner, 'int', 0)}"
            if kind != "full join" and self.chance(30):
                on += f" and {self.condition(scope + inner, 1)}"
            sql = f"{sql} {kind} {right} on {on}"
            scope = scope + inner
        return sql, scope

    # ---- SELECT; outputs are named o0, o1, ..

    def select(self):
        if self.depth < 2 and self.chance(15):
            self.depth += 1
            try:
                kinds = [self.pick("int", "text") for _ in range(self.random.randint(1, 3))]
                op = self.pick("union", "union all", "intersect", "except", "intersect all", "except all")
                return f"{self.plain(kinds)} {op} {self.plain(kinds)}", kinds
            finally:
                self.depth -= 1
        kinds = [self.pick("int", "int", "num", "text", "date", "bool") for _ in range(self.random.randint(1, 4))]
        return (self.grouped(kinds) if self.chance(35) else self.windowed(kinds) if self.chance(15)
                else self.plain(kinds)), kinds

    def output(self, expressions):
        return ", ".join(f"{e} as o{i}" for i, e in enumerate(expressions))

    def plain(self, kinds):
        source, scope = self.source()
        distinct = self.pick("", "", "", "distinct ")
        where = f" where {self.condition(scope)}" if self.chance(60) else ""
        return f"select {distinct}{self.output([self.value(scope, k) for k in kinds])} from {source}{where}"

    def aggregate(self, scope, kind):
        def v(k):
            return self.value(scope, k, 1)
        distinct = self.pick("", "", "distinct ")
        if kind == "int":
            call = self.pick("count(*)", f"count({distinct}{v(self.pick('int', 'text'))})", f"max({v('int')})", f"min({v('int')})")
        elif kind == "num":
            call = self.pick(f"sum({distinct}{v('int')})", f"max({v('num')})", f"avg({v('int')})")
        elif kind == "text":
            call = self.pick(f"max({v('text')})", f"string_agg({v('text')}, ',' order by {v('text')})")
        elif kind == "date":
            call = f"{self.pick('min', 'max')}({v('date')})"
        else:
            call = f"{self.pick('bool_and', 'bool_or')}({v('bool')})"
        if self.chance(15):
            if call.startswith("string_agg"):
                return f"max({v('text')}) filter (where {self.condition(scope, 1)})"
            call += f" filter (where {self.condition(scope, 1)})"
        if call.startswith("string_agg"):
            text = v("text")
            return f"string_agg({text}, ',' order by {text})"
        return call

    def grouped(self, kinds):
        source, scope = self.source()
        keys = [self.random.choice(scope) for _ in range(self.pick(0, 1, 1, 2))]
        expressions = []
        for kind in kinds:
            own = [sql for sql, k in keys if k == kind]
            expressions.append(self.random.choice(own) if own and self.chance(50) else self.aggregate(scope, kind))
        where = f" where {self.condition(scope)}" if self.chance(50) else ""
        group = ""
        if keys:
            names = ", ".join(sql for sql, _ in keys)
            group = " group by " + self.pick(names, names, names, f"rollup ({names})", f"cube ({names})",
                                             f"grouping sets (({names}), ())")
        having = f" having count(*) > {self.random.randint(0, 3)}" if self.chance(25) else ""
        return f"select {self.output(expressions)} from {source}{where}{group}{having}"

    def windowed(self, kinds):
        source, scope = self.source()
        order = ", ".join(sql for sql, _ in scope)
        partition = f"partition by {self.random.choice(scope)[0]} " if self.chance(60) else ""
        expressions = []
        for kind in kinds:
            if kind == "int" and self.chance(70):
                frame = self.pick("", "", " rows between 2 preceding and current row", " rows between 1 following and 3 following",
                                  " groups between 1 preceding and 1 following exclude current row",
                                  " rows between unbounded preceding and 1 preceding")
                call = self.pick("row_number()", "rank()", "dense_rank()", "ntile(3)", f"count({self.value(scope, 'int', 0)})",
                                 f"max({self.value(scope, 'int', 0)})", f"lag({self.value(scope, 'int', 0)})",
                                 f"first_value({self.value(scope, 'int', 0)})")
                expressions.append(f"{call} over ({partition}order by {order}{frame})")
            else:
                expressions.append(self.value(scope, kind, 1))
        return f"select {self.output(expressions)} from {source}"

    def query(self):
        sql, kinds = self.select()
        if self.chance(20):
            order = ", ".join(f"o{i}{self.pick('', ' desc', ' nulls first')}" for i in range(len(kinds)))
            limit = f" limit {self.random.randint(0, 20)}" + (f" offset {self.random.randint(0, 5)}" if self.chance(30) else "")
            return f"select * from ({sql}) s order by {order}{limit}"
        if self.chance(10):
            return f"with s as {self.pick('', 'materialized ')}({sql}) select * from s union all select * from s"
        return sql


def canonical(rows):
    def value(v):
        if isinstance(v, decimal.Decimal):
            return str(round(v, 9).normalize())
        if isinstance(v, float):
            return f"{v:.9g}"
        return repr(v)
    return sorted(tuple(value(v) for v in row) for row in rows)


def run(connection, sql):
    cursor = connection.cursor()
    try:
        cursor.execute(sql)
        return ("rows", canonical(cursor.fetchall())) if cursor.description else ("ok", None)
    except psycopg2.Error as error:
        return "error", (error.pgcode, str(error).splitlines()[0] if str(error) else "")


def connect(port):
    connection = psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres")
    connection.autocommit = True
    return connection


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sextant", type=int, required=True)
    parser.add_argument("--postgres", type=int, required=True)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--one", action="store_true")
    parser.add_argument("--queries", type=int, default=40)
    parser.add_argument("--work-mem", default="4MB")
    args = parser.parse_args()
    ours, theirs = connect(args.sextant), connect(args.postgres)
    counts = {"same": 0, "unsupported": 0, "both fail": 0, "differ": 0, "slow": 0}
    unsupported = {}
    end = time.monotonic() + args.seconds
    seed = args.seed
    while time.monotonic() < end:
        generator = Generator(seed)
        for connection in (ours, theirs):
            for setting in (f"set work_mem = '{args.work_mem}'", "set statement_timeout = '5s'"):
                run(connection, setting)
        for statement in generator.schema():
            for connection, name in ((ours, "sextant"), (theirs, "postgres")):
                kind, answer = run(connection, statement)
                if kind == "error":
                    print(f"seed {seed}: {name}: {answer[1]}\n  {statement[:300]}")
        for _ in range(args.queries):
            sql = generator.query()
            mine, expected = run(ours, sql), run(theirs, sql)
            if mine[0] == "error" and ours.closed:
                print(f"seed {seed}: CONNECTION LOST: {mine[1][1]}\n  {sql}", flush=True)
                sys.exit(1)
            elif expected[0] == "error" and expected[1][0] == "0A000":
                counts["both fail"] += 1  # FULL JOIN with conditions that PostgreSQL cannot do
            elif mine[0] == "error" and mine[1][0] == "0A000":
                counts["unsupported"] += 1
                unsupported[mine[1][1]] = unsupported.get(mine[1][1], 0) + 1
            elif "57014" in (mine[0] == "error" and mine[1][0] or "", expected[0] == "error" and expected[1][0] or ""):
                counts["slow"] += 1
                if mine[0] == "error" and expected[0] != "error":
                    print(f"seed {seed}: SLOW ON SEXTANT\n  {sql}", flush=True)
            elif mine[0] == "error" and expected[0] == "error" and mine[1][0] == expected[1][0]:
                counts["both fail"] += 1
            elif mine == expected:
                counts["same"] += 1
            else:
                counts["differ"] += 1
                def show(answer):
                    return answer[1][1] if answer[0] == "error" else f"{len(answer[1])} rows"
                print(f"seed {seed}: sextant: {show(mine)}; postgres: {show(expected)}\n  {sql}", flush=True)
                if mine[0] == expected[0] == "rows":
                    more = [r for r in mine[1] if r not in expected[1]][:2]
                    less = [r for r in expected[1] if r not in mine[1]][:2]
                    print(f"    only sextant: {more}\n    only postgres: {less}", flush=True)
        seed += 1
        if args.one:
            break
    for message, n in sorted(unsupported.items(), key=lambda item: -item[1])[:10]:
        print(f"  unsupported {n}: {message}")
    print(f"seeds {args.seed}..{seed - 1}: " + ", ".join(f"{n} {name}" for name, n in counts.items()))
    sys.exit(1 if counts["differ"] else 0)


main()
