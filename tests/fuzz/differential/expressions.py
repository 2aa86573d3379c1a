"""Typed expressions over a scope: columns, constants, and templates whose {type} places are filled in turn.

The templates fail seldom and give values that are equal only when they print alike; what fails is for calls.py.
"""
import random

from node import Node, expression, fill
from values import TAME, literal

TYPES = ["int4", "int8", "numeric", "float8", "text", "bool", "date", "timestamp", "timestamptz", "interval", "uuid", "jsonb",
         "int4[]", "text[]", "mood", "int4range", "pair", "bytea", "int2", "time"]
WEIGHTED = ["int4"] * 6 + ["text"] * 5 + ["int8", "numeric", "float8", "bool", "date"] * 2 + TYPES

TEMPLATES = {
    "int4": ["({int4} + {int4})", "({int4} - {int4})", "({int4} * 2)", "(-{int4})", "abs({int4})", "({int4} % 7)", "({int4} / 3)",
             "length({text})", "octet_length({text})", "ascii({text})", "strpos({text}, {text})", "cardinality({int4[]})",
             "array_length({text[]}, 1)", "({int4[]})[1]", "({int4[]})[{int4}]", "lower({int4range})", "upper({int4range})",
             "({pair}).a", "extract(year from {date})::int4", "extract(dow from {timestamp})::int4", "array_position({int4[]}, {int4})",
             "jsonb_array_length(jsonb_build_array({jsonb}, {int4}))", "sign({int4})::int4", "({int4} & {int4})",
             "({date} - {date})", "({int2})::int4", "({bool})::int4", "width_bucket({int4}, 0, 100, 7)", "num_nulls({text}, {int4})",
             "length({bytea})", "array_upper({int4[]}, 1)", "position({text} in {text})", "regexp_count({text}, '[ab]')", "mod({int4}, 4)"],
    "int2": ["({int2})", "least({int2}, 100::int2)", "({int4} % 100)::int2"],
    "int8": ["({int8} + {int4})", "({int8} - {int8})", "({int4})::int8", "({int8} % 1000)", "abs({int8})", "({int4}::int8 * {int4})", "bit_length({text})::int8"],
    "numeric": ["({numeric} + {numeric})", "({numeric} - {int4})", "({numeric} * {int4})", "abs({numeric})", "({int4})::numeric", "round({numeric}, 1)",
                "floor({numeric})", "ceil({numeric})", "trunc({numeric})", "extract(epoch from {interval})", "extract(month from {date})", "({int8})::numeric", "sign({numeric})"],
    "float8": ["({float8} + {float8})", "({float8} * 2)", "({int4})::float8", "abs({float8})", "floor({float8})", "sqrt(abs({float8}))", "({numeric})::float8", "atan2({float8}, 2)"],
    "text": ["({text} || {text})", "upper({text})", "lower({text})", "substr({text}, 1, 2)", "substring({text} from {int4})", "trim({text})", "ltrim({text}, 'a')",
             "replace({text}, 'a', {text})", "reverse({text})", "left({text}, 2)", "right({text}, {int4})", "({int4})::text", "({date})::text",
             "({mood})::text", "concat({text}, {int4}, {bool})", "concat_ws('-', {text}, {text})", "({text[]})[1]", "({text[]})[2]", "split_part({text}, ' ', 1)",
             "({pair}).b", "{jsonb} ->> 'a'", "jsonb_typeof({jsonb})", "md5({text})", "array_to_string({text[]}, ',', '*')", "initcap({text})", "({uuid})::text",
             "to_char({date}, 'YYYY-MM-DD Dy')", "encode({bytea}, 'hex')", "regexp_replace({text}, '[ab]', 'X')", "quote_literal({text})", "translate({text}, 'ab', 'xy')",
             "({text})::varchar(2)::text", "format('%s-%s', {text}, {int4})", "lpad({text}, 4, '*')", "({int4range})::text", "({text} collate \"C\")", "({int4[]})::text"],
    "date": ["({date} + {int4})", "({date} - 7)", "({timestamp})::date", "greatest({date}, {date})", "make_date(2020, 1 + abs({int4} % 12), 3)"],
    "time": ["({timestamp})::time", "({time})"],
    "timestamp": ["({timestamp} + {interval})", "date_trunc('month', {timestamp})", "({date})::timestamp", "({timestamptz} at time zone 'UTC')", "({date} + {time})"],
    "timestamptz": ["({timestamptz} - {interval})", "date_trunc('day', {timestamptz})", "({timestamp} at time zone 'America/New_York')", "({date})::timestamptz"],
    "interval": ["(-{interval})", "({interval} * 1)"],
    "uuid": ["({uuid})", "coalesce({uuid}, '00000000-0000-0000-0000-000000000001')"],
    "jsonb": ["({jsonb} -> 'a')", "({jsonb} -> 0)", "({jsonb} #> '{a,b}')".replace("{a,b}", "{{a,b}}"), "to_jsonb({int4})", "to_jsonb({text})", "jsonb_build_object('k', {int4}, 'v', {text})",
              "jsonb_build_array({int4}, {text}, {bool})", "({jsonb} || {jsonb})", "to_jsonb({text[]})", "jsonb_strip_nulls({jsonb})", "to_jsonb({pair})",
              "jsonb_path_query_first({jsonb}, '$.a')", "to_jsonb({date})"],
    "int4[]": ["({int4[]} || {int4})", "({int4[]} || {int4[]})", "array[{int4}, {int4}]", "array_append({int4[]}, {int4})", "array_remove({int4[]}, {int4})",
               "({int4[]})[1:2]", "array_replace({int4[]}, 1, {int4})", "array_prepend({int4}, {int4[]})"],
    "text[]": ["({text[]} || {text})", "array[{text}, {text}]", "array_cat({text[]}, {text[]})", "string_to_array({text}, ' ')", "({text[]})[2:]", "regexp_split_to_array({text}, 'b')"],
    "mood": ["greatest({mood}, {mood})", "(case when {bool} then 'ok' else 'sad' end)::mood"],
    "int4range": ["({int4range} * {int4range})", "int4range(least({int4}, 5), 5)", "range_merge({int4range}, {int4range})"],
    "pair": ["row({int4}, {text})::pair", "({pair})"],
    "bytea": ["({bytea} || {bytea})", "convert_to({text}, 'UTF8')", "substr({bytea}, 1, 1)", "sha256({bytea})"],
    "bool": ["({bool} and {bool})", "({bool} or {bool})", "(not {bool})", "({bool} is true)", "({bool} is not false)", "({bool} is unknown)",
             "{text} like 'a%'", "{text} like '%b'", "{text} ilike {text} escape ''", "{text} ~ '^[ab]+$'", "{text} ~* 'A'", "starts_with({text}, {text})", "{text} similar to '(a|b)%'",
             "{int4} = any ({int4[]})", "{int4} > all ({int4[]})", "{text} = any ({text[]})", "{text} <> all ({text[]})", "{int4[]} @> {int4[]}", "{int4[]} && {int4[]}",
             "{text[]} <@ {text[]}", "{jsonb} ? 'a'", "{jsonb} @> {jsonb}", "{jsonb} ?| array['a','k']", "{int4range} @> {int4}", "{int4range} && {int4range}",
             "{int4range} << {int4range}", "isempty({int4range})", "({int4}, {text}) < ({int4}, {text})", "({int4}, {int4}) = ({int4}, {int4})",
             "({text}, {int4}) in (('a', 1), ('b', {int4}))", "{text} between {text} and {text}", "{int4} between symmetric {int4} and {int4}", "{int4} not between {int4} and {int8}",
             "{pair} = {pair}", "{pair} < {pair}", "{pair} is null", "{pair} is not null", "({date}, {date}) overlaps ({date}, {date})", "{date} < {timestamp}", "{timestamp} < {timestamptz}",
             "{int4} < {numeric}", "{int8} = {float8}", "{int2} <= {int8}", "{jsonb} @? '$.a ? (@ > 0)'", "row({int4}, {text}) is distinct from row({int4}, {text})",
             "{int4range} -|- {int4range}", "{text}::varchar = {text}", "{int4} in ({int4}, {int4}, 3)", "{text} not in ('a', {text})"],
}
COMPARED = [t for t in TYPES]
ANY = ["coalesce({T}, {T})", "nullif({T}, {T})", "case when {bool} then {T} else {T} end", "case {int4} when 1 then {T} when {int4} then {T} end",
       "greatest({T}, {T})", "least({T}, {T})", "(array[{T}, {T}])[1]", "coalesce({T}, {T}, {T})"]


