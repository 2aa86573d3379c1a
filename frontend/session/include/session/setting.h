// Which settings ("GUCs") there are, and how their values are read and shown.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace session {

// What pg_settings and SHOW say about one setting.
struct SettingDefinition {
  enum class Type : std::uint8_t { boolean, integer, real, string, enumeration };
  // database: by the configuration or ALTER DATABASE, not by sessions.
  enum class Context : std::uint8_t {
    internal, postmaster, reload, database, superuser, backend, user
  };
  std::string name;               // as shown: "TimeZone"
  Type type = Type::string;
  Context context = Context::user;
  std::string unit;               // "kB", "8kB", "ms", ..., or empty
  double minimum = 0, maximum = 0;
  std::vector<std::string> values;  // enumeration
  std::string boot_value;
  std::string category, description;
  // Of a string: whether a value will do, and a hint what will. Null: any.
  bool (*accepts)(std::string_view value) = nullptr;
  std::string_view accepted = {};
};

// PostgreSQL 15's settings and ours; the same for every session. Names are looked up in lower
// case. Null when there is none.
const SettingDefinition* find_setting(std::string_view name);
const std::vector<SettingDefinition>& all_settings();

// Checks and normalises a value as SET would: "TRUE" -> "on", "1MB" -> "1024" for a unit of kB.
// Throws SqlError 22023 with PostgreSQL's wording.
std::string normalize_setting(const SettingDefinition& definition, std::string_view value);

// The form SHOW prints: "1MB", "on".
std::string show_setting(const SettingDefinition& definition, std::string_view normalized);

}  // namespace session
