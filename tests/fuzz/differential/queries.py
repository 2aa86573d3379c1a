"""Random queries. Each gives (node, types of its columns o0, o1, ..); its rows do not depend on a plan."""
from expressions import WEIGHTED, Expressions
from node import Node, expression, fill, optional, series
from values import TAME

# Aggregates whose answer does not depend on the order of rows, by result type; {order} repeats the argument.
AGGREGATES = {
    "int8": ["count(*)", "count({any})", "count(distinct {any})", "sum({int4})", "sum(distinct {int4})", "sum({int2})", "regr_count({float8}, {int4})", "bit_or({int8})", "count(({int4}, {text}))"],
    "int4": ["min({int4})", "max({int4})", "bit_and({int4})", "bit_xor({int4})", "(percentile_disc(0.5) within group (order by {int4}))", "(mode() within group (order by {int4}))"],
    "numeric": ["avg({int4})", "sum({int8})", "sum({numeric})", "avg(distinct {numeric})", "max({numeric})", "stddev_samp({int4})", "var_pop({int4})", "variance({numeric})"],
    "float8": ["min({float8})", "max({float8})", "(percentile_cont(0.25) within group (order by {float8}))", "avg({float8})", "sum({float8})"],
    "text": ["min({text})", "max({text})", "string_agg({text=}, ',' order by {text=})", "string_agg(distinct {text=}, ';' order by {text=} desc)"],
    "date": ["min({date})", "max({date})"],
    "timestamp": ["min({timestamp})", "max({timestamp})"],
    "timestamptz": ["max({timestamptz})"],
    "interval": ["max({interval})", "min({interval})"],
    "bool": ["bool_and({bool})", "bool_or({bool})", "every({bool})"],
    "int4[]": ["array_agg({int4=} order by {int4=})", "array_agg(distinct {int4=} order by {int4=} desc nulls last)", "min({int4[]})"],
    "text[]": ["array_agg({text=} order by {text=})", "max({text[]})"],
    "jsonb": ["jsonb_agg({int4=} order by {int4=})", "jsonb_agg({jsonb=} order by {jsonb=})"],
    "mood": ["max({mood})", "min({mood})"],
    "int4range": [], "pair": [], "uuid": [], "bytea": [], "int2": ["max({int2})"], "time": ["min({time})"],
}
FRAMES = ["", "", "", " rows between 2 preceding and current row", " rows between 1 following and 3 following", " rows unbounded preceding",
          " groups between 1 preceding and 1 following exclude current row", " rows between unbounded preceding and 1 preceding",
          " range between unbounded preceding and unbounded following exclude ties", " rows between 3 preceding and 1 preceding",
          " groups between current row and unbounded following exclude group", " rows between current row and current row",
          " rows between 9 preceding and current row", " rows between 12 preceding and 3 following", " rows between 4 following and 15 following",
          " groups between 10 preceding and 2 following", " range between current row and unbounded following", " groups 2 preceding", " rows between 5 following and unbounded following"]
# Frames that end where peers do.
PEER_FRAMES = ["", "", " range between unbounded preceding and unbounded following exclude ties", " groups between 1 preceding and 1 following exclude group",
               " groups between current row and unbounded following exclude group", " range between current row and unbounded following", " groups 2 preceding"]


