#include "settings.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "parallel_settings.h"
#include "planner_settings.h"
#include "time_zone_setting.h"
#include "types/ascii.h"
#include "types/character_set.h"
#include "types/sql_error.h"
#include "types/timezone.h"

namespace session {
namespace {

using types::SqlError;

// Reads "ISO, DMY" into the two halves that it names, keeping the other; what is wrong with it, if anything.
std::optional<std::string> read_date_style(std::string_view text, types::DateStyle& style, types::DateOrder& order) {
  auto words = split_identifiers(text);
  if (!words) return "List syntax is invalid.";
  std::optional<types::DateStyle> named_style;
  std::optional<types::DateOrder> named_order;
  bool conflict = false;
  const auto name_style = [&](types::DateStyle named) {
    conflict |= named_style && *named_style != named;
    named_style = named;
  };
  const auto name_order = [&](types::DateOrder named) {
    conflict |= named_order && *named_order != named;
    named_order = named;
  };
  for (const auto& written : *words) {
    const std::string word = types::lower_ascii(written);
    if (word == "iso") name_style(types::DateStyle::iso);
    else if (word == "sql") name_style(types::DateStyle::sql);
    else if (word.starts_with("postgres")) name_style(types::DateStyle::postgres);
    else if (word == "german") name_style(types::DateStyle::german);
    else if (word == "ymd") name_order(types::DateOrder::ymd);
    else if (word == "dmy" || word.starts_with("euro")) name_order(types::DateOrder::dmy);
    else if (word == "mdy" || word == "us" || word.starts_with("noneuro")) name_order(types::DateOrder::mdy);
    else if (word == "default") { style = types::DateStyle::iso; order = types::DateOrder::mdy; }
    else return fmt::format("Unrecognized key word: \"{}\".", written);
  }
  if (conflict) return "Conflicting \"datestyle\" specifications.";
  if (named_style == types::DateStyle::german && !named_order) named_order = types::DateOrder::dmy;
  style = named_style.value_or(style);
  order = named_order.value_or(order);
  return std::nullopt;
}

std::string date_style_text(types::DateStyle style, types::DateOrder order) {
  constexpr const char* kStyles[] = {"ISO", "Postgres", "SQL", "German"};
  constexpr const char* kOrders[] = {"MDY", "DMY", "YMD"};
  return fmt::format("{}, {}", kStyles[static_cast<int>(style)], kOrders[static_cast<int>(order)]);
}

bool is_reported(const std::string& lower_name) {
  static const auto names = [] {
    std::vector<std::string> out;
    for (const auto& name : Settings::reported()) out.push_back(types::lower_ascii(name));
    return out;
  }();
  return std::find(names.begin(), names.end(), lower_name) != names.end();
}

// Those that no literal's meaning can depend on and that change often.
bool leaves_literals_alone(std::string_view name) {
  return name.starts_with("transaction_") || name.starts_with("default_transaction_") ||
         name.ends_with("_timeout") || name == "application_name" || name == "search_path" ||
         name == "role" || name == "work_mem";
}

std::chrono::milliseconds milliseconds(const std::string& text) {
  return std::chrono::milliseconds(std::atoll(text.c_str()));
}

}  // namespace

std::optional<std::vector<std::string>> split_identifiers(std::string_view list) {
  std::vector<std::string> out;
  std::size_t i = 0;
  auto skip = [&] { while (i < list.size() && (list[i] == ' ' || list[i] == '\t' || list[i] == '\n')) ++i; };
  skip();
  if (i == list.size()) return out;
  while (true) {
    skip();
    std::string word;
    if (i < list.size() && list[i] == '"') {
      for (++i;; ++i) {
        if (i >= list.size()) return std::nullopt;
        if (list[i] == '"') {
          if (i + 1 < list.size() && list[i + 1] == '"') ++i;
          else break;
        }
        word += list[i];
      }
      ++i;
    } else {
      std::size_t start = i;
      while (i < list.size() && list[i] != ',' && list[i] != ' ' && list[i] != '\t') ++i;
      if (i == start) return std::nullopt;
      word = types::lower_ascii(list.substr(start, i - start));
    }
    out.push_back(std::move(word));
    skip();
    if (i == list.size()) return out;
    if (list[i] != ',') return std::nullopt;
    ++i;
  }
}

const std::vector<std::string>& Settings::reported() {
  static const std::vector<std::string> names{
      "in_hot_standby", "integer_datetimes", "TimeZone", "IntervalStyle", "is_superuser",
      "application_name", "default_transaction_read_only", "DateStyle",
      "standard_conforming_strings", "session_authorization", "client_encoding", "server_version",
      "server_encoding"};
  return names;
}

Settings::Settings(const Values& base) : base_(base) {
  for (const char* name : {"datestyle", "intervalstyle", "bytea_output", "extra_float_digits",
                           "timezone", "client_encoding", "statement_timeout", "lock_timeout", "deadlock_timeout",
                           "idle_in_transaction_session_timeout", "idle_session_timeout", "client_connection_check_interval",
                           "work_mem", "hash_mem_multiplier", "temp_file_limit", "search_path",
                           "standard_conforming_strings", "default_transaction_isolation",
                           "default_transaction_read_only", "role", "row_security", "application_name"})
    apply(name);
}

const std::string& Settings::default_text(const std::string& lower_name) const {
  static const std::string empty;
  if (auto found = base_.find(lower_name); found != base_.end()) return found->second;
  const auto* definition = find_setting(lower_name);
  return definition != nullptr ? definition->boot_value : empty;
}

const std::string& Settings::value(std::string_view lower_name) const {
  static thread_local std::string name;  // every plan asks for more than a dozen: none is allocated
  name.assign(lower_name);
  if (auto found = values_.find(name); found != values_.end()) return found->second.text;
  return default_text(name);
}

SettingSource Settings::source(std::string_view lower_name) const {
  const std::string name(lower_name);
  if (auto found = values_.find(name); found != values_.end()) return found->second.source;
  return base_.contains(name) ? SettingSource::configuration : SettingSource::boot;
}

const std::string& Settings::reset_value(std::string_view lower_name) const {
  const std::string name(lower_name);
  auto found = values_.find(name);
  return found != values_.end() && found->second.has_reset ? found->second.reset_text
                                                           : default_text(name);
}

std::optional<std::string> Settings::show(std::string_view name, bool missing_ok) const {
  std::string key = types::lower_ascii(name);
  const auto* definition = find_setting(key);
  if (definition != nullptr) return show_setting(*definition, value(key));
  if (auto found = values_.find(key); found != values_.end()) return found->second.text;
  if (missing_ok) return std::nullopt;
  throw SqlError("42704", fmt::format("unrecognized configuration parameter \"{}\"", name));
}

namespace {

// What a server's command line could say, too: simple identifiers between dots.
bool is_custom_name(std::string_view name) {
  bool begins = true;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
    if (c == '.') {
      if (begins) return false;
      begins = true;
    } else if (letter || (!begins && ((c >= '0' && c <= '9') || c == '$'))) {
      begins = false;
    } else {
      return false;
    }
  }
  return !begins;
}

// What is wrong with a list of PL/pgSQL's additional checks; nullopt: nothing.
std::optional<std::string> refused_checks(std::string_view text) {
  const std::string lower = types::lower_ascii(text);
  if (lower == "all" || lower == "none") return std::nullopt;
  const auto words = split_identifiers(text);
  if (!words) return "List syntax is invalid.";
  for (const std::string& written : *words) {
    const std::string word = types::lower_ascii(written);
    if (word == "all" || word == "none")
      return fmt::format("Key word \"{}\" cannot be combined with other key words.", written);
    if (word != "shadowed_variables" && word != "too_many_rows" && word != "strict_multi_assignment")
      return fmt::format("Unrecognized key word: \"{}\".", written);
  }
  return std::nullopt;
}

}  // namespace

