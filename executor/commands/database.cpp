#include "database.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "catalog/system_columns.h"
#include "commands/database_options.h"
#include "types/ascii.h"
#include "types/sql_error.h"

namespace commands {

namespace pg_database = catalog::pg_database;
using catalog::RowBuilder;
using catalog::RowReader;
using types::SqlError;

bool boolean_option(const query::Option& option) {
  std::string value = option.value();
  value = types::lower_ascii(value);
  if (!option.has_value || value == "true" || value == "on" || value == "1") return true;
  if (value == "false" || value == "off" || value == "0") return false;
  throw SqlError("42601", fmt::format("{} requires a Boolean value", option.name)).at(option.location);
}

std::int32_t connection_limit(const query::Option& option) {
  std::int32_t limit = 0;
  const std::string& value = option.value();
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), limit);
  if (error != std::errc() || end != value.data() + value.size() || limit < -1) {
    throw SqlError("22023", fmt::format("invalid connection limit: {}", value));
  }
  return limit;
}

void alter_database(Ddl& ddl, const query::AlterDatabase& statement) {
  RowBuilder changed = ddl.writer().row(pg_database::kOid);
  std::set<std::string_view> seen;
  bool refuses_connections = false;
  for (const query::Option& option : statement.options) {
    if (!seen.insert(option.name).second) {
      throw SqlError("42601", "conflicting or redundant options").at(option.location);
    }
    if (option.name == "is_template") {
      changed.set(pg_database::datistemplate, boolean_option(option));
    } else if (option.name == "allow_connections") {
      refuses_connections = !boolean_option(option);
      changed.set(pg_database::datallowconn, !refuses_connections);
    } else if (option.name == "connection_limit") {
      changed.set(pg_database::datconnlimit, connection_limit(option));
    } else if (option.name == "tablespace") {
      throw SqlError::not_supported("ALTER DATABASE SET TABLESPACE");
    } else {
      throw SqlError("42601", fmt::format("option \"{}\" not recognized", option.name)).at(option.location);
    }
  }
  RowReader rows = ddl.writer().read(pg_database::kOid, catalog::index::pg_database_datname_index,
                                     {catalog::key_text(statement.name)});
  if (!rows.next()) throw SqlError("3D000", fmt::format("database \"{}\" does not exist", statement.name));
  if (!ddl.owns(rows.row().oid(pg_database::datdba))) {
    throw SqlError("42501", fmt::format("must be owner of database {}", statement.name));
  }
  if (statement.refresh_collation_version) {
    ddl.notice("00000", "version has not changed");
    return;
  }
  if (refuses_connections && rows.row().oid(pg_database::oid) == ddl.catalog().database_oid()) {
    throw SqlError("22023", "cannot disallow connections for current database");
  }
  if (!statement.options.empty()) ddl.writer().update(rows.row(), changed);
}

void require_may_rename_database(Ddl& ddl, const std::string& new_name) {
  const catalog::RoleInfo* self = ddl.catalog().role(ddl.catalog().user());
  if (self == nullptr || (!self->superuser && !self->create_database)) {
    throw SqlError("42501", "permission denied to rename database");
  }
  RowReader rows = ddl.writer().read(pg_database::kOid, catalog::index::pg_database_datname_index,
                                     {catalog::key_text(new_name)});
  if (rows.next()) throw SqlError("42P04", fmt::format("database \"{}\" already exists", new_name));
}

}  // namespace commands
