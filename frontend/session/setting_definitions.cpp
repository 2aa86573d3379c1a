// Which settings there are, and how their values are read and shown.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include <unistd.h>

#include <fmt/format.h>

#include "catalog/builtin.h"
#include "extensions/extension.h"
#include "database/backup_window.h"
#include "settings.h"
#include "types/ascii.h"
#include "types/sql_error.h"
#include "wal/page.h"

namespace session {
namespace {

using types::SqlError;
using Type = SettingDefinition::Type;
using Context = SettingDefinition::Context;

struct Unit {
  std::string_view name;
  double factor;  // in the family's base: bytes, microseconds
};
constexpr Unit kMemoryUnits[] = {{"B", 1}, {"kB", 1024.0}, {"MB", 1024.0 * 1024},
                                 {"GB", 1024.0 * 1024 * 1024}, {"TB", 1024.0 * 1024 * 1024 * 1024}};
constexpr Unit kTimeUnits[] = {{"us", 1}, {"ms", 1e3}, {"s", 1e6}, {"min", 60e6},
                               {"h", 3600e6}, {"d", 86400e6}};

std::optional<double> factor_of(std::span<const Unit> units, std::string_view name) {
  for (const auto& unit : units)
    if (unit.name == name) return unit.factor;
  return std::nullopt;
}

// Base units of a setting's own unit ("8kB" is 8 kB), and the family it belongs to.
std::span<const Unit> family_of(std::string_view unit, double& factor) {
  std::size_t digits = 0;
  double count = 1;
  while (digits < unit.size() && unit[digits] >= '0' && unit[digits] <= '9') ++digits;
  if (digits > 0) count = std::atof(std::string(unit.substr(0, digits)).c_str());
  std::string_view name = unit.substr(digits);
  if (auto f = factor_of(kMemoryUnits, name)) {
    factor = count * *f;
    return kMemoryUnits;
  }
  if (auto f = factor_of(kTimeUnits, name)) {
    factor = count * *f;
    return kTimeUnits;
  }
  factor = 1;
  return {};
}

std::vector<std::string> split_array_literal(std::string_view text) {
  std::vector<std::string> out;
  if (text.size() < 2 || text.front() != '{') return out;
  text = text.substr(1, text.size() - 2);
  while (!text.empty()) {
    std::size_t end = text.front() == '"' ? text.find('"', 1) + 1 : text.find(',');
    std::string_view item = text.substr(0, end);
    if (item.size() >= 2 && item.front() == '"') item = item.substr(1, item.size() - 2);
    out.emplace_back(item);
    if (end >= text.size()) break;
    text.remove_prefix(end);
    if (text.front() == ',') text.remove_prefix(1);
  }
  return out;
}

SettingDefinition from_builtin(const catalog::SettingInfo& info) {
  SettingDefinition d;
  d.name = info.name;
  d.unit = info.unit;
  d.category = info.category;
  d.description = info.short_description;
  d.boot_value = info.boot_value;
  d.type = info.type == "bool"      ? Type::boolean
           : info.type == "integer" ? Type::integer
           : info.type == "real"    ? Type::real
           : info.type == "enum"    ? Type::enumeration
                                    : Type::string;
  d.context = info.context == "internal"     ? Context::internal
              : info.context == "postmaster" ? Context::postmaster
              : info.context == "sighup"     ? Context::reload
              : info.context == "superuser"  ? Context::superuser
              : info.context == "user"       ? Context::user
                                             : Context::backend;
  if (!info.minimum.empty()) d.minimum = std::atof(std::string(info.minimum).c_str());
  if (!info.maximum.empty()) d.maximum = std::atof(std::string(info.maximum).c_str());
  d.values = split_array_literal(info.enum_values);
  return d;
}

// What PostgreSQL's manual recommends for shared_buffers, and at least its default.
std::size_t quarter_of_memory() {
  const auto bytes = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) *
                     static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return std::max(bytes / 4, std::size_t{128} << 20);
}

struct Definitions {
  std::vector<SettingDefinition> all;
  std::unordered_map<std::string, std::size_t> by_name;

