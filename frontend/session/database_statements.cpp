#include "database_statements.h"

#include <fmt/format.h>

#include "catalog/acl.h"
#include "commands/database_options.h"
#include "database/find_database.h"
#include "moments.h"
#include "session_statements.h"
#include "types/sql_error.h"

namespace session {
namespace {

using types::SqlError;

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

// What is fixed here: UTF-8 and the C locale. Other values are refused, not ignored.
void require_one_of(const query::Option& option, std::initializer_list<std::string_view> allowed) {
  auto value = lower(option.value());
  for (auto candidate : allowed)
    if (value == candidate) return;
  throw SqlError::not_supported(fmt::format("database option {} = {}", option.name, option.value()));
}

}  // namespace

std::string run_create_database(SessionState& session, const query::CreateDatabase& statement,
                                const RunOptions& options) {
  require_no_block(session, options, "CREATE DATABASE");
  require_writable(session, "CREATE DATABASE");
  database::CreateOptions create;
  create.name = statement.name;
  create.owner = session.catalog->user();
  for (const auto& option : statement.options) {
    const auto& name = option.name;
    bool is_default = option.has_value && lower(option.value()) == "default" && !option.value_is_string;
    if (is_default) continue;
    if (name == "template") create.template_name = option.value();
    else if (name == "owner") {
      create.owner = session.catalog->find_role(option.value());
      if (create.owner == 0)
        throw SqlError("42704", fmt::format("role \"{}\" does not exist", option.value()));
    } else if (name == "is_template") create.is_template = commands::boolean_option(option);
    else if (name == "allow_connections") create.allow_connections = commands::boolean_option(option);
    else if (name == "connection_limit") create.connection_limit = commands::connection_limit(option);
    else if (name == "encoding") require_one_of(option, {"utf8", "utf-8", "unicode", "6"});
    else if (name == "lc_collate" || name == "lc_ctype" || name == "locale")
      require_one_of(option, {"c", "posix"});
    else if (name == "locale_provider") require_one_of(option, {"libc"});
    else if (name == "tablespace") require_one_of(option, {"pg_default"});
    else if (name == "strategy") require_one_of(option, {"wal_log", "file_copy"});
    else if (name == "as_of") create.at = parse_moment(session, option.value());
    else if (name == "expires") create.expires_us = parse_expiry(session, option.value());
    else
      throw SqlError("42601", fmt::format("option \"{}\" not recognized", name)).at(option.location);
  }
  const auto& catalog = session.catalog;
  const catalog::RoleInfo* self = catalog->role(catalog->user());
  if (self == nullptr || (!self->superuser && !self->create_database))
    throw SqlError("42501", "permission denied to create database");
  if (!catalog::is_member_of(*catalog, catalog->user(), create.owner))
    throw SqlError("42501", fmt::format("must be member of role \"{}\"", catalog->role_name(create.owner)));
  if (const auto row = database::find_database(session.cluster, create.template_name);
      row && !row->is_template && !catalog->has_privileges_of(catalog->user(), row->owner))
    throw SqlError("42501", fmt::format("permission denied to copy database \"{}\"", row->name));
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
  session.block->commit();
  session.cluster.drop(statement.name, statement.missing_ok, statement.force);
  return "DROP DATABASE";
}

}  // namespace session
