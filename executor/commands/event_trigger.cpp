#include "event_trigger.h"

#include <algorithm>
#include <array>

#include "catalog/object_columns.h"
#include "commands/event_triggers.h"
#include "query/statements.h"
#include "rights.h"
#include "routine_lookup.h"
#include "unqualified_object.h"
#include "written_name.h"

namespace commands {
namespace {

namespace triggers = catalog::pg_event_trigger;

constexpr Oid kEventTriggerType = 3838;  // pg_type

constexpr std::string_view kEvents[] = {"ddl_command_start", "ddl_command_end", "sql_drop", "table_rewrite"};

// Tags that event triggers are for.
constexpr std::string_view kTags[] = {
    "ALTER ACCESS METHOD", "ALTER AGGREGATE", "ALTER CAST", "ALTER COLLATION", "ALTER CONSTRAINT", "ALTER CONVERSION",
    "ALTER DEFAULT PRIVILEGES", "ALTER DOMAIN", "ALTER EXTENSION", "ALTER FOREIGN DATA WRAPPER", "ALTER FOREIGN TABLE",
    "ALTER FUNCTION", "ALTER INDEX", "ALTER LANGUAGE", "ALTER LARGE OBJECT", "ALTER MATERIALIZED VIEW", "ALTER OPERATOR",
    "ALTER OPERATOR CLASS", "ALTER OPERATOR FAMILY", "ALTER POLICY", "ALTER PROCEDURE", "ALTER PUBLICATION",
    "ALTER ROUTINE", "ALTER RULE", "ALTER SCHEMA", "ALTER SEQUENCE", "ALTER SERVER", "ALTER STATISTICS",
    "ALTER SUBSCRIPTION", "ALTER TABLE", "ALTER TEXT SEARCH CONFIGURATION", "ALTER TEXT SEARCH DICTIONARY",
    "ALTER TEXT SEARCH PARSER", "ALTER TEXT SEARCH TEMPLATE", "ALTER TRANSFORM", "ALTER TRIGGER", "ALTER TYPE",
    "ALTER USER MAPPING", "ALTER VIEW", "COMMENT", "CREATE ACCESS METHOD", "CREATE AGGREGATE", "CREATE CAST",
    "CREATE COLLATION", "CREATE CONSTRAINT", "CREATE CONVERSION", "CREATE DOMAIN", "CREATE EXTENSION",
    "CREATE FOREIGN DATA WRAPPER", "CREATE FOREIGN TABLE", "CREATE FUNCTION", "CREATE INDEX", "CREATE LANGUAGE",
    "CREATE MATERIALIZED VIEW", "CREATE OPERATOR", "CREATE OPERATOR CLASS", "CREATE OPERATOR FAMILY", "CREATE POLICY",
    "CREATE PROCEDURE", "CREATE PUBLICATION", "CREATE ROUTINE", "CREATE RULE", "CREATE SCHEMA", "CREATE SEQUENCE",
    "CREATE SERVER", "CREATE STATISTICS", "CREATE SUBSCRIPTION", "CREATE TABLE", "CREATE TABLE AS",
    "CREATE TEXT SEARCH CONFIGURATION", "CREATE TEXT SEARCH DICTIONARY", "CREATE TEXT SEARCH PARSER",
    "CREATE TEXT SEARCH TEMPLATE", "CREATE TRANSFORM", "CREATE TRIGGER", "CREATE TYPE", "CREATE USER MAPPING",
    "CREATE VIEW", "DROP ACCESS METHOD", "DROP AGGREGATE", "DROP CAST", "DROP COLLATION", "DROP CONSTRAINT",
    "DROP CONVERSION", "DROP DOMAIN", "DROP EXTENSION", "DROP FOREIGN DATA WRAPPER", "DROP FOREIGN TABLE",
    "DROP FUNCTION", "DROP INDEX", "DROP LANGUAGE", "DROP MATERIALIZED VIEW", "DROP OPERATOR", "DROP OPERATOR CLASS",
    "DROP OPERATOR FAMILY", "DROP OWNED", "DROP POLICY", "DROP PROCEDURE", "DROP PUBLICATION", "DROP ROUTINE",
    "DROP RULE", "DROP SCHEMA", "DROP SEQUENCE", "DROP SERVER", "DROP STATISTICS", "DROP SUBSCRIPTION", "DROP TABLE",
    "DROP TEXT SEARCH CONFIGURATION", "DROP TEXT SEARCH DICTIONARY", "DROP TEXT SEARCH PARSER",
    "DROP TEXT SEARCH TEMPLATE", "DROP TRANSFORM", "DROP TRIGGER", "DROP TYPE", "DROP USER MAPPING", "DROP VIEW", "GRANT",
    "IMPORT FOREIGN SCHEMA", "REFRESH MATERIALIZED VIEW", "REVOKE", "SECURITY LABEL", "SELECT INTO"};

// Tags of what event triggers are not for.
constexpr std::string_view kOtherTags[] = {
    "ALTER DATABASE", "ALTER EVENT TRIGGER", "ALTER ROLE", "ALTER SYSTEM", "ALTER TABLESPACE", "ANALYZE", "BEGIN", "CALL",
    "CHECKPOINT", "CLOSE", "CLOSE CURSOR", "CLOSE CURSOR ALL", "CLUSTER", "COMMIT", "COMMIT PREPARED", "COPY",
    "COPY FROM", "CREATE DATABASE", "CREATE EVENT TRIGGER", "CREATE ROLE", "CREATE TABLESPACE", "DEALLOCATE",
    "DEALLOCATE ALL", "DECLARE CURSOR", "DELETE", "DISCARD", "DISCARD ALL", "DISCARD PLANS", "DISCARD SEQUENCES",
    "DISCARD TEMP", "DO", "DROP DATABASE", "DROP EVENT TRIGGER", "DROP REPLICATION SLOT", "DROP ROLE", "DROP TABLESPACE",
    "EXECUTE", "EXPLAIN", "FETCH", "GRANT ROLE", "INSERT", "LISTEN", "LOAD", "LOCK TABLE", "MERGE", "MOVE", "NOTIFY",
    "PREPARE", "PREPARE TRANSACTION", "REASSIGN OWNED", "REINDEX", "RELEASE", "RESET", "REVOKE ROLE", "ROLLBACK",
    "ROLLBACK PREPARED", "SAVEPOINT", "SELECT", "SELECT FOR KEY SHARE", "SELECT FOR NO KEY UPDATE", "SELECT FOR SHARE",
    "SELECT FOR UPDATE", "SET", "SET CONSTRAINTS", "SHOW", "START TRANSACTION", "TRUNCATE TABLE", "UNLISTEN", "UPDATE",
    "VACUUM"};

constexpr std::string_view kRewritingTags[] = {"ALTER MATERIALIZED VIEW", "ALTER TABLE", "ALTER TYPE"};

std::string upper_word(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c); });
  return text;
}

