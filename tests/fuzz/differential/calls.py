"""Every immutable function, operator and cast of PostgreSQL's catalogue, called with edge values.

Each call is compared by itself, so errors are compared strictly. What does not fail is called again over columns, by
kernels for batches instead of for constants, and must give what it gave before.
"""
import random
import re

from values import EDGES, NAMES, literal

# Their answers are of the server or of the moment, or need more memory than two servers have.
SKIP = {"generate_series", "pg_sleep", "pg_advisory_lock", "pg_stat_get_activity", "version", "pg_relation_size",
        "pg_current_logfile", "pg_client_encoding", "getdatabaseencoding", "pg_my_temp_schema", "current_database"}
SKIP_STARTS = ("pg_", "has_", "inet_client", "inet_server", "txid_", "current_", "database_to", "table_to", "schema_to",
               "query_to", "cursor_to", "ts_stat", "_pg_", "to_reg", "row_security", "current", "col_description",
               "obj_description", "shobj_description", "binary_upgrade", "lo_", "brin", "gin", "gist", "spg", "statement_timestamp",
               "transaction_timestamp", "now", "timeofday", "session_user", "user", "amvalidate", "bt", "in_range", "RI_")

HELPER = """create or replace function attempt(q text) returns text language plpgsql as $$
declare r text; begin execute q into r; return r; exception when others then return 'ERROR ' || sqlstate || ' ' || sqlerrm; end $$"""

RANGES = {"int4": ("int4range", "int4multirange"), "int8": ("int8range", "int8multirange"),
          "numeric": ("numrange", "nummultirange"), "date": ("daterange", "datemultirange")}
ANYTHING = "text of anything"
ELEMENTS = ["int4", "text", "numeric", "int8", "float8", "date"]


def spelled(name):
    return name[1:] + "[]" if name.startswith("_") else name


class Call:
    def __init__(self, name, arguments, render, set=False):
        self.name, self.arguments, self.render, self.set = name, arguments, render, set

    def sql(self, values):
        text = self.render(values)
        return f"select string_agg(x::text, '|') from (select {text} as x limit 60) s" if self.set else f"select ({text})::text"


def polymorphic(types, element):
    ranges = RANGES.get(element)
    given = {"anyelement": element, "anycompatible": element, "anynonarray": element, "anycompatiblenonarray": element,
             "anyarray": element + "[]", "anycompatiblearray": element + "[]", "any": element, "anyenum": None,
             "anyrange": ranges and ranges[0], "anycompatiblerange": ranges and ranges[0],
             "anymultirange": ranges and ranges[1], "anycompatiblemultirange": ranges and ranges[1]}
    return [given.get(t, t) for t in types]


def concrete(types):
    """Every list of types that the signature stands for."""
    if any(t.startswith("any") for t in types):
        lists = [polymorphic(types, element) for element in ELEMENTS]
    else:
        lists = [types]
    return [each for each in lists if all(t in EDGES for t in each)]


