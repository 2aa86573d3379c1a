#include "status_functions.h"

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "keywords.h"
#include "types/datetime.h"
#include "types/extended_statistics.h"
#include "types/session_services.h"
#include "types/sql_error.h"
#include "types/timezone.h"
#include "types/type_io.h"

namespace functions {
namespace {

using types::Oid;

class StatusRows final : public SetFunctionRun {
 public:
  StatusRows(std::vector<std::vector<std::optional<std::string>>> rows, std::vector<Oid> columns)
      : rows_(std::move(rows)), columns_(std::move(columns)) {}

  std::uint32_t next(types::EvalContext& context, std::span<types::Vector> out,
                     std::uint32_t capacity) override {
    std::uint32_t count = 0;
    for (; count < capacity && at_ < rows_.size(); ++count, ++at_)
      for (std::size_t c = 0; c < columns_.size() && c < out.size(); ++c) {
        const auto& value = rows_[at_][c];
        if (value)
          out[c].set_datum(count, types::type_support(columns_[c]).input(context, *value, -1));
        else
          out[c].set_null(count);
      }
    return count;
  }

 private:
  std::vector<std::vector<std::optional<std::string>>> rows_;
  std::vector<Oid> columns_;
  std::size_t at_ = 0;
};

namespace oid = types::oid;

constexpr Oid kTextArray = 1009, kBoolArray = 1000, kRegtypeArray = 2211;
constexpr int kActivityPid = 1;

using Rows = std::vector<std::vector<std::optional<std::string>>>;
using Arguments = std::span<const types::Datum>;

struct StatusFunction {
  std::string_view name;      // pg_proc.prosrc
  std::string_view asked_as;  // of the session
  std::initializer_list<Oid> columns;
  // The column that the argument, when there is one that is not null, chooses rows by.
  int chosen_by = -1;
  // Asks no session: the same for all of them.
  Rows (*rows)(types::EvalContext&, Arguments) = nullptr;
};

Rows time_zones(types::EvalContext& context, Arguments) {
  const std::int64_t now =
      (context.transaction_time + types::kUnixEpochToPostgresMicros) / types::kMicrosPerSecond;
  Rows rows;
  for (std::string& name : types::time_zone_names()) {
    const types::TimeZone* zone = types::find_time_zone(name);
    if (zone == nullptr) continue;
    const types::ZoneOffset offset = zone->at(now);
    const int seconds = std::abs(offset.seconds_east);
    rows.push_back({std::move(name), std::string(offset.abbreviation),
                    fmt::format("{}{:02}:{:02}:{:02}", offset.seconds_east < 0 ? "-" : "", seconds / 3600,
                                seconds / 60 % 60, seconds % 60),
                    offset.is_dst ? "t" : "f"});
  }
  return rows;
}

Rows zone_abbreviations(types::EvalContext&, Arguments) {
  Rows rows;
  for (const auto& [name, zone] : types::zone_abbreviations()) {
    std::string upper(name);
    for (char& c : upper)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    const int seconds = std::abs(zone.seconds_east);
    rows.push_back({std::move(upper),
                    fmt::format("{}{:02}:{:02}:{:02}", zone.seconds_east < 0 ? "-" : "", seconds / 3600, seconds / 60 % 60,
                                seconds % 60),
                    zone.is_dst ? "t" : "f"});
  }
  return rows;
}

Rows key_words(types::EvalContext&, Arguments) {
  Rows rows;
  for (const Keyword& word : keywords()) {
    const char* category = word.category == 'U'   ? "unreserved"
                           : word.category == 'C' ? "unreserved (cannot be function or type name)"
                           : word.category == 'T' ? "reserved (can be function or type name)"
                                                  : "reserved";
    rows.push_back({std::string(word.word), std::string(1, word.category), word.bare_label ? "t" : "f", category,
                    word.bare_label ? "can be bare label" : "requires AS"});
  }
  return rows;
}

// Of the one text search parser there is.
Rows token_types(types::EvalContext&, Arguments arguments) {
  constexpr Oid kDefaultParser = 3722;
  if (arguments[0].as<Oid>() != kDefaultParser)
    throw types::SqlError("XX000", fmt::format("cache lookup failed for text search parser {}", arguments[0].as<Oid>()));
  return {
      {"1", "asciiword", "Word, all ASCII"},
      {"2", "word", "Word, all letters"},
      {"3", "numword", "Word, letters and digits"},
      {"4", "email", "Email address"},
      {"5", "url", "URL"},
      {"6", "host", "Host"},
      {"7", "sfloat", "Scientific notation"},
      {"8", "version", "Version number"},
      {"9", "hword_numpart", "Hyphenated word part, letters and digits"},
      {"10", "hword_part", "Hyphenated word part, all letters"},
      {"11", "hword_asciipart", "Hyphenated word part, all ASCII"},
      {"12", "blank", "Space symbols"},
      {"13", "tag", "XML tag"},
      {"14", "protocol", "Protocol head"},
      {"15", "numhword", "Hyphenated word, letters and digits"},
      {"16", "asciihword", "Hyphenated word, all ASCII"},
      {"17", "hword", "Hyphenated word, all letters"},
      {"18", "url_path", "URL path"},
      {"19", "file", "File or path name"},
      {"20", "float", "Decimal notation"},
      {"21", "int", "Signed integer"},
      {"22", "uint", "Unsigned integer"},
      {"23", "entity", "XML entity"}};
}

Rows token_types_by_name(types::EvalContext& context, Arguments arguments) {
  const auto name = arguments[0].as<std::string_view>();
  if (name != "default" && name != "pg_catalog.default")
    throw types::SqlError("42704", fmt::format("text search parser \"{}\" does not exist", name));
  const types::Datum parser = types::Datum::of(Oid{3722});
  return token_types(context, {&parser, 1});
}

// The items of a pg_mcv_list.
Rows common_rows(types::EvalContext& context, Arguments arguments) {
  const types::CommonRows common = types::decode_common_rows(arguments[0].as<std::string_view>());
  Rows rows;
  for (const types::CommonRows::Row& row : common.rows) {
    std::string values = "{", nulls = "{";
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      if (i > 0) {
        values += ',';
        nulls += ',';
      }
      nulls += row.values[i].is_null ? 't' : 'f';
      if (row.values[i].is_null) {
        values += "NULL";
        continue;
      }
      std::string text;
      types::type_support(context, common.types[i]).output(context, row.values[i], text);
      values += '"';
      for (const char c : text) {
        if (c == '"' || c == '\\') values += '\\';
        values += c;
      }
      values += '"';
    }
    rows.push_back({std::to_string(rows.size()), values + "}", nulls + "}", fmt::format("{}", row.frequency),
                    fmt::format("{}", row.base_frequency)});
  }
  return rows;
}

// What they would tell of is not there: standbys and their slots, subscriptions, publications,
// PostgreSQL's configuration files, commands that report their progress.
Rows nothing(types::EvalContext&, Arguments) { return {}; }

constexpr StatusFunction kStatusFunctions[] = {
    {"sextant_nodes", "nodes",
     {oid::text, oid::text, oid::text, oid::int8, oid::int8, oid::text, oid::text, oid::int8, oid::int8, oid::text,
      oid::int8}},
    {"sextant_log_space", "log_space",
     {oid::text, oid::int8, oid::int8, oid::int8, oid::int8, oid::int8, oid::int8}},
    {"sextant_protection_groups", "protection_groups",
     {oid::text, oid::int8, oid::int8, oid::int8, oid::int8, oid::text, oid::pg_lsn, oid::text}},
    {"sextant_replacement", "replacement",
     {oid::text, oid::text, oid::text, oid::int8, oid::int8, oid::int8, oid::text}},
    {"sextant_spread_plan", "spread_plan",
     {oid::int8, oid::int8, oid::text, oid::text, oid::text, oid::int8, oid::int8, oid::int8, oid::int8, oid::text}},
    {"sextant_volumes", "volumes",
     {oid::oid_, oid::text, oid::int8, oid::text, oid::int4, oid::pg_lsn, oid::pg_lsn, oid::pg_lsn,
      oid::text, oid::timestamptz, oid::int8, oid::int8, oid::int8, oid::text}},
    {"sextant_segments", "segments",
     {oid::text, oid::text, oid::text, oid::int8, oid::pg_lsn, oid::int8}},
    {"sextant_timelines", "timelines",
     {oid::int8, oid::int8, oid::pg_lsn, oid::text, oid::text, oid::int8, oid::int8, oid::pg_lsn,
      oid::int8, oid::text, oid::text, oid::timestamptz, oid::int8}},
    {"sextant_pins", "pins",
     {oid::int8, oid::text, oid::text, oid::text, oid::pg_lsn, oid::timestamptz, oid::int8}},
    {"sextant_snapshots", "snapshots",
     {oid::text, oid::text, oid::pg_lsn, oid::timestamptz, oid::timestamptz, oid::bool_}},
    {"pg_stat_get_activity", "pg_stat_get_activity",
     {oid::oid_, oid::int4, oid::oid_, oid::text, oid::text, oid::text, oid::text, oid::text,
      oid::timestamptz, oid::timestamptz, oid::timestamptz, oid::timestamptz, oid::inet, oid::text,
      oid::int4, oid::xid, oid::xid, oid::text, oid::bool_, oid::text, oid::text, oid::int4, oid::text,
      oid::numeric, oid::text, oid::bool_, oid::text, oid::bool_, oid::int4, oid::int8},
     kActivityPid},
    {"pg_lock_status", "pg_lock_status",
     {oid::text, oid::oid_, oid::oid_, oid::int4, oid::int2, oid::text, oid::xid, oid::oid_,
      oid::oid_, oid::int2, oid::text, oid::int4, oid::text, oid::bool_, oid::bool_,
      oid::timestamptz}},
    {"pg_listening_channels", "pg_listening_channels", {oid::text}},
    {"pg_prepared_xact", "pg_prepared_xact",
     {oid::xid, oid::text, oid::timestamptz, oid::oid_, oid::oid_}},
    {"show_all_settings", "show_all_settings",
     {oid::text, oid::text, oid::text, oid::text, oid::text, oid::text, oid::text, oid::text,
      oid::text, oid::text, oid::text, kTextArray, oid::text, oid::text, oid::text, oid::int4,
      oid::bool_}},
    {"pg_prepared_statement", "pg_prepared_statement",
     {oid::text, oid::text, oid::timestamptz, kRegtypeArray, oid::bool_, oid::int8, oid::int8}},
    {"pg_cursor", "pg_cursor",
     {oid::text, oid::text, oid::bool_, oid::bool_, oid::bool_, oid::timestamptz}},
    {"pg_event_trigger_ddl_commands", "pg_event_trigger_ddl_commands",
     {oid::oid_, oid::oid_, oid::int4, oid::text, oid::text, oid::text, oid::text, oid::bool_, oid::text}},
    {"pg_event_trigger_dropped_objects", "pg_event_trigger_dropped_objects",
     {oid::oid_, oid::oid_, oid::int4, oid::bool_, oid::bool_, oid::bool_, oid::text, oid::text, oid::text, oid::text,
      kTextArray, kTextArray}},
    {"pg_timezone_names", "", {oid::text, oid::text, oid::interval, oid::bool_}, -1, &time_zones},
    {"pg_timezone_abbrevs", "", {oid::text, oid::interval, oid::bool_}, -1, &zone_abbreviations},
    {"pg_get_keywords", "", {oid::text, oid::char_, oid::bool_, oid::text, oid::text}, -1, &key_words},
    {"pg_available_extensions", "pg_available_extensions", {oid::text, oid::text, oid::text}},
    {"pg_available_extension_versions", "pg_available_extension_versions",
     {oid::text, oid::text, oid::bool_, oid::bool_, oid::bool_, oid::text, oid::name_array, oid::text}},
    {"ts_token_type_byid", "", {oid::int4, oid::text, oid::text}, -1, &token_types},
    {"ts_token_type_byname", "", {oid::int4, oid::text, oid::text}, -1, &token_types_by_name},
    {"pg_stat_get_wal_senders", "", {}, -1, &nothing},
    {"pg_get_replication_slots", "", {}, -1, &nothing},
    {"pg_show_replication_origin_status", "", {}, -1, &nothing},
    {"pg_stat_get_subscription", "", {}, -1, &nothing},
    // The publication, which the argument names, is behind the function's own columns.
    {"pg_get_publication_tables", "pg_get_publication_tables", {oid::oid_, oid::int2vector, oid::text, oid::text}, 3},
    {"pg_stat_get_progress_info", "", {}, -1, &nothing},
    {"pg_stat_get_slru", "", {}, -1, &nothing},
    {"show_all_file_settings", "", {}, -1, &nothing},
    {"pg_hba_file_rules", "", {}, -1, &nothing},
    {"pg_config", "", {}, -1, &nothing},
    {"pg_get_shmem_allocations", "", {}, -1, &nothing},
    {"pg_get_backend_memory_contexts", "", {}, -1, &nothing},
    {"pg_stats_ext_mcvlist_items", "", {oid::int4, kTextArray, kBoolArray, oid::float8, oid::float8}, -1, &common_rows},
    {"pg_ident_file_mappings", "", {}, -1, &nothing},
};

class SessionRows final : public SetFunctionRun {
 public:
  explicit SessionRows(std::unique_ptr<types::UserRows> rows) : rows_(std::move(rows)) {}

