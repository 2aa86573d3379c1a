#!/usr/bin/env python3
"""Records what PostgreSQL 15 answers to the calls in cases/*.txt, into cases/*.tsv.

usage: record_cases.py [libpq connection string]      (needs psql and a PostgreSQL 15)

A case is one line:  name(type,type) | argument | argument     (NULL is a null)
`::type | text` reads a value and writes it again: <::> <type> <typmod> <text> <=...>.
`sum!(int4) | 1 | 2 | NULL` aggregates rows (arguments of a row separated by ;).
`@ setting = value` sets a setting from there on; `#` is a comment. The unit test replays the
recorded calls: <prosrc> <result type> <argument types> <arguments ...> <=value or !SQLSTATE message>,
with tabs between.
"""
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent / "cases"
SETUP = r"""
set client_min_messages = error;
create or replace function pg_temp.attempt(expression text) returns text language plpgsql as $$
declare r text;
begin
  execute 'select case when x is null then ''\N'' else ''='' || concat(x) end from (select '
          || expression || ' as x) s' into r;
  return r;
exception when others then
  return '!' || sqlstate || ' ' || sqlerrm;
end $$;
create or replace function pg_temp.record(signature text, arguments text[]) returns text language plpgsql as $$
declare
  p record; call text := ''; types text := ''; result text; i int; t oid;
begin
  select * into strict p from pg_proc where oid = signature::regprocedure;
  for i in 1 .. coalesce(array_length(arguments, 1), 0) loop
    t := case when i - 1 < p.pronargs then p.proargtypes[i - 1] else p.proargtypes[p.pronargs - 1] end;
    if t in (2283, 2776, 2276, 5077, 5079) then t := 25; end if;
    if t in (2277, 5078) then t := 1007; end if;
    call := call || case when i > 1 then ', ' else '' end || quote_nullable(arguments[i]) || '::' || format_type(t, -1);
    types := types || case when i > 1 then ',' else '' end || t::text;
  end loop;
  -- the types the call has in the test
  result := pg_temp.attempt(quote_ident(p.proname) || '(' || call || ')');
  t := p.prorettype;
  if t in (2283, 2776) then t := 25; elsif t in (2277, 5078) then t := 1007; end if;
  return concat_ws(E'\t', p.prosrc, t, types) ||
         coalesce((select string_agg(E'\t' || coalesce(replace(replace(replace(a, '\', '\\'), E'\n', '\n'), E'\t', '\t'), '\N'), '' order by n)
                   from unnest(arguments) with ordinality u(a, n)), '') ||
         E'\t' || case when result = '\N' then result
                  else replace(replace(replace(result, '\', '\\'), E'\n', '\n'), E'\t', '\t') end;
end $$;
create or replace function pg_temp.record_io(type text, value text) returns text language plpgsql as $$
declare
  result text; t oid; m int;
begin
  execute 'drop table if exists pg_temp.io_probe';
  execute 'create temp table io_probe (c ' || type || ')';
  select atttypid, atttypmod into t, m from pg_attribute
    where attrelid = 'pg_temp.io_probe'::regclass and attname = 'c';
  result := pg_temp.attempt(quote_literal(value) || '::' || type);
  return concat_ws(E'\t', '::', t, m, replace(replace(replace(value, '\', '\\'), E'\n', '\n'), E'\t', '\t'),
                   replace(replace(replace(result, '\', '\\'), E'\n', '\n'), E'\t', '\t'));
end $$;
create or replace function pg_temp.record_aggregate(signature text, list text[]) returns text language plpgsql as $$
declare
  p record; call text := ''; types text := ''; result text; i int; t oid;
begin
  select * into strict p from pg_proc where oid = signature::regprocedure;
  for i in 1 .. p.pronargs loop
    t := p.proargtypes[i - 1];
    if t in (2283, 2776, 2276) then t := 25; elsif t = 2277 then t := 1007; end if;
    call := call || case when i > 1 then ', ' else '' end ||
            format('nullif(split_part(x, '';'', %s), ''NULL'')::%s', i, format_type(t, -1));
    types := types || case when i > 1 then ',' else '' end || t::text;
  end loop;
  if p.pronargs = 0 then call := '*'; end if;
  result := pg_temp.attempt(format('(select %I(%s) from unnest(%L::text[]) x)', p.proname, call, list));
  t := p.prorettype;
  if t in (2283, 2776) then t := 25; elsif t in (2277, 5078) then
    t := case p.proargtypes[0] when 2277 then 1007 else 1009 end; end if;
  return concat_ws(E'\t', '!' || p.oid, t, types) ||
         coalesce((select string_agg(E'\t' || a, '' order by n) from unnest(list) with ordinality u(a, n)), '') ||
         E'\t' || replace(replace(replace(result, '\', '\\'), E'\n', '\n'), E'\t', '\t');
end $$;
"""


def literal(text):
    if text == "NULL":
        return "NULL"
    text = text.replace("\\n", "\n").replace("\\t", "\t")
    return "'" + text.replace("'", "''") + "'"


def record(path, connection):
    script = [SETUP]
    settings = []
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("@"):
            name, value = (part.strip() for part in line[1:].split("=", 1))
            script.append(f"set {name} = {literal(value)};")
            script.append(f"select E'@\\t{name}\\t{value}';")
            continue
        # A bar inside an argument is written \|.
        parts = [p.strip(" ").replace("\0", "|") for p in line.replace("\\|", "\0").split("|")]
        # Quotes keep spaces at the ends.
        arguments = [p[1:-1] if len(p) >= 2 and p[0] == '"' and p[-1] == '"' and p != '"' else p
                     for p in parts[1:]]
        if parts[0].startswith("::"):
            script.append(f"select pg_temp.record_io({literal(parts[0][2:])}, {literal(arguments[0])});")
            continue
        if "!(" in parts[0]:
            array = "array[" + ",".join("'" + a.replace("'", "''") + "'" for a in arguments) + "]::text[]"
            signature = literal(parts[0].replace("!(", "("))
            script.append(f"select pg_temp.record_aggregate({signature}, {array});")
            continue
        array = "array[" + ",".join(literal(a) for a in arguments) + "]::text[]"
        script.append(f"select pg_temp.record({literal(parts[0])}, {array});")
    run = subprocess.run(["psql", "-X", "-At", "-q", "-d", connection],
                         input="\n".join(script), capture_output=True, text=True)
    if run.stderr:
        print(path.name, run.stderr, file=sys.stderr)
    path.with_suffix(".tsv").write_text(run.stdout)


for path in sorted(HERE.glob("*.txt")):
    record(path, sys.argv[1] if len(sys.argv) > 1 else "dbname=postgres")