  Definitions() {
    for (const auto& info : catalog::Builtins::get().settings()) all.push_back(from_builtin(info));
    auto ours = [this](std::string name, Type type, Context context, std::string boot,
                       std::string description) {
      SettingDefinition d;
      d.name = std::move(name);
      d.type = type;
      d.context = context;
      d.boot_value = std::move(boot);
      d.category = "Sextant";
      d.description = std::move(description);
      all.push_back(std::move(d));
    };
    ours("backtrack_window", Type::integer, Context::database, "86400",
         "How far back history is kept, so that a database can be rewound.");
    all.back().unit = "s";
    all.back().maximum = std::numeric_limits<std::int32_t>::max();
    ours("backup_retention_period", Type::integer, Context::database, "1",
         "How many days of history and automated snapshots are kept to restore from; 0: none.");
    all.back().maximum = 35;
    ours("preferred_backup_window", Type::string, Context::database, "",
         "When automated snapshots are taken, as \"22:30-23:00\" (UTC); empty: at a time chosen for each database.");
    all.back().accepts = [](std::string_view text) {
      return text.empty() || database::BackupWindow::parse(text).has_value();
    };
    all.back().accepted = "A window is two times of day in UTC, \"hh24:mi-hh24:mi\", at least 30 minutes apart.";
    ours("sextant.as_of", Type::string, Context::user, "",
         "Makes the session a read-only view of the past: a time or an LSN.");
    ours("text_search_directory", Type::string, Context::postmaster, "",
         "Folder of text search dictionaries' files, looked into before those that come along.");
    for (const extensions::Extension* e : extensions::all())
      for (const extensions::Setting& s : e->settings) {
        const Type type = s.type == 'b' ? Type::boolean : s.type == 'i' ? Type::integer : s.type == 'r' ? Type::real : Type::enumeration;
        ours(std::string(s.name), type, s.at_start ? Context::postmaster : Context::user, std::string(s.standard),
             std::string(s.description));
        all.back().category = "Customized Options";
        all.back().minimum = s.minimum;
        all.back().maximum = s.maximum;
        all.back().values.assign(s.values.begin(), s.values.end());
      }
    const auto of_plpgsql = [&](const char* name, Type type, const char* boot, const char* description) {
      ours(name, type, Context::user, boot, description);
      all.back().category = "Customized Options";
    };
    of_plpgsql("plpgsql.variable_conflict", Type::enumeration, "error",
               "Sets handling of conflicts between PL/pgSQL variable names and table column names.");
    all.back().context = Context::superuser;
    all.back().values = {"error", "use_variable", "use_column"};
    of_plpgsql("plpgsql.print_strict_params", Type::boolean, "off",
               "Print information about parameters in the DETAIL part of the error messages generated on INTO ... STRICT "
               "failures.");
    of_plpgsql("plpgsql.check_asserts", Type::boolean, "on", "Perform checks given in ASSERT statements.");
    of_plpgsql("plpgsql.extra_warnings", Type::string, "none",
               "List of programming constructs that should produce a warning.");
    of_plpgsql("plpgsql.extra_errors", Type::string, "none", "List of programming constructs that should produce an error.");
    // Not in pg_settings, yet every client may SET them.
    for (const char* name : {"session_authorization", "role"})
      if (std::none_of(all.begin(), all.end(), [&](const auto& d) { return d.name == name; }))
        ours(name, Type::string, Context::user, name == std::string_view("role") ? "none" : "",
             "Sets the current user name.");
    ours("is_superuser", Type::boolean, Context::internal, "off",
         "Shows whether the current user is a superuser.");
    // In the order that pg_settings and SHOW ALL tell them in.
    std::ranges::stable_sort(all, {}, [](const SettingDefinition& d) { return types::lower_ascii(d.name); });
    for (std::size_t i = 0; i < all.size(); ++i) by_name.emplace(types::lower_ascii(all[i].name), i);
    override_boot("server_version", "15.15 (Sextant)");
    override_boot("server_version_num", "150015");
    override_boot("server_encoding", "UTF8");
    override_boot("client_encoding", "UTF8");
    override_boot("lc_collate", "C");
    override_boot("lc_ctype", "C");
    override_boot("lc_messages", "C");
    override_boot("TimeZone", "UTC");
    override_boot("log_timezone", "UTC");
    override_boot("search_path", "\"$user\", public");
    override_boot("default_text_search_config", "pg_catalog.english");  // as initdb for locale C
    override_boot("transaction_isolation", "read committed");
    // An idle connection costs some 20 KiB, not a process.
    override_boot("max_connections", "1000");
    // Nothing else caches pages on this side of the storage tier, and memory is taken as it is used.
    override_boot("shared_buffers", std::to_string(quarter_of_memory() / wal::kPageSize));
    override_boot("max_prepared_transactions", "64");
    override_boot("integer_datetimes", "on");
  }

