// The session's settings ("GUCs"): SET, SHOW, RESET, transaction scope, and what they mean.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "session/setting.h"
#include "types/character_set.h"
#include "types/eval_context.h"

namespace session {

// Where a value came from, weakest first; RESET goes back to the strongest at or below `client`.
enum class SettingSource : std::uint8_t {
  boot, configuration, database, role, client, session
};

// One session's. Not thread-safe.
class Settings {
 public:
  // `base` is what the server's configuration says (normalised, by lower-case name); outlives it.
  using Values = std::unordered_map<std::string, std::string>;
  explicit Settings(const Values& base);

  // Called after a reported setting (DateStyle, TimeZone, ...) changed: name and shown value.
  void on_report(std::function<void(std::string_view, const std::string&)> report) {
    report_ = std::move(report);
  }

  // Asked before a client or a session sets something that is known: throws to refuse, or says what
  // the value is to be kept as.
  using Allow = std::function<std::optional<std::string>(const SettingDefinition&, std::string_view value)>;
  void on_set(Allow allow) {
    allow_ = std::move(allow);
  }

  // Throws SqlError 42704 (no such setting), 22023 (bad value), 55P02 (cannot be changed now).
  // Whether a SET or RESET that is not LOCAL came for it since mark() was that, and was not rolled back.
  std::size_t mark() const { return undo_.size(); }
  bool was_set_since(std::size_t mark, std::string_view name) const;
  // `local`: until the transaction ends.
  void set(std::string_view name, std::string_view value, SettingSource source, bool local = false);
  void reset(std::string_view name);
  void reset_all();

  // As SHOW prints it. 42704 unless missing_ok, then nullopt.
  std::optional<std::string> show(std::string_view name, bool missing_ok = false) const;
  const std::string& value(std::string_view lower_name) const;  // normalised
  SettingSource source(std::string_view lower_name) const;
  const std::string& reset_value(std::string_view lower_name) const;  // what RESET would make of it

  // Transaction scope.
  void begin_level();                 // a transaction or a savepoint
  void commit_level();                // RELEASE, COMMIT (SET LOCAL ends at the outermost)
  void rollback_level();
  std::size_t levels() const { return level_starts_.size(); }

  // What the hot paths read, kept up to date by set().
  const types::FormatSettings& format() const { return format_; }
  const types::CharacterSet* client_character_set = nullptr;  // null: texts come and go as they are
  std::chrono::milliseconds statement_timeout{0};
  std::chrono::milliseconds lock_timeout{0};
  std::chrono::milliseconds deadlock_timeout{1000};
  std::chrono::milliseconds idle_in_transaction_timeout{0};
  std::chrono::milliseconds idle_session_timeout{0};
  std::chrono::milliseconds client_check_interval{0};
  std::size_t work_mem_bytes = 4 << 20;
  double hash_mem_multiplier = 2;
  std::uint64_t temp_file_limit_bytes = UINT64_MAX;
  std::vector<std::string> search_path;
  std::string default_isolation = "read committed";
  bool default_read_only = false;
  bool row_security = true;
  bool is_replica = false;  // session_replication_role
  std::string role, application_name;
  // Changes whenever a setting does that plans depend on (search_path, role, row_security, session_replication_role).
  std::uint64_t plan_epoch = 0;
  // Changes whenever a setting does that may decide what a literal means (DateStyle, TimeZone).
  std::uint64_t literal_epoch = 0;
  bool standard_conforming_strings = true;

  // Names as ParameterStatus reports them after start-up, in PostgreSQL's order.
  static const std::vector<std::string>& reported();

 private:
  struct Value {
    std::string text;
    SettingSource source = SettingSource::session;
    std::string reset_text;        // what RESET restores, when has_reset
    bool has_reset = false;
  };
  struct Undo {
    std::string name;
    std::optional<Value> before;
    bool local;
  };

  void assign(const std::string& lower_name, std::optional<Value> value);
  void apply(const std::string& lower_name);
  const std::string& default_text(const std::string& lower_name) const;

  const Values& base_;
  std::unordered_map<std::string, Value> values_;  // only those that differ from the server's
  std::vector<Undo> undo_;
  std::vector<std::size_t> level_starts_;
  types::FormatSettings format_;
  std::function<void(std::string_view, const std::string&)> report_;
  Allow allow_;
};

// "a, \"B c\"" to its names: lower-cased unless quoted. Nullopt when malformed.
std::optional<std::vector<std::string>> split_identifiers(std::string_view list);

}  // namespace session
