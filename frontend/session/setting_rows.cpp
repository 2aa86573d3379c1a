#include "setting_rows.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "types/ascii.h"

namespace session {
namespace {

using Type = SettingDefinition::Type;
using Context = SettingDefinition::Context;

std::string_view name_of(Context context) {
  switch (context) {
    case Context::internal: return "internal";
    case Context::postmaster: return "postmaster";
    case Context::reload:
    case Context::database: return "sighup";
    case Context::superuser: return "superuser";
    case Context::backend: return "backend";
    case Context::user: break;
  }
  return "user";
}

std::string_view name_of(Type type) {
  switch (type) {
    case Type::boolean: return "bool";
    case Type::integer: return "integer";
    case Type::real: return "real";
    case Type::enumeration: return "enum";
    case Type::string: break;
  }
  return "string";
}

std::string_view name_of(SettingSource source) {
  switch (source) {
    case SettingSource::boot: return "default";
    case SettingSource::configuration: return "configuration file";
    case SettingSource::database: return "database";
    case SettingSource::role: return "user";
    case SettingSource::client: return "client";
    case SettingSource::session: break;
  }
  return "session";
}

std::string array_of(const std::vector<std::string>& values) {
  std::string text = "{";
  for (const std::string& value : values) {
    if (text.size() > 1) text += ',';
    const bool plain = !value.empty() && std::ranges::all_of(value, [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '_' || c == '-';
    });
    text += plain ? value : '"' + value + '"';
  }
  return text + "}";
}

}  // namespace

TextRows setting_rows(const Settings& settings) {
  TextRows rows;
  for (const SettingDefinition& definition : all_settings()) {
    // SHOW knows them, the view does not, as in PostgreSQL.
    if (definition.name == "session_authorization" || definition.name == "role" ||
        definition.name == "is_superuser")
      continue;
    const std::string key = types::lower_ascii(definition.name);
    const auto some = [](std::string_view text) {
      return text.empty() ? std::nullopt : std::optional<std::string>(text);
    };
    const bool is_number = definition.type == Type::integer || definition.type == Type::real;
    const auto bound = [&](double value) {
      return is_number ? std::optional(fmt::format("{}", value)) : std::nullopt;
    };
    rows.push_back({definition.name, settings.value(key), some(definition.unit), definition.category,
                    definition.description, std::nullopt, std::string(name_of(definition.context)),
                    std::string(name_of(definition.type)),
                    std::string(name_of(settings.source(key))), bound(definition.minimum),
                    bound(definition.maximum),
                    definition.values.empty() ? std::nullopt
                                              : std::optional(array_of(definition.values)),
                    definition.boot_value, settings.reset_value(key), std::nullopt, std::nullopt, "f"});
  }
  return rows;
}

}  // namespace session