bool is_among(std::span<const std::string_view> tags, const std::string& tag) {
  return std::ranges::find(tags, std::string_view(tag)) != tags.end();
}

std::vector<std::string> tags_of(const query::CreateEventTrigger& s) {
  std::vector<std::string> tags;
  bool seen = false;
  for (const query::CreateEventTrigger::Filter& filter : s.filters) {
    if (filter.variable != "tag") throw SqlError("42601", "unrecognized filter variable \"" + filter.variable + "\"");
    if (seen) throw SqlError("42601", "filter variable \"" + filter.variable + "\" specified more than once");
    seen = true;
    for (const std::string& value : filter.values) {
      const std::string tag = upper_word(value);
      const bool known = is_among(kTags, tag);
      if (!known && !is_among(kOtherTags, tag))
        throw SqlError("42601", "filter value \"" + value + "\" not recognized for filter variable \"tag\"");
      if (!(s.event == "table_rewrite" ? is_among(kRewritingTags, tag) : known))
        throw SqlError("0A000", "event triggers are not supported for " + value);
      tags.push_back(tag);
    }
  }
  return tags;
}

// Shared by all databases, or an event trigger itself.
bool is_watched(query::ObjectKind kind) {
  using K = query::ObjectKind;
  return kind != K::database && kind != K::role && kind != K::tablespace && kind != K::event_trigger && kind != K::parameter;
}

}  // namespace