  void override_boot(std::string_view name, std::string value) {
    auto found = by_name.find(types::lower_ascii(name));
    if (found != by_name.end()) all[found->second].boot_value = std::move(value);
  }
};

const Definitions& definitions() {
  static const Definitions instance;
  return instance;
}

[[noreturn]] void invalid(const SettingDefinition& d, std::string_view value) {
  throw SqlError("22023", fmt::format("invalid value for parameter \"{}\": \"{}\"", d.name, value));
}

std::string normalize_boolean(const SettingDefinition& d, std::string_view value) {
  std::string v = types::lower_ascii(value);
  auto prefix_of = [&](std::string_view word, std::size_t at_least) {
    return v.size() >= at_least && word.starts_with(v);
  };
  if (v == "1" || v == "on" || prefix_of("true", 1) || prefix_of("yes", 1)) return "on";
  if (v == "0" || prefix_of("off", 2) || prefix_of("false", 1) || prefix_of("no", 1)) return "off";
  throw SqlError("22023", fmt::format("parameter \"{}\" requires a Boolean value", d.name));
}

std::string normalize_number(const SettingDefinition& d, std::string_view value) {
  std::string text(value);
  char* end = nullptr;
  double number = text.starts_with("0x") || text.starts_with("0X")
                      ? static_cast<double>(std::strtoll(text.c_str(), &end, 16))
                      : std::strtod(text.c_str(), &end);
  if (end == text.c_str() || std::isnan(number)) invalid(d, value);
  while (*end == ' ') ++end;
  std::string_view unit(end);
  while (!unit.empty() && unit.back() == ' ') unit.remove_suffix(1);
  if (!unit.empty()) {
    double own = 1;
    auto family = family_of(d.unit, own);
    auto factor = factor_of(family, unit);
    if (!factor) {
      SqlError error("22023",
                     fmt::format("invalid value for parameter \"{}\": \"{}\"", d.name, value));
      if (family.empty()) throw error;
      throw std::move(error).with_hint(
          family.data() == kMemoryUnits
              ? "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\"."
              : "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\".");
    }
    number = number * *factor / own;
  }
  if (d.type == Type::integer) number = std::rint(number);
  if (number < d.minimum || number > d.maximum) {
    auto shown = [&](double n) {
      return d.type == Type::integer ? fmt::format("{}", static_cast<long long>(n)) : fmt::format("{:g}", n);
    };
    throw SqlError("22023", fmt::format("{}{}{} is outside the valid range for parameter \"{}\" ({} .. {})", shown(number),
                                        d.unit.empty() ? "" : " ", d.unit, d.name, shown(d.minimum), shown(d.maximum)));
  }
  if (d.type == Type::integer) return fmt::format("{}", static_cast<long long>(number));
  return fmt::format("{}", number);
}

std::string normalize_enum(const SettingDefinition& d, std::string_view value) {
  std::string v = types::lower_ascii(value);
  for (const auto& candidate : d.values)
    if (types::lower_ascii(candidate) == v) return candidate;
  // Levels that are taken without being among those that messages list.
  if (d.name == "client_min_messages" && v == "info") return "info";
  if (v == "debug" && std::ranges::find(d.values, "debug2") != d.values.end()) return "debug2";
  // Enumerations with on/off take every spelling of a Boolean.
  auto has = [&](std::string_view word) {
    return std::find(d.values.begin(), d.values.end(), word) != d.values.end();
  };
  if (v == "true" || v == "yes" || v == "1") if (has("on")) return "on";
  if (v == "false" || v == "no" || v == "0") if (has("off")) return "off";
  if (d.name == "default_transaction_isolation" || d.name == "transaction_isolation") invalid(d, value);
  std::string list;
  for (const auto& candidate : d.values) list += (list.empty() ? "" : ", ") + candidate;
  throw SqlError("22023", fmt::format("invalid value for parameter \"{}\": \"{}\"", d.name, value))
      .with_hint(fmt::format("Available values: {}.", list));
}

}  // namespace

const SettingDefinition* find_setting(std::string_view name) {
  const auto& d = definitions();
  auto found = d.by_name.find(types::lower_ascii(name));
  return found == d.by_name.end() ? nullptr : &d.all[found->second];
}

const std::vector<SettingDefinition>& all_settings() { return definitions().all; }

std::string normalize_setting(const SettingDefinition& definition, std::string_view value) {
  switch (definition.type) {
    case Type::boolean: return normalize_boolean(definition, value);
    case Type::integer:
    case Type::real: return normalize_number(definition, value);
    case Type::enumeration: return normalize_enum(definition, value);
    case Type::string:
      if (definition.accepts != nullptr && !definition.accepts(value))
        throw SqlError("22023", fmt::format("invalid value for parameter \"{}\": \"{}\"", definition.name, value))
            .with_hint(std::string(definition.accepted));
      return std::string(value);
  }
  return std::string(value);
}

std::string show_setting(const SettingDefinition& definition, std::string_view normalized) {
  if (definition.type != Type::integer && definition.type != Type::real) return std::string(normalized);
  double number = std::atof(std::string(normalized).c_str());
  const bool is_real = definition.type == Type::real;
  if (definition.unit.empty() || number <= 0) return is_real ? fmt::format("{:g}", number) : std::string(normalized);
  double own = 1;
  auto family = family_of(definition.unit, own);
  double base = number * own;
  // The largest unit that divides it evenly; the smallest where none does.
  const Unit* best = nullptr;
  if (is_real) {
    constexpr double kEven = 1e-8;
    for (const auto& unit : family)
      if (best == nullptr || std::abs(std::rint(base / unit.factor) / (base / unit.factor) - 1) <= kEven) best = &unit;
    if (best != nullptr) return fmt::format("{:g}{}", base / best->factor, best->name);
    return fmt::format("{:g}", number);
  }
  for (const auto& unit : family)
    if (std::fmod(base, unit.factor) == 0) best = &unit;
  if (best == nullptr) return std::string(normalized);
  return fmt::format("{}{}", static_cast<long long>(base / best->factor), best->name);
}

}  // namespace session
