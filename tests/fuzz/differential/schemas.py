"""Random schemas with their data: a list of statements, and what queries can name."""
from expressions import Expressions
from node import Node, optional, series
from values import TAME, literal

PRELUDE = ["create type mood as enum ('sad', 'ok', 'happy')",
           "create type pair as (a int, b text)",
           "create domain small as int check (value < 100)"]

# What a column is declared as, by the type that expressions know it by.
DECLARED = {"int4": ["int", "int", "int", "small"], "text": ["text", "text", "varchar(8)", 'text collate "C"', 'text collate "en-x-icu"', "char(4)"],
            "numeric": ["numeric", "numeric(10,2)"]}
KINDS = ["int4"] * 5 + ["text"] * 4 + ["int8", "numeric", "float8", "bool", "date", "timestamp", "timestamptz", "interval", "uuid", "jsonb", "int4[]", "text[]",
                                     "mood", "int4range", "pair", "bytea", "int2", "time", "bool", "mood", "date", "int4[]", "jsonb"]


class Table:
    def __init__(self, name, columns, declared, key):
        self.name, self.columns, self.declared, self.key = name, columns, declared, key
        self.generated = set()
        self.written = True      # DML may change it
        self.rows = 0


class Schema:
    def __init__(self, r):
        self.r = r
        self.tables = {}
        self.statements = list(PRELUDE)
        expressions = Expressions(r)
        self.chance = expressions.chance
        self.expressions = expressions
        for n in range(r.randint(2, 3)):
            self.base(f"t{n}")
        for make in r.sample([self.partitioned, self.parent, self.view, self.referencing], r.randint(1, 3)):
            make()
        for table in list(self.tables.values()):
            if table.written:
                self.indexes(table)
        if self.chance(35):
            self.trigger()
        for table in self.tables.values():
            if self.chance(60) and table.name != "v":
                self.statements.append(f"analyze {table.name}")

    def add(self, statement):
        self.statements.append(statement)

    def names(self):
        return {name: table.columns for name, table in self.tables.items()}

    def columns(self, first=1):
        columns, declared = [], []
        for c in range(first, self.r.randint(3, 7)):
            type = self.r.choice(KINDS)
            columns.append((f"c{c}", type))
            declared.append(self.r.choice(DECLARED.get(type, [type])))
        return columns, declared

    def cell(self, type, declared):
        if self.chance(12):
            return "NULL"
        values = TAME["small"] if declared == "small" else TAME["char(4)"] if declared == "char(4)" else TAME["varchar(8)"] if declared == "varchar(8)" else TAME[type]
        # Skewed: the first few values are most of them.
        return "'" + (self.r.choice(values[:3]) if self.chance(40) else self.r.choice(values)).replace("'", "''") + "'"

    def fill(self, table, rows, key=None):
        """INSERTs of 25 rows each; `key(i)` gives the first column."""
        table.rows = rows
        columns = [(c, t) for c, t in table.columns if c not in table.generated]
        names = ", ".join(c for c, _ in columns)
        declared = dict(zip([c for c, _ in table.columns], table.declared))
        for start in range(0, rows, 25):
            values = []
            for i in range(start, min(start + 25, rows)):
                cells = [key(i)] if key else []
                cells += [self.cell(t, declared[c]) for c, t in columns[len(cells):]]
                values.append(Node("(" + ", ".join(cells) + ")"))
            self.add(Node(f"insert into {table.name} ({names}) values ", series(", ", values)))

    def base(self, name):
        columns, declared = self.columns()
        keyed = self.chance(70)
        columns.insert(0, ("c0", "int4"))
        declared.insert(0, "int")
        ddl = [f"{c} {d}" for (c, _), d in zip(columns, declared)]
        if keyed:
            ddl[0] += " primary key"
        table = Table(name, columns, declared, keyed)
        integers = [c for c, t in columns if t == "int4"]
        if self.chance(25):
            columns.append(("g", "int4"))
            declared.append("int")
            table.generated.add("g")
            ddl.append(f"g int generated always as (coalesce({self.r.choice(integers)}, 0) % 10 + 1) stored")
        if self.chance(20):
            ddl.append(f"check ({self.r.choice(integers)} > -1000)")
        self.add(f"create table {name} ({', '.join(ddl)})")
        self.fill(table, self.r.choice([0, 3, 10, 30, 30, 100, 400]), (lambda i: str(i)) if keyed else None)
        self.tables[name] = table

    def partitioned(self):
        columns, declared = self.columns()
        columns.insert(0, ("c0", "int4"))
        declared.insert(0, "int")
        kind = self.r.choice(["range", "list", "hash"])
        ddl = [f"{c} {d}" for (c, _), d in zip(columns, declared)]
        keyed = self.chance(50)
        if keyed:
            ddl[0] += " primary key"
        self.add(f"create table p ({', '.join(ddl)}) partition by {kind} (c0)")
        parts = {"range": ["for values from (minvalue) to (10)", "for values from (10) to (40)", "default"],
                 "list": ["for values in (0, 1, 2, 3)", "for values in (4, 5, 10, 20)", "default"],
                 "hash": ["for values with (modulus 3, remainder 0)", "for values with (modulus 3, remainder 1)", "for values with (modulus 3, remainder 2)"]}
        for i, bound in enumerate(parts[kind]):
            self.add(f"create table p{i} partition of p {bound}")
        table = Table("p", columns, declared, keyed)
        self.fill(table, self.r.choice([5, 60, 200]), (lambda i: str(i)) if keyed else None)
        self.tables["p"] = table

    def parent(self):
        columns, declared = self.columns()
        columns.insert(0, ("c0", "int4"))
        declared.insert(0, "int")
        self.add(f"create table h ({', '.join(f'{c} {d}' for (c, _), d in zip(columns, declared))})")
        self.add("create table h1 (extra int) inherits (h)")
        table = Table("h", columns, declared, False)
        self.fill(table, self.r.choice([5, 40]))
        child = Table("h1", columns + [("extra", "int4")], declared + ["int"], False)
        self.fill(child, self.r.choice([5, 40]))
        self.tables["h"], self.tables["h1"] = table, child

    def referencing(self):
        keyed = [t for t in self.tables.values() if t.key and t.rows and t.name.startswith("t")]
        if not keyed:
            return
        target = self.r.choice(keyed)
        action = self.r.choice(["", " on delete cascade", " on delete set null", " on update cascade on delete cascade"])
        self.add(f"create table f (c0 int primary key, c1 int references {target.name}{action}, c2 text)")
        table = Table("f", [("c0", "int4"), ("c1", "int4"), ("c2", "text")], ["int", "int", "text"], True)
        table.rows = 40
        values = [Node(f"({i}, {self.r.randrange(target.rows) if self.chance(85) else 'NULL'}, {self.cell('text', 'text')})") for i in range(40)]
        self.add(Node("insert into f values ", series(", ", values)))
        self.tables["f"] = table

    def view(self):
        table = self.r.choice(list(self.tables.values()))
        columns = [(f"v{i}", t) for i, (_, t) in enumerate(table.columns)]
        scope = [(c, t) for c, t in table.columns]
        outputs = ", ".join(f"{c} as v{i}" for i, (c, _) in enumerate(table.columns))
        where = optional(" where ", self.expressions.condition(scope, 1)) if self.chance(50) else ""
        self.add(Node(f"create view v as select {outputs} from {table.name}", where))
        view = Table("v", columns, table.declared, False)
        view.written = False
        self.tables["v"] = view

    def indexes(self, table):
        for c, t in table.columns:
            if not self.chance(28):
                continue
            if t in ("int4[]", "text[]", "jsonb"):
                self.add(f"create index on {table.name} using gin ({c})")
                continue
            form = self.r.random() * 100
            other = self.r.choice(table.columns)[0]
            if form < 15 and t in ("int4", "text"):
                made = self.r.choice(["abs({})", "({} * 2)", "({} % 3)", "({} + 1)"] if t == "int4" else ["upper({})", "({} || 'x')", "left({}, 2)"])
                where = self.r.choice(["", "", f" where {c} {'> 1' if t == 'int4' else '<> chr(97)'}"])
                self.add(f"create index on {table.name} (({made.format(c)})){where}")
            elif form < 30:
                condition = {"int4": [f"{c} > 1", f"{c} % 3 = 1", f"{c} in (1, 2, 3)"], "text": [f"{c} like 'a%'", f"{c} <> ''"]}.get(t, [])
                condition = self.r.choice(condition + [f"{other} is not null", f"{other} is null"])
                self.add(f"create index on {table.name} ({c}) where {condition}")
            elif form < 45 and other != c and dict(table.columns)[other] not in ("jsonb",):
                self.add(f"create index on {table.name} ({c}{self.r.choice(['', ' desc', ' nulls first'])}, {other})")
            elif form < 52:
                self.add(f"create index on {table.name} using hash ({c})")
            elif form < 58 and t in ("int4", "date", "text"):
                self.add(f"create index on {table.name} using brin ({c})")
            else:
                self.add(f"create index on {table.name} ({c})")

    def trigger(self):
        table = self.r.choice([t for t in self.tables.values() if t.written])
        self.add("create table log (op text, before text, after text)")
        self.add("""create function logged() returns trigger language plpgsql as $$ begin
  if tg_op = 'DELETE' then insert into log values (tg_op, old::text, null); return old;
  elsif tg_op = 'INSERT' then insert into log values (tg_op, null, new::text);
  else insert into log values (tg_op, old::text, new::text); end if;
  return new; end $$""")
        self.add(f"create trigger tr {self.r.choice(['before', 'after'])} insert or update or delete on {table.name} for each row execute function logged()")
        log = Table("log", [("op", "text"), ("before", "text"), ("after", "text")], ["text"] * 3, False)
        log.written = False
        self.tables["log"] = log
