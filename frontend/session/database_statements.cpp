#include "database_statements.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "catalog/acl.h"
#include "commands/database_options.h"
#include "database/find_database.h"
#include "database_locale.h"
#include "moments.h"
#include "session_statements.h"
#include "types/ascii.h"
#include "types/sql_error.h"

namespace session {
namespace {

using types::SqlError;

// Options of CREATE DATABASE that were given, DEFAULT not among them.
using Given = std::map<std::string_view, const query::Option*>;

Given given_options(const query::CreateDatabase& statement) {
  static constexpr std::string_view kKnown[] = {
      "template", "owner", "is_template", "allow_connections", "connection_limit", "encoding", "lc_collate",
      "lc_ctype", "locale", "icu_locale", "locale_provider", "collation_version", "tablespace", "strategy",
      "as_of", "expires"};
  std::set<std::string_view> seen;
  Given given;
  for (const auto& option : statement.options) {
    if (std::ranges::find(kKnown, option.name) == std::end(kKnown))
      throw SqlError("42601", fmt::format("option \"{}\" not recognized", option.name)).at(option.location);
    if (!seen.insert(option.name).second)
      throw SqlError("42601", "conflicting or redundant options").at(option.location);
    const bool is_default =
        !option.has_value || (types::lower_ascii(option.value()) == "default" && !option.value_is_string);
    if (!is_default) given.emplace(option.name, &option);
  }
  return given;
}

}  // namespace

std::string run_create_database(SessionState& session, const query::CreateDatabase& statement,
                                const RunOptions& options) {
  require_no_block(session, options, "CREATE DATABASE");
  require_writable(session, "CREATE DATABASE");
  database::CreateOptions create;
  create.name = statement.name;
  create.owner = session.catalog->user();
  const Given given = given_options(statement);
  const auto find = [&](std::string_view name) -> const query::Option* {
    const auto found = given.find(name);
    return found == given.end() ? nullptr : found->second;
  };
  if (const auto* option = find("owner")) {
    create.owner = session.catalog->find_role(option->value());
    if (create.owner == 0) throw SqlError("42704", fmt::format("role \"{}\" does not exist", option->value()));
  }
  if (const auto* option = find("template")) create.template_name = option->value();
  const DatabaseLocale locale{.encoding = find("encoding"),
                              .locale = find("locale"),
                              .collate = find("lc_collate"),
                              .ctype = find("lc_ctype"),
                              .provider = find("locale_provider"),
                              .icu_locale = find("icu_locale")};
  locale.check_names();
  if (const auto* option = find("is_template")) create.is_template = commands::boolean_option(*option);
  if (const auto* option = find("allow_connections")) create.allow_connections = commands::boolean_option(*option);
  if (const auto* option = find("connection_limit")) create.connection_limit = commands::connection_limit(*option);
  if (const auto* option = find("as_of")) create.at = parse_moment(session, option->value());
  if (const auto* option = find("expires")) create.expires_us = parse_expiry(session, option->value());
  const auto& catalog = session.catalog;
  const catalog::RoleInfo* self = catalog->role(catalog->user());
  if (self == nullptr || (!self->superuser && !self->create_database))
    throw SqlError("42501", "permission denied to create database");
  if (!catalog::is_member_of(*catalog, catalog->user(), create.owner))
    throw SqlError("42501", fmt::format("must be member of role \"{}\"", catalog->role_name(create.owner)));
  const auto source = database::find_database(session.cluster, create.template_name);
  if (!source) throw SqlError("3D000", fmt::format("template database \"{}\" does not exist", create.template_name));
  if (!source->is_template && !catalog->has_privileges_of(catalog->user(), source->owner))
    throw SqlError("42501", fmt::format("permission denied to copy database \"{}\"", source->name));
  // Which strategy is taken does not matter: nothing is copied.
  if (const auto* option = find("strategy"); option && types::lower_ascii(option->value()) != "wal_log" &&
                                             types::lower_ascii(option->value()) != "file_copy")
    throw SqlError("22023", fmt::format("invalid create database strategy \"{}\"", option->value()))
        .with_hint("Valid strategies are \"wal_log\" and \"file_copy\".");
  locale.check_template(source->name == "template0");
  if (const auto* option = find("tablespace"); option && option->value() != "pg_default") {
    if (option->value() == "pg_global") throw SqlError("22023", "pg_global cannot be used as default tablespace");
    throw SqlError("42704", fmt::format("tablespace \"{}\" does not exist", option->value()));
  }
  session.block->commit();
  session.cluster.create(create);
  return "CREATE DATABASE";
}

void require_renamable_database(SessionState& session, const std::string& name) {
  if (name == session.use->name()) throw SqlError("0A000", "current database cannot be renamed");
  session.cluster.require_unused(name);
}

std::string run_drop_database(SessionState& session, const query::DropDatabase& statement,
                              const RunOptions& options) {
  require_no_block(session, options, "DROP DATABASE");
  require_writable(session, "DROP DATABASE");
  if (statement.name == session.use->name())
    throw SqlError("55006", "cannot drop the currently open database");
  if (const auto row = database::find_database(session.cluster, statement.name);
      row && !session.catalog->has_privileges_of(session.catalog->user(), row->owner))
    throw SqlError("42501", fmt::format("must be owner of database {}", row->name));
  if (statement.missing_ok && !database::find_database(session.cluster, statement.name)) {
    session.notice(protocol::Severity::notice,
                   SqlError("00000", fmt::format("database \"{}\" does not exist, skipping", statement.name)));
    return "DROP DATABASE";
  }
  session.block->commit();
  session.cluster.drop(statement.name, statement.missing_ok, statement.force);
  return "DROP DATABASE";
}

}  // namespace session