class Queries(Expressions):
    def __init__(self, r, tables):
        """`tables`: {name: [(column, type)]}, what FROM can name."""
        super().__init__(r)
        self.tables = tables
        self.aliases = 0
        self.ctes = []

    def alias(self):
        self.aliases += 1
        return f"a{self.aliases}"

    # ---- subqueries within expressions

    def inner(self):
        self.nesting += 1
        source, inner = self.table()
        return source, inner

    def where(self, scope, depth=1, chance=100):
        return optional(" where ", self.condition(scope, depth)) if self.chance(chance) else ""

    def scalar(self, scope, type):
        aggregates = AGGREGATES.get(type) or []
        source, inner = self.inner()
        try:
            if aggregates and self.chance(70):
                value = self.aggregate(inner + (scope if self.chance(15) else []), type, plain=True)
                return expression(type, "(select ", value, " from ", source, self.where(inner + scope), ")")
            order = self.total(inner)
            return expression(type, "(select ", self.value(inner, type, 1), " from ", source, self.where(inner + scope), " order by 1, ", order, " limit 1)")
        finally:
            self.nesting -= 1

    def membership(self, scope):
        type = self.r.choice(["int4", "int4", "text", "int8", "date", "mood", "int4range"])
        left = self.value(scope, type, 1)
        source, inner = self.inner()
        try:
            return expression("bool", "(", left, self.r.choice([" in ", " not in ", " = any ", " <> all "]), "(select ", self.value(inner, type, 1), " from ", source,
                              self.where(inner + (scope if self.chance(50) else []), chance=75), "))")
        finally:
            self.nesting -= 1

    def quantified(self, scope):
        type = self.r.choice(["int4", "text", "numeric", "date"])
        left = self.value(scope, type, 1)
        source, inner = self.inner()
        try:
            return expression("bool", "(", left, self.r.choice([" < all ", " > any ", " >= all ", " <> any "]), "(select ", self.value(inner, type, 1), " from ", source,
                              self.where(inner + (scope if self.chance(40) else [])), "))")
        finally:
            self.nesting -= 1

    def existence(self, scope):
        source, inner = self.inner()
        try:
            type = self.r.choice(["int4", "text", "int8"])
            joined = expression("bool", "(", self.value(inner, type, 0), " = ", self.value(scope, type, 0), ")")
            return expression("bool", "(", self.r.choice(["exists", "not exists"]), " (select ", self.r.choice(["1", "*", "null"]), " from ", source, " where ",
                              joined, optional(" and ", self.condition(inner + scope, 1)), "))")
        finally:
            self.nesting -= 1

    # ---- FROM

    def table(self):
        alias = self.alias()
        names = sorted(self.tables)
        if self.ctes and self.chance(40):
            name, columns = self.r.choice(self.ctes)
        else:
            name = self.r.choice(names)
            columns = self.tables[name]
        return f"{name} {alias}", [(f"{alias}.{c}", t) for c, t in columns]

    def item(self, scope=()):
        """A table, a subquery, a LATERAL one, VALUES, or a function."""
        form = self.r.random() * 100
        if form < 20 and self.nesting < 2:
            self.nesting += 1
            try:
                alias = self.alias()
                node, types = self.select()
                return Node("(", node, ") ", alias), [(f"{alias}.o{i}", t) for i, t in enumerate(types)]
            finally:
                self.nesting -= 1
        if form < 28 and scope and self.nesting < 2:
            self.nesting += 1
            try:
                alias = self.alias()
                source, inner = self.table()
                types = self.types(1, 2)
                outputs = self.outputs([self.value(inner + list(scope), t, 1) for t in types])
                tail = optional(" order by ", series(", ", [f"o{i}" for i in range(len(types))] + self.total(inner).parts), f" limit {self.r.randint(1, 3)}") if self.chance(50) else ""
                return Node("lateral (select ", outputs, " from ", source, self.where(inner + list(scope)), tail, ") ", alias), [(f"{alias}.o{i}", t) for i, t in enumerate(types)]
            finally:
                self.nesting -= 1
        if form < 33:
            alias = self.alias()
            types = self.types(1, 3)
            rows = [Node("(", series(", ", [self.constant(t) for t in types], len(types)), ")") for _ in range(self.r.randint(1, 6))]
            return Node("(values ", series(", ", rows), f") {alias}({', '.join(f'o{i}' for i in range(len(types)))})"), [(f"{alias}.o{i}", t) for i, t in enumerate(types)]
        if form < 40:
            alias = self.alias()
            if scope and self.chance(60):
                kind = self.r.choice(["int4[]", "text[]"])
                return Node("lateral unnest(", self.value(list(scope), kind, 1), f") with ordinality {alias}(u, n)"), [(f"{alias}.u", kind[:-2]), (f"{alias}.n", "int8")]
            return f"generate_series({self.r.randint(-2, 2)}, {self.r.randint(0, 6)}) {alias}(g)", [(f"{alias}.g", "int4")]
        return self.table()

    def source(self, most=3):
        node, scope = self.item()
        for _ in range(self.r.choice([n for n in (0, 0, 1, 1, 1, 2, 2, 3) if n <= most])):
            kind = self.r.choice(["join", "join", "left join", "left join", "right join", "full join", "cross join"])
            lateral = scope if kind in ("join", "left join", "cross join") else []
            right, inner = self.item(lateral)
            if kind == "cross join":
                if self.chance(60):
                    kind = "join"
                else:
                    node = Node(node, Node(" cross join ", right, optional=True))
                    scope = scope + inner
                    continue
            type = self.r.choice(["int4", "int4", "int4", "text", "int8", "date", "mood"])
            left_value = self.column(scope, type) or self.value(scope, type, 1)
            right_value = self.column(inner, type) or self.value(inner, type, 1)
            on = [" on ", Node(left_value, " = ", right_value, type="bool")]
            if self.chance(30) and kind != "full join":
                on.append(optional(" and ", self.condition(scope + inner, 1)))
            if kind == "join" and self.chance(8):
                on = [" on ", self.condition(scope + inner, 1)]
            node = Node(node, Node(f" {kind} ", right, *on, optional=True))
            scope = scope + inner
        return node, scope

    # ---- SELECT

    def types(self, least, most):
        return [self.r.choice(WEIGHTED) for _ in range(self.r.randint(least, most))]

    def outputs(self, values):
        return series(", ", [Node(v, f" as o{i}") for i, v in enumerate(values)])

    def total(self, scope):
        """An ORDER BY over every column: rows that tie are the same."""
        return series(", ", [Node(c, self.r.choice(["", "", " desc", " nulls first", " desc nulls last"])) for c, _ in scope], len(scope))

    def select(self, types=None):
        form = self.r.random() * 100
        if types is None:
            if form < 14 and self.nesting < 2:
                return self.set_operation()
            types = self.types(1, 4)
        if form < 48:
            return self.grouped(types), types
        if form < 63:
            return self.windowed(types), types
        if form < 68:
            return self.distinct_on(types), types
        if form < 74:
            return self.first_of_order(types), types
        return self.plain(types), types

    def set_operation(self):
        self.nesting += 1
        try:
            types = self.types(1, 3)
            node = Node("(", self.select(types)[0], ")")
            for _ in range(self.r.choice([1, 1, 2])):
                op = self.r.choice(["union", "union all", "intersect", "except", "intersect all", "except all"])
                node = Node(node, optional(f" {op} (", self.select(types)[0], ")"))
            return Node("select * from (", node, ") ", self.alias()), types
        finally:
            self.nesting -= 1

    def plain(self, types):
        source, scope = self.source()
        head = self.r.choice(["select ", "select ", "select ", "select distinct "])
        return Node(head, self.outputs([self.value(scope, t) for t in types]), " from ", source, self.where(scope, 2, 65))

    def first_of_order(self, types):
        """The first groups, or rows without duplicates, in the order of columns that an index may have."""
        if self.nesting > 0 or self.ctes:
            return self.plain(types)
        table, scope = self.table()
        keys = [sql for sql, _ in scope[:self.r.choice([1, 1, 2])]]
        fixed = [(sql, t) for sql, t in scope if sql not in keys and t in ("int4", "text")]
        where = self.where(scope, 1, 40)
        if fixed and self.chance(40):
            sql, t = self.r.choice(fixed)
            where = Node(" where ", sql, " = ", self.constant(t))
        direction = self.r.choice(["", " desc"])
        order = ", ".join(key + direction for key in keys)
        limit = f" limit {self.r.randint(1, 5)}" if self.chance(70) else ""
        # The keys are there again, so that rows in order are rows in the order of the answer.
        if self.chance(30):
            inner = Node("select distinct ", ", ".join(keys), " from ", table, where, f" order by {order}", limit)
            names = [key.split(".")[1] for key in keys]
            constants = self.outputs([self.constant(t) for t in types])
            return Node("select ", constants, " from (", inner, f") q({', '.join('k' + str(i) for i in range(len(names)))})")
        return Node("select ", self.outputs([self.aggregate(scope, t) for t in types]), " from ", table, where, f" group by {', '.join(keys)} order by {order}", limit)

    def distinct_on(self, types):
        source, scope = self.source(2)
        key = self.value(scope, self.r.choice(["int4", "text", "mood", "bool"]), 1)
        return Node("select distinct on (", key, ") ", self.outputs([self.value(scope, t, 1) for t in types]), " from ", source, self.where(scope, 1, 50), " order by ", key,
                    self.r.choice(["", " desc", " nulls first"]), ", ", self.total(scope))

    def aggregate(self, scope, type, plain=False):
        choices = AGGREGATES.get(type)
        if not choices:
            return self.constant(type)
        template = self.r.choice(choices)
        repeated = {}

        def make(place):
            if place.endswith("="):
                return repeated.setdefault(place, self.value(scope, place[:-1], 1))
            return self.value(scope, self.r.choice(WEIGHTED) if place == "any" else place, 1)
        parts = fill(template, make)
        if self.chance(15) and not plain and not template.startswith("("):
            parts.append(optional(" filter (where ", self.condition(scope, 1), ")"))
        return expression(type, *parts)

    def grouped(self, types):
        source, scope = self.source()
        keys = []
        for _ in range(self.r.choice([0, 1, 1, 2, 3])):
            if self.chance(75) and scope:
                keys.append(self.r.choice(scope))
            else:
                type = self.r.choice(["int4", "text", "bool", "date"])
                column = self.column(scope, "text" if type == "text" else "int4")
                if column:
                    text = {"int4": f"({column} % 3)", "text": f"upper({column})", "bool": f"({column} > 2)", "date": f"(date '2020-01-01' + {column})"}[type]
                    keys.append((text, type))
        values = []
        for t in types:
            own = [sql for sql, k in keys if k == t]
            values.append(expression(t, self.r.choice(own)) if own and self.chance(55) else self.aggregate(scope, t))
        group = ""
        if keys:
            names = ", ".join(sql for sql, _ in keys)
            first = keys[0][0]
            group = " group by " + self.r.choice([names] * 5 + [f"rollup ({names})", f"cube ({names})", f"grouping sets (({names}), ({first}), ())", f"{first}, rollup ({names})",
                                                               f"grouping sets (rollup ({names}), ({first}))", f"distinct cube ({names}), ({first})"])
        # PostgreSQL 15 turns (a > 2) = false into a <= 2, and loses sight of what grouping sets make null.
        has_sets = bool(keys) and group != f" group by {names}"
        again = [(v, t) for v, t in list(zip(values, types)) + [(Node(sql), t) for sql, t in keys] if t != "bool" or not has_sets]
        having = optional(" having ", self.having(scope, again)) if self.chance(40) else ""
        return Node("select ", self.outputs(values), " from ", source, self.where(scope, 2, 50), optional(group), having)

    def having(self, scope, values):
        """A condition on groups; half of them say again, constants and all, what is selected or grouped by."""
        again = [(v, t) for v, t in values if t != "float8" and t in TAME]
        if not again or self.chance(50):
            return self.r.choice(["count(*) > 1", "count(*) < 3", Node(self.aggregate(scope, "int8"), " > 0"), Node(self.aggregate(scope, "int4"), " is not null")])
        value, type = self.r.choice(again)
        form = self.r.choice(["compared", "compared", "is not null", "within", "either"])
        compared = Node("(", value, self.r.choice([" > ", " <= ", " = ", " <> "]), self.constant(type), ")")
        if form == "is not null":
            return Node("(", value, ") is not null")
        if form == "within" and type in ("int4", "int8", "numeric", "int2"):
            return Node("(", value, " + 1) * 2 > ", self.constant("int4"))
        if form == "either":
            other, _ = self.r.choice(again)
            return Node(compared, self.r.choice([" or ", " and "]), "(", other, ") ", "is not null")
        return compared

    def windowed(self, types):
        """One window function at most that tells rows apart which tie in everything: of two, each could see them in
        another order. The others depend on peers alone."""
        source, scope = self.source(2)
        sensitive = self.r.randrange(len(types))

        def over(order, frames):
            partition = f"partition by {self.r.choice(scope)[0]} " if self.chance(60) else ""
            return Node(" over (", partition, "order by ", order, self.r.choice(frames), ")")
        values = []
        for i, t in enumerate(types):
            window = over(self.total(scope), FRAMES) if i == sensitive else over(self.total(self.r.sample(scope, min(len(scope), self.r.randint(1, 2)))), PEER_FRAMES)
            form = self.r.random() * 100
            if form < 35 and i == sensitive:
                values.append(self.value_window(t, lambda t=t: self.value(scope, t, 1), window))
            elif t == "int8" and form < 60:
                values.append(expression(t, self.r.choice(["row_number()"] if i == sensitive else ["rank()", "dense_rank()"]), window))
            elif t == "int4" and form < 60 and i == sensitive:
                values.append(expression(t, f"ntile({self.r.randint(1, 4)})", window))
            elif t == "float8" and form < 60:
                values.append(expression(t, self.r.choice(["percent_rank()", "cume_dist()"]), window))
            else:
                choices = [c for c in AGGREGATES[t] if "order" not in c and "distinct" not in c]
                if not choices:
                    values.append(self.value(scope, t, 1))
                    continue
                parts = fill(self.r.choice(choices), lambda place: self.value(scope, self.r.choice(WEIGHTED) if place == "any" else place, 1))
                if self.chance(12):
                    parts.append(optional(" filter (where ", self.condition(scope, 1), ")"))
                values.append(expression(t, *parts, window))
        return Node("select ", self.outputs(values), " from ", source, self.where(scope, 1, 40))

    def value_window(self, type, v, over):
        name = self.r.choice(["lag", "lead", "first_value", "last_value", "nth_value", "lag3"])
        if name == "nth_value":
            return expression(type, "nth_value(", v(), ", 2)", over)
        if name == "lag3":
            return expression(type, "lag(", v(), f", {self.r.randint(0, 3)}, ", v(), ")", over)
        return expression(type, name, "(", v(), ")", over)

    # ---- statements

    def recursive(self):
        """A recursive CTE that ends, over a table's keys."""
        name, columns = self.r.choice(sorted(self.tables.items()))
        number = [c for c, t in columns if t == "int4"]
        step = self.r.choice([f"n + 1 from r where n < {self.r.randint(1, 8)}", f"n * 2 from r where n between 1 and {self.r.randint(2, 40)}"])
        if number:
            column = self.r.choice(number)
            step = self.r.choice([step, f"t.{column} from r join {name} t on t.{column} = r.n + {self.r.randint(1, 2)} where r.n < 30"])
        start = self.r.choice(["select 1", "values (0), (1)", f"select distinct {number[0]} from {name} where {number[0]} between 0 and 3" if number else "select 2"])
        return f"with recursive r(n) as ({start} union{' ' if 't.' in step else self.r.choice([' ', ' all '])}select {step}) ", [("n", "int4")]

    def query(self):
        """(node, types, ordered)."""
        head = ""
        if self.chance(8):
            head, columns = self.recursive()
            self.ctes.append(("r", columns))
        elif self.chance(14):
            node, types = self.select()
            head = Node("with c as ", self.r.choice(["", "materialized ", "not materialized "]), "(", node, ") ")
            self.ctes.append(("c", [(f"o{i}", t) for i, t in enumerate(types)]))
        node, types = self.select()
        self.ctes.clear()
        if self.chance(30):
            order = series(", ", [Node(f"o{i}", self.r.choice(["", " desc", " nulls first", " desc nulls last"])) for i in range(len(types))], len(types))
            form = self.r.random() * 100
            limit = optional(f" limit {self.r.randint(0, 20)}") if form < 60 else ""
            offset = optional(f" offset {self.r.randint(0, 9)}") if 30 < form < 75 else ""
            if form > 85:
                return Node(head, "select * from (", node, ") s order by o0 fetch first 3 rows with ties"), types, False
            return Node(head, "select * from (", node, ") s order by ", order, limit, offset), types, True
        return Node(head, node) if head else node, types, False
