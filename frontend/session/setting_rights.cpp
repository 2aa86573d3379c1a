#include "setting_rights.h"

#include <algorithm>

#include <fmt/format.h>

#include "catalog/acl.h"
#include "catalog/named_objects.h"
#include "session_state.h"
#include "types/ascii.h"
#include "types/sql_error.h"

namespace session {

using types::SqlError;

namespace {

types::Oid role_or_throw(SessionState& session, std::string_view name) {
  types::Oid role = session.catalog->find_role(name);
  if (role == 0) throw SqlError("22023", fmt::format("role \"{}\" does not exist", name));
  return role;
}

// SET SESSION AUTHORIZATION: what counts is who logged in.
void require_may_authorize(SessionState& session, std::string_view name) {
  if (role_or_throw(session, name) != session.user && !session.superuser)
    throw SqlError("42501", fmt::format("permission denied to set session authorization \"{}\"", name));
}

// SET ROLE: to a role that the session user is a member of, directly or not.
void require_may_be(SessionState& session, std::string_view name) {
  const types::Oid wanted = role_or_throw(session, name);
  const std::string& authorized = session.settings.value("session_authorization");
  const types::Oid user = authorized == session.identity.user ? session.user
                                                              : session.catalog->find_role(authorized);
  if (!catalog::is_member_of(*session.catalog, user, wanted))
    throw SqlError("42501", fmt::format("permission denied to set role \"{}\"", name));
}

// The two that there always are.
bool is_tablespace(std::string_view name) { return name == "pg_default" || name == "pg_global"; }

void require_tablespaces(const SettingDefinition& setting, std::string_view value) {
  if (setting.name == "default_tablespace" && !value.empty() && !is_tablespace(value))
    throw SqlError("22023", fmt::format("invalid value for parameter \"{}\": \"{}\"", setting.name, value))
        .with_detail(fmt::format("Tablespace \"{}\" does not exist.", value));
  if (setting.name == "default_table_access_method" && value != "heap")
    throw SqlError("22023", fmt::format("invalid value for parameter \"{}\": \"{}\"", setting.name, value))
        .with_detail(value.empty() ? fmt::format("{} cannot be empty.", setting.name)
                                   : fmt::format("Table access method \"{}\" does not exist.", value));
  if (setting.name != "temp_tablespaces") return;
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    std::string_view name = types::trim(value.substr(0, comma));
    value.remove_prefix(std::min(comma + 1, value.size()));
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
    if (!name.empty() && !is_tablespace(name)) throw SqlError("42704", fmt::format("tablespace \"{}\" does not exist", name));
  }
}

}  // namespace

void require_may_set(SessionState& session, const SettingDefinition& setting, std::string_view value) {
  const bool role = setting.name == "role", authorization = setting.name == "session_authorization";
  if (role || authorization) {
    if (session.definer_depth > 0)
      throw SqlError("42501", fmt::format("cannot set parameter \"{}\" within security-definer function", setting.name));
    if (authorization) return require_may_authorize(session, value);
    if (value != "none") require_may_be(session, value);
    return;
  }
  if (setting.context == SettingDefinition::Context::superuser &&
      !session.catalog->is_superuser(session.catalog->user()) &&
      (catalog::held_on_parameter(*session.catalog, session.catalog->user(), types::lower_ascii(setting.name)).privileges &
       types::privilege::set) == 0)
    throw SqlError("42501", fmt::format("permission denied to set parameter \"{}\"", setting.name));
}

std::optional<std::string> kept_form(SessionState& session, const SettingDefinition& setting, std::string_view value) {
  if (session.current_text == nullptr) return std::nullopt;
  require_tablespaces(setting, value);
  if (setting.name != "default_text_search_config") return std::nullopt;
  using catalog::NamedKind;
  types::Oid oid = 0;
  try {
    oid = catalog::named_by_text(*session.catalog, NamedKind::ts_configuration, value);
  } catch (const SqlError&) {
  }
  const auto found = oid == 0 ? std::nullopt : catalog::named_object(*session.catalog, NamedKind::ts_configuration, oid);
  if (!found)
    throw SqlError("22023", fmt::format("invalid value for parameter \"{}\": \"{}\"", setting.name, value));
  return catalog::quote_identifier(session.catalog->schema_name(found->schema)) + "." +
         catalog::quote_identifier(found->name);
}

}  // namespace session
