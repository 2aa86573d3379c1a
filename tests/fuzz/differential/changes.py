"""Random INSERT, UPDATE, DELETE and MERGE whose effect does not depend on the order of rows."""
from node import Node, optional, series
from queries import Queries


class Changes(Queries):
    def __init__(self, r, schema):
        super().__init__(r, schema.names())
        self.schema = schema
        self.fresh = 10000

    def target(self):
        return self.r.choice([t for t in self.schema.tables.values() if t.written])

    def returning(self, scope):
        if not self.chance(35):
            return ""
        return optional(" returning ", self.outputs([self.value(scope, t, 1) for t in self.types(1, 3)]))

    def settable(self, table):
        """Columns that a change gives values: no key, whose order of violations would show, and nothing generated."""
        return [(c, t, d) for (c, t), d in zip(table.columns, table.declared)
                if c not in table.generated and not (c == "c0" and (table.key or table.name == "p"))
                and not (table.name == "f" and c == "c1")]

    def assignments(self, table, scope):
        columns = self.settable(table)
        chosen = self.r.sample(columns, min(len(columns), self.r.randint(1, 2)))
        return series(", ", [Node(f"{c} = ", self.fitting(scope, t, d)) for c, t, d in chosen])

    def fitting(self, scope, type, declared):
        """A value that the column's declared type takes."""
        if declared == "small":
            return Node("(", self.value(scope, "int4", 1), ") % 100")
        if declared in ("varchar(8)", "char(4)"):
            return Node("left(", self.value(scope, "text", 1), ", 4)")
        if declared == "numeric(10,2)":
            return Node("round((", self.value(scope, "numeric", 1), ") % 1000, 2)")
        return self.value(scope, type, 1)

    def change(self):
        table = self.target()
        if not self.settable(table):
            return self.insert(table)
        return self.r.choice([self.insert, self.insert, self.update, self.update, self.update_from, self.delete, self.delete_using, self.merge, self.upsert, self.writable])(table)

    def row(self, table):
        cells = []
        for (c, t), d in zip(table.columns, table.declared):
            if c in table.generated:
                continue
            if c == "c0" and table.key:
                self.fresh += 1
                cells.append(str(self.fresh if self.chance(90) else self.r.randint(0, 5)))
            elif table.name == "f" and c == "c1":
                cells.append("NULL")
            else:
                cells.append(self.schema.cell(t, d))
        return cells

    def names(self, table):
        return ", ".join(c for c, _ in table.columns if c not in table.generated)

    def insert(self, table):
        scope = [(c, t) for c, t in table.columns]
        rows = [Node("(" + ", ".join(self.row(table)) + ")") for _ in range(self.r.choice([1, 1, 3, 10]))]
        return Node(f"insert into {table.name} ({self.names(table)}) values ", series(", ", rows), self.returning(scope))

    def upsert(self, table):
        if not table.key:
            return self.insert(table)
        scope = [(f"{table.name}.{c}", t) for c, t in table.columns] + [(f"excluded.{c}", t) for c, t in table.columns]
        keys = self.r.sample(range(0, 12), 4)
        rows = []
        for k in keys:
            cells = self.row(table)
            cells[0] = str(k)
            rows.append(Node("(" + ", ".join(cells) + ")"))
        action = self.r.choice(["nothing", None, None])
        tail = " do nothing" if action else Node(" do update set ", self.assignments(table, scope), self.where(scope, 1, 40))
        return Node(f"insert into {table.name} ({self.names(table)}) values ", series(", ", rows), " on conflict (c0)", tail,
                    self.returning([(f"{table.name}.{c}", t) for c, t in table.columns]))

    def update(self, table):
        scope = [(f"{table.name}.{c}", t) for c, t in table.columns]
        return Node(f"update {table.name} set ", self.assignments(table, scope), self.where(scope, 2, 90), self.returning(scope))

    def keyed(self):
        keyed = [t for t in self.schema.tables.values() if t.key]
        return self.r.choice(keyed) if keyed else None

    def joined(self, table):
        """Another table by its key: each row of `table` meets one row of it at most."""
        other = self.keyed()
        if not other:
            return None
        scope = [(f"{table.name}.{c}", t) for c, t in table.columns]
        inner = [(f"s.{c}", t) for c, t in other.columns]
        value = self.column(scope, "int4")
        return (other, scope, inner, value) if value else None

    def update_from(self, table):
        join = self.joined(table)
        if not join:
            return self.update(table)
        other, scope, inner, value = join
        return Node(f"update {table.name} set ", self.assignments(table, scope + inner), f" from {other.name} s where s.c0 = ", value,
                    optional(" and ", self.condition(scope + inner, 1)), self.returning(scope + inner))

    def delete(self, table):
        scope = [(f"{table.name}.{c}", t) for c, t in table.columns]
        return Node(f"delete from {table.name} where ", self.condition(scope, 2), " and ", self.condition(scope, 1), self.returning(scope))

    def delete_using(self, table):
        join = self.joined(table)
        if not join:
            return self.delete(table)
        other, scope, inner, value = join
        return Node(f"delete from {table.name} using {other.name} s where s.c0 = ", value, " and ", self.condition(scope + inner, 1), self.returning(scope + inner))

    def merge(self, table):
        join = self.joined(table)
        if not join:
            return self.update(table)
        other, scope, inner, value = join
        arms = []
        for _ in range(self.r.randint(1, 2)):
            extra = optional(" and ", self.condition(scope + inner, 1)) if self.chance(60) else ""
            arms.append(Node(" when matched", extra, " then ", self.r.choice(["delete", "do nothing", Node("update set ", self.assignments(table, scope + inner))])))
        if not table.key and self.chance(50):
            columns = self.settable(table)
            chosen = self.r.sample(columns, min(2, len(columns)))
            arms.append(Node(" when not matched", optional(" and ", self.condition(inner, 1)) if self.chance(40) else "",
                             f" then insert ({', '.join(c for c, _, _ in chosen)}) values (", series(", ", [self.fitting(inner, t, d) for _, t, d in chosen], len(chosen)), ")"))
        return Node(f"merge into {table.name} using {other.name} s on s.c0 = ", value, series("", arms))

    def writable(self, table):
        """A CTE that writes, read by the main query."""
        change = self.r.choice([self.update, self.delete])(table)
        scope = [(f"{table.name}.{c}", t) for c, t in table.columns]
        types = self.types(1, 2)
        text = Node("with w as (", Node(*[p for p in change.parts[:-1]]), " returning ", self.outputs([self.value(scope, t, 1) for t in types]), ") ")
        return Node(text, self.r.choice(["select * from w", "select count(*) from w", f"select (select count(*) from {table.name}), o0 from w"]))