void Settings::set(std::string_view name, std::string_view text, SettingSource source, bool local) {
  std::string key = types::lower_ascii(name);
  const auto* definition = find_setting(key);
  Value value;
  value.source = source;
  if (definition == nullptr) {
    // Anybody may make settings of a class of their own.
    if (key.find('.') == key.npos)
      throw SqlError("42704", fmt::format("unrecognized configuration parameter \"{}\"", name));
    if (!is_custom_name(name))
      throw SqlError("42602", fmt::format("invalid configuration parameter name \"{}\"", name))
          .with_detail("Custom parameter names must be two or more simple identifiers separated by dots.");
    if (key.starts_with("plpgsql."))
      throw SqlError("42602", fmt::format("invalid configuration parameter name \"{}\"", name))
          .with_detail("\"plpgsql\" is a reserved prefix.");
    value.text = text;
  } else {
    using Context = SettingDefinition::Context;
    if (source == SettingSource::session || source == SettingSource::client) {
      if (definition->context == Context::internal)
        throw SqlError("55P02", fmt::format("parameter \"{}\" cannot be changed", definition->name));
      if (definition->context == Context::postmaster)
        throw SqlError("55P02", fmt::format("parameter \"{}\" cannot be changed without restarting "
                                            "the server", definition->name));
      if (definition->context == Context::database)
        throw SqlError("55P02", fmt::format("parameter \"{}\" cannot be changed within a session",
                                            definition->name))
            .with_hint(fmt::format("Use ALTER DATABASE ... SET {}.", definition->name));
      if (definition->context == Context::reload)
        throw SqlError("55P02",
                       fmt::format("parameter \"{}\" cannot be changed now", definition->name));
      if (definition->context == Context::backend && source == SettingSource::session)
        throw SqlError("55P02", fmt::format("parameter \"{}\" cannot be set after connection start",
                                            definition->name));
    }
    std::optional<std::string> kept;
    if (allow_ && (source == SettingSource::session || source == SettingSource::client ||
                   definition->name == "role" || definition->name == "session_authorization"))
      kept = allow_(*definition, text);
    value.text = normalize_setting(*definition, kept ? *kept : text);
    auto invalid = [&] {
      return SqlError("22023", fmt::format("invalid value for parameter \"{}\": \"{}\"",
                                           definition->name, text));
    };
    if (key == "datestyle") {
      auto style = format_.date_style;
      auto order = format_.date_order;
      if (auto detail = read_date_style(text, style, order)) throw invalid().with_detail(*detail);
      value.text = date_style_text(style, order);
    } else if (key == "timezone") {
      value.text = read_time_zone(text).name();
    } else if (key == "client_encoding") {
      const auto* set = types::CharacterSet::find(text);
      if (set == nullptr) throw invalid();
      if (!set->is_convertible())
        throw SqlError("0A000", invalid().message()).with_detail(fmt::format("Conversion between {} and UTF8 is not supported.", set->name()));
      value.text = set->name();
    } else if (key == "plpgsql.extra_errors" || key == "plpgsql.extra_warnings") {
      if (auto detail = refused_checks(text)) throw invalid().with_detail(*detail);
    } else if (key == "search_path" || key == "temp_tablespaces") {
      if (!split_identifiers(text)) throw invalid().with_detail("List syntax is invalid.");
    }
  }
  auto existing = values_.find(key);
  if (source == SettingSource::session) {
    if (existing != values_.end()) {
      value.has_reset = existing->second.has_reset;
      value.reset_text = existing->second.reset_text;
    }
    if (!level_starts_.empty())
      undo_.push_back({key, existing != values_.end() ? std::optional(existing->second) : std::nullopt,
                       local});
  } else {
    value.has_reset = true;
    value.reset_text = value.text;
  }
  assign(key, std::move(value));
}

