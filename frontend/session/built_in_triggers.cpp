#include "built_in_triggers.h"

#include <string>

namespace session {
namespace {

constexpr std::string_view kSuppressRedundantUpdates = R"(
begin
  if tg_op <> 'UPDATE' then
    raise exception using errcode = '39P01', message = 'suppress_redundant_updates_trigger: must be called on update';
  elsif tg_when <> 'BEFORE' then
    raise exception using errcode = '39P01', message = 'suppress_redundant_updates_trigger: must be called before update';
  elsif tg_level <> 'ROW' then
    raise exception using errcode = '39P01', message = 'suppress_redundant_updates_trigger: must be called for each row';
  end if;
  if new operator(pg_catalog.*=) old then return null; end if;
  return new;
end)";

// tsvector_update_trigger() and its like: what stands before and after the choice of the configuration.
constexpr std::string_view kTsvectorBegin = R"(
declare
  names constant pg_catalog.name[] := (select pg_catalog.array_agg(attname order by attnum) from pg_catalog.pg_attribute
    where attrelid = tg_relid and attnum > 0 and not attisdropped);
  configuration pg_catalog.regconfig;
  kind pg_catalog.regtype;
  content pg_catalog.text;
  document pg_catalog.text := '';
begin
  if tg_level <> 'ROW' then
    raise exception 'tsvector_update_trigger: must be fired for row';
  elsif tg_when <> 'BEFORE' then
    raise exception 'tsvector_update_trigger: must be fired BEFORE event';
  elsif tg_op not in ('INSERT', 'UPDATE') then
    raise exception 'tsvector_update_trigger: can''t process %', tg_op;
  elsif tg_nargs < 3 then
    raise exception 'tsvector_update_trigger: arguments must be tsvector_field, ts_config, text_field1, ...)';
  elsif tg_argv[0] <> all (names) then
    raise exception using errcode = '42703', message = pg_catalog.format('tsvector column "%s" does not exist', tg_argv[0]);
  end if;
  select atttypid into kind from pg_catalog.pg_attribute where attrelid = tg_relid and attname = tg_argv[0];
  if kind <> 'pg_catalog.tsvector'::pg_catalog.regtype then
    raise exception using errcode = '42804', message = pg_catalog.format('column "%s" is not of tsvector type', tg_argv[0]);
  end if;
)";

// tg_argv[1] is its name,
constexpr std::string_view kNamedConfiguration = R"(
  if pg_catalog.strpos(tg_argv[1], '.') = 0 then
    raise exception using errcode = '22023',
      message = pg_catalog.format('text search configuration name "%s" must be schema-qualified', tg_argv[1]);
  end if;
  configuration := tg_argv[1]::pg_catalog.regconfig;)";

// or the column that has it.
constexpr std::string_view kConfigurationOfColumn = R"(
  if tg_argv[1] <> all (names) then
    raise exception using errcode = '42703', message = pg_catalog.format('configuration column "%s" does not exist', tg_argv[1]);
  end if;
  select atttypid into kind from pg_catalog.pg_attribute where attrelid = tg_relid and attname = tg_argv[1];
  if kind <> 'pg_catalog.regconfig'::pg_catalog.regtype then
    raise exception using errcode = '42804', message = pg_catalog.format('column "%s" is not of regconfig type', tg_argv[1]);
  end if;
  execute pg_catalog.format('select ($1).%I', tg_argv[1]) into configuration using new;
  if configuration is null then
    raise exception using errcode = '22004', message = pg_catalog.format('configuration column "%s" must not be null', tg_argv[1]);
  end if;)";

constexpr std::string_view kTsvectorEnd = R"(
  for i in 2 .. tg_nargs - 1 loop
    if tg_argv[i] <> all (names) then
      raise exception using errcode = '42703', message = pg_catalog.format('column "%s" does not exist', tg_argv[i]);
    end if;
    select atttypid into kind from pg_catalog.pg_attribute where attrelid = tg_relid and attname = tg_argv[i];
    if (select typcategory <> 'S' from pg_catalog.pg_type where oid = kind) then
      raise exception using errcode = '42804', message = pg_catalog.format('column "%s" is not of a character type', tg_argv[i]);
    end if;
    execute pg_catalog.format('select ($1).%I::pg_catalog.text', tg_argv[i]) into content using new;
    if content is not null then document := document || content || ' '; end if;
  end loop;
  return pg_catalog.jsonb_populate_record(
    new, pg_catalog.jsonb_build_object(tg_argv[0], pg_catalog.to_tsvector(configuration, document)::pg_catalog.text));
end)";

std::string tsvector_update(std::string_view configuration) {
  std::string body(kTsvectorBegin);
  body += configuration;
  body += kTsvectorEnd;
  return body;
}

}  // namespace

std::optional<std::string_view> built_in_trigger_body(std::string_view source) {
  static const std::string by_name = tsvector_update(kNamedConfiguration);
  static const std::string by_column = tsvector_update(kConfigurationOfColumn);
  if (source == "suppress_redundant_updates_trigger") return kSuppressRedundantUpdates;
  if (source == "tsvector_update_trigger_byid") return by_name;
  if (source == "tsvector_update_trigger_bycolumn") return by_column;
  return std::nullopt;
}

}  // namespace session