class Expressions:
    """Makes expressions; `queries` gives subqueries to it (see queries.py)."""

    def __init__(self, r: random.Random):
        self.r = r
        self.nesting = 0

    def chance(self, percent):
        return self.r.random() * 100 < percent

    def constant(self, type):
        return expression(type, literal(None if self.chance(7) else self.r.choice(TAME[type]), type))

    def column(self, scope, type):
        fitting = [sql for sql, t in scope if t == type]
        return expression(type, self.r.choice(fitting)) if fitting else None

    def value(self, scope, type, depth=2):
        if depth <= 0 or self.chance(40):
            column = self.column(scope, type) if self.chance(82) else None
            return column or self.constant(type)
        if type == "bool":
            return self.condition(scope, depth)
        if self.nesting < 2 and self.chance(6):
            return self.scalar(scope, type)
        template = self.r.choice(ANY) if self.chance(20) else self.r.choice(TEMPLATES[type])
        return self.made(scope, type, template, depth)

    def made(self, scope, type, template, depth):
        template = template.replace("{T}", "{" + type + "}").replace("{{a,b}}", "\x01")
        parts = fill(template, lambda t: self.value(scope, t, depth - 1))
        return expression(type, *[p.replace("\x01", "{a,b}") if isinstance(p, str) else p for p in parts])

    def condition(self, scope, depth=2):
        if depth <= 0:
            return self.comparison(scope, 0)
        choice = self.r.random() * 100
        if choice < 45:
            return self.comparison(scope, depth - 1)
        if choice < 60 and self.nesting < 2:
            return self.r.choice([self.membership, self.existence, self.quantified])(scope)
        return self.made(scope, "bool", self.r.choice(TEMPLATES["bool"]), depth)

    def comparison(self, scope, depth):
        have = [t for _, t in scope if t in COMPARED]
        type = self.r.choice(have) if have and self.chance(85) else self.r.choice(WEIGHTED)
        left = self.column(scope, type) or self.value(scope, type, depth)
        form = self.r.random() * 100
        if form < 12:
            return expression("bool", "(", left, self.r.choice([" is null", " is not null"]), ")")
        if form < 24:
            items = [self.constant(type) for _ in range(self.r.randint(1, 9))]
            return expression("bool", "(", left, self.r.choice([" in (", " not in ("]), Node(*items, separator=", "), "))")
        if form < 32:
            return expression("bool", "(", left, self.r.choice([" is distinct from ", " is not distinct from "]), self.value(scope, type, depth), ")")
        operator = self.r.choice([" = ", " = ", " < ", " > ", " <= ", " >= ", " <> "])
        return expression("bool", "(", left, operator, self.value(scope, type, depth), ")")

    # Subqueries: queries.py overrides what makes them.
    def scalar(self, scope, type):
        return self.constant(type)

    def membership(self, scope):
        return self.comparison(scope, 1)

    existence = quantified = membership