void create_event_trigger(Ddl& ddl, const query::CreateEventTrigger& s) {
  if (!is_superuser(ddl))
    throw SqlError("42501", "permission denied to create event trigger \"" + s.name + "\"")
        .with_hint("Must be superuser to create an event trigger.");
  if (std::ranges::find(kEvents, s.event) == std::end(kEvents))
    throw SqlError("42601", "unrecognized event name \"" + s.event + "\"");
  const std::vector<std::string> tags = tags_of(s);
  const catalog::UnqualifiedCatalog& objects = *catalog::unqualified_catalog(triggers::kOid);
  if (find_unqualified(ddl, objects, s.name)) throw SqlError("42710", "event trigger \"" + s.name + "\" already exists");
  query::ObjectReference reference;
  reference.schema = s.function.schema;
  reference.name = s.function.name;
  reference.has_arguments = true;
  const catalog::FunctionInfo& function = *find_routine(ddl, query::ObjectKind::function, reference, false);
  if (function.result != kEventTriggerType)
    throw SqlError("42P17", "function " + written_name(s.function) + " must return type event_trigger");
  const ObjectAddress self{triggers::kOid, ddl.writer().allocate_oid(), 0};
  RowBuilder row = ddl.writer().row(self.catalog);
  row.set(triggers::oid, self.oid);
  row.set(triggers::evtname, s.name);
  row.set(triggers::evtevent, s.event);
  row.set(triggers::evtowner, ddl.catalog().user());
  row.set(triggers::evtfoid, function.oid);
  row.set(triggers::evtenabled, 'O');
  if (!tags.empty()) row.set(triggers::evttags, std::span<const std::string>(tags));
  ddl.writer().insert(row);
  ddl.depend(self, {pg_proc::kOid, function.oid, 0}, Dependency::normal);
}

void alter_event_trigger(Ddl& ddl, const query::AlterEventTrigger& s) {
  const ObjectAddress trigger = owned_unqualified(ddl, query::ObjectKind::event_trigger, s.name);
  RowBuilder row = ddl.writer().row(triggers::kOid);
  row.set(triggers::evtenabled, s.state);
  ddl.writer().update_one(0, {key_oid(trigger.oid)}, row);
}

std::vector<EventTrigger> event_triggers(catalog::SessionCatalog& catalog) {
  std::vector<EventTrigger> found;
  const RelationPtr table = catalog.relation(triggers::kOid);
  const transaction::View view = catalog.take_view(false);
  for (RowReader rows(view, *table, 0, catalog::Key{}); rows.next();) {
    const Row row = rows.row();
    found.push_back({row.oid(triggers::oid), row.oid(triggers::evtfoid), row.string(triggers::evtname),
                     row.string(triggers::evtevent), row.letter(triggers::evtenabled), row.strings(triggers::evttags)});
  }
  std::ranges::sort(found, {}, &EventTrigger::name);
  return found;
}

bool fires_events(const query::Statement& statement) {
  if (const auto* s = std::get_if<query::Drop>(&statement.node)) return is_watched(s->kind);
  if (const auto* s = std::get_if<query::Rename>(&statement.node)) return is_watched(s->kind);
  if (const auto* s = std::get_if<query::SetOwner>(&statement.node)) return is_watched(s->kind);
  if (const auto* s = std::get_if<query::Comment>(&statement.node)) return is_watched(s->kind);
  if (const auto* s = std::get_if<query::Grant>(&statement.node)) return is_watched(s->kind);
  return is_among(kTags, std::string(query::command_tag(statement)));
}

}  // namespace commands