bool Settings::was_set_since(std::size_t mark, std::string_view name) const {
  const std::string key = types::lower_ascii(name);
  for (std::size_t i = mark; i < undo_.size(); ++i)
    if (!undo_[i].local && undo_[i].name == key) return true;
  return false;
}

void Settings::reset(std::string_view name) {
  std::string key = types::lower_ascii(name);
  const auto* definition = find_setting(key);
  auto existing = values_.find(key);
  if (definition == nullptr && existing == values_.end())
    throw SqlError("42704", fmt::format("unrecognized configuration parameter \"{}\"", name));
  if (definition != nullptr && definition->context == SettingDefinition::Context::internal)
    throw SqlError("55P02", fmt::format("parameter \"{}\" cannot be changed", definition->name));
  if (existing == values_.end()) return;
  if (!level_starts_.empty()) undo_.push_back({key, existing->second, false});
  std::optional<Value> value;
  if (existing->second.has_reset) {
    value = existing->second;
    value->text = value->reset_text;
  }
  assign(key, std::move(value));
}

void Settings::reset_all() {
  std::vector<std::string> names;
  for (const auto& [name, value] : values_) names.push_back(name);
  for (const auto& name : names) {
    // As PostgreSQL's GUC_NO_RESET_ALL.
    if (name == "role" || name == "session_authorization" || name == "is_superuser" ||
        name.starts_with("transaction_"))
      continue;
    reset(name);
  }
}