def load(server):
    calls = []
    answer = server.run("""select proname, array_to_string(array(select typname from unnest(proargtypes) with ordinality a(t, i)
        join pg_type on pg_type.oid = t order by i), ','), proretset, provolatile, provariadic <> 0, p.oid
      from pg_proc p where pronamespace = 'pg_catalog'::regnamespace and prokind = 'f' and provolatile in ('i', 's')
       and prorettype not in (select oid from pg_type where typname in ('internal', 'cstring', 'trigger', 'language_handler', 'void'))
      order by p.oid""")
    for name, types, is_set, volatile, variadic, _ in answer.rows:
        if name in SKIP or name.startswith(SKIP_STARTS) or not types:
            continue
        for each in concrete([spelled(t) for t in types.split(",")]):
            def render(values, name=name, variadic=variadic == "t" and "any" not in types.split(",")):
                if variadic:
                    values = values[:-1] + ["variadic " + values[-1]]
                return f'pg_catalog."{name}"({", ".join(values)})'
            calls.append(Call(f"{name}({', '.join(each)})", each, render, is_set == "t"))
    answer = server.run("""select oprname, l.typname, r.typname from pg_operator o left join pg_type l on l.oid = oprleft
      join pg_type r on r.oid = oprright join pg_proc p on p.oid = oprcode where provolatile in ('i', 's') order by o.oid""")
    for name, left, right in answer.rows:
        for each in concrete([spelled(t) for t in (left, right) if t]):
            def render(values, name=name):
                return " ".join([*values[:-1], f"operator(pg_catalog.{name})", values[-1]])
            calls.append(Call(f"{name}({', '.join(each)})", each, render))
    answer = server.run("""select s.typname, t.typname from pg_cast c join pg_type s on s.oid = castsource
      join pg_type t on t.oid = casttarget order by c.oid""")
    casts = [tuple(row) for row in answer.rows] + [("text", t) for t in EDGES]
    for source, target in casts:
        source, target = spelled(source), spelled(target)
        if source in EDGES and target in EDGES:
            calls.append(Call(f"cast({source} as {target})", [source],
                              lambda values, target=target: f"({values[0]})::{NAMES.get(target, target)}"))
    # Input of text of all kinds.
    for target in EDGES:
        calls.append(Call(f"input({target})", [ANYTHING],
                          lambda values, target=target: f"({values[0]})::{NAMES.get(target, target)}"))
    return calls


def attempts(seed, calls, count, combinations):
    """`count` calls of the catalogue, each with argument lists."""
    r = random.Random(seed)
    everything = [v for values in EDGES.values() for v in values]
    for call in r.sample(calls, min(count, len(calls))):
        lists = []
        for _ in range(combinations):
            if call.arguments == [ANYTHING]:
                lists.append([literal(r.choice(everything), "text").replace("::text", "")])
            else:
                lists.append([literal(None if r.random() < 0.06 else r.choice(EDGES[t]), t) for t in call.arguments])
        unique = []
        for each in lists:
            if each not in unique:
                unique.append(each)
        yield call, unique


def over_columns(call, lists):
    names = [f"a{i}" for i in range(len(lists[0]))]
    rows = ", ".join(f"({i}, {', '.join(values)})" for i, values in enumerate(lists))
    body = call.sql(names)
    return f"select i, ({body}) from (values {rows}) v(i, {', '.join(names)}) order by i"


# Faults and accidents of PostgreSQL 15 that Sextant does not repeat: intervals and bit strings whose computation
# overflows and wraps around, internal errors, zones that POSIX's rules make of any text, an aggregate's own
# functions outside of one, whether text is no date or one out of range, the size of a comparison's answer
# (memcmp()'s), and ages of the server's own transactions.
def tolerated(query, ours, theirs):
    if "agg_transfn" in query or "_combine" in query or "::xid" in query and '"age"' in query:
        return True
    if re.search(r'pg_catalog\."\w*cmp"', query):
        return ours.lstrip("-").isdigit() and theirs.lstrip("-").isdigit() and (int(ours) > 0) == (int(theirs) > 0)
    wraps = ours.startswith(("ERROR 22008", "ERROR 54000")) and not theirs.startswith("ERROR 22")
    if wraps and re.search(r'"(age|timestamp_mi|timestamptz_mi|make_interval|bit)"|::timestamp.* operator\(pg_catalog\.-\)', query):
        return True
    if re.search(r"select \(\('.*'(::text)?\)::(date|time|timetz|timestamp|timestamptz)\)::text", query):
        if ours[:8] == theirs[:8] == "ERROR 22":  # whether it is no date or one out of range
            return True
    if theirs.startswith("ERROR XX000"):  # an internal error is no answer to compare with
        return True
    return '"timezone"' in query and ours.startswith("ERROR 22023 time zone")