  std::uint32_t next(types::EvalContext& context, std::span<types::Vector> out,
                     std::uint32_t capacity) override {
    const std::uint32_t count = rows_ ? rows_->next(context, out, capacity) : 0;
    if (count == 0) rows_.reset();   // nobody keeps the past for the sake of a plan
    return count;
  }

 private:
  std::unique_ptr<types::UserRows> rows_;
};

constexpr char kChanges[] = "changes", kDiff[] = "diff";

template <const char* Name>
std::unique_ptr<SetFunctionRun> start_comparison(types::EvalContext& context, const FunctionCall&,
                                                 std::span<const types::Datum> arguments) {
  return std::make_unique<SessionRows>(context.session->start_comparison(context, Name, arguments));
}

std::unique_ptr<SetFunctionRun> start_transition_rows(types::EvalContext& context, const FunctionCall& call,
                                                      std::span<const types::Datum> arguments) {
  return std::make_unique<SessionRows>(context.session->start_transition_rows(arguments[0].as<bool>(), call.columns));
}

template <std::size_t I>
std::unique_ptr<SetFunctionRun> start(types::EvalContext& context, const FunctionCall&,
                                      std::span<const types::Datum> arguments) {
  const StatusFunction& function = kStatusFunctions[I];
  auto rows = function.rows != nullptr ? function.rows(context, arguments)
                                       : context.session->status_rows(function.asked_as);
  if (function.chosen_by >= 0 && !arguments.empty() && !arguments[0].is_null) {
    const auto column = static_cast<std::size_t>(function.chosen_by);
    std::string wanted;
    types::type_support(*(function.columns.begin() + column)).output(context, arguments[0], wanted);
    std::erase_if(rows, [&](const auto& row) { return row[column] != wanted; });
  }
  return std::make_unique<StatusRows>(std::move(rows), std::vector<Oid>(function.columns));
}

template <std::size_t... I>
SetFunctionStart find(std::string_view name, std::index_sequence<I...>) {
  SetFunctionStart found = nullptr;
  (void)((kStatusFunctions[I].name == name && (found = &start<I>) != nullptr) || ...);
  return found;
}

}  // namespace

SetFunctionStart find_status_function(std::string_view internal_name) {
  if (internal_name == "sextant_changes") return &start_comparison<kChanges>;
  if (internal_name == "sextant_diff") return &start_comparison<kDiff>;
  if (internal_name == "sextant_transition_rows") return &start_transition_rows;
  return find(internal_name, std::make_index_sequence<std::size(kStatusFunctions)>());
}

}  // namespace functions