void Settings::assign(const std::string& lower_name, std::optional<Value> value) {
  std::string before = this->value(lower_name);
  if (value)
    values_[lower_name] = std::move(*value);
  else if (find_setting(lower_name) == nullptr)
    values_[lower_name] = {};  // once made it stays, empty
  else
    values_.erase(lower_name);
  apply(lower_name);
  if (report_ && is_reported(lower_name) && this->value(lower_name) != before)
    report_(find_setting(lower_name)->name, *show(lower_name));
}

void Settings::apply(const std::string& name) {
  const std::string& text = value(name);
  if (!leaves_literals_alone(name)) ++literal_epoch;
  if (name == "datestyle") {
    read_date_style(text, format_.date_style, format_.date_order);
  } else if (name == "intervalstyle") {
    format_.interval_style = text == "postgres_verbose" ? types::IntervalStyle::postgres_verbose
                             : text == "sql_standard"   ? types::IntervalStyle::sql_standard
                             : text == "iso_8601"       ? types::IntervalStyle::iso_8601
                                                        : types::IntervalStyle::postgres;
  } else if (name == "bytea_output") {
    format_.bytea_output = text == "escape" ? types::ByteaOutput::escape : types::ByteaOutput::hex;
  } else if (name == "extra_float_digits") {
    format_.extra_float_digits = std::atoi(text.c_str());
  } else if (name == "timezone") {
    format_.time_zone = types::find_time_zone(text);
  } else if (name == "client_encoding") {
    const auto* set = types::CharacterSet::find(text);
    client_character_set = set == nullptr || set->is_plain() ? nullptr : set;
  } else if (name == "statement_timeout") {
    statement_timeout = milliseconds(text);
  } else if (name == "lock_timeout") {
    lock_timeout = milliseconds(text);
  } else if (name == "deadlock_timeout") {
    deadlock_timeout = milliseconds(text);
  } else if (name == "idle_in_transaction_session_timeout") {
    idle_in_transaction_timeout = milliseconds(text);
  } else if (name == "idle_session_timeout") {
    idle_session_timeout = milliseconds(text);
  } else if (name == "client_connection_check_interval") {
    client_check_interval = milliseconds(text);
  } else if (name == "work_mem") {
    work_mem_bytes = static_cast<std::size_t>(std::atoll(text.c_str())) * 1024;
  } else if (name == "hash_mem_multiplier") {
    hash_mem_multiplier = std::atof(text.c_str());
  } else if (name == "temp_file_limit") {
    const long long kilobytes = std::atoll(text.c_str());
    temp_file_limit_bytes = kilobytes < 0 ? UINT64_MAX : static_cast<std::uint64_t>(kilobytes) * 1024;
  } else if (name == "search_path") {
    search_path = split_identifiers(text).value_or(std::vector<std::string>{});
    ++plan_epoch;
  } else if (name == "standard_conforming_strings") {
    standard_conforming_strings = text == "on";
  } else if (name == "default_transaction_isolation") {
    default_isolation = text;
  } else if (name == "default_transaction_read_only") {
    default_read_only = text == "on";
  } else if (name == "row_security") {
    row_security = text == "on";
    ++plan_epoch;
  } else if (name == "role") {
    role = text;
    ++plan_epoch;
  } else if (name == "session_replication_role") {
    is_replica = text == "replica";
    ++plan_epoch;
  } else if (name == "session_authorization") {
    ++plan_epoch;
  } else if (is_parallel_setting(name) || is_planner_setting(name)) {
    ++plan_epoch;
  } else if (name == "application_name") {
    application_name = text;
  }
}

void Settings::begin_level() { level_starts_.push_back(undo_.size()); }

void Settings::commit_level() {
  std::size_t start = level_starts_.back();
  level_starts_.pop_back();
  if (!level_starts_.empty()) return;  // the outer level decides
  // SET LOCAL ends here; a plain SET that came after it within the transaction stays.
  std::vector<std::string> done;
  for (std::size_t i = undo_.size(); i > start; --i) {
    auto& entry = undo_[i - 1];
    if (std::find(done.begin(), done.end(), entry.name) != done.end()) continue;
    if (!entry.local) {
      done.push_back(entry.name);
      continue;
    }
    assign(entry.name, entry.before);
  }
  undo_.clear();
}

void Settings::rollback_level() {
  std::size_t start = level_starts_.back();
  level_starts_.pop_back();
  while (undo_.size() > start) {
    Undo entry = std::move(undo_.back());
    undo_.pop_back();
    assign(entry.name, std::move(entry.before));
  }
}

}  // namespace session
