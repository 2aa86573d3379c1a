#include "status_functions.h"

#include <optional>
#include <string>
#include <vector>

#include "types/session_services.h"
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

constexpr Oid kTextArray = 1009, kRegtypeArray = 2211;
constexpr int kActivityPid = 1;

struct StatusFunction {
  std::string_view name;      // pg_proc.prosrc
  std::string_view asked_as;  // of the session
  std::initializer_list<Oid> columns;
  // The column that the argument, when there is one that is not null, chooses rows by.
  int chosen_by = -1;
};

constexpr StatusFunction kFunctions[] = {
    {"sextant_nodes", "nodes",
     {oid::text, oid::text, oid::text, oid::int8, oid::int8, oid::text, oid::int8, oid::int8, oid::text}},
    {"sextant_protection_groups", "protection_groups",
     {oid::text, oid::int8, oid::int8, oid::int8, oid::int8, oid::text, oid::pg_lsn, oid::text}},
    {"sextant_replacement", "replacement",
     {oid::text, oid::text, oid::text, oid::int8, oid::int8, oid::int8, oid::text}},
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
};

class ComparisonRows final : public SetFunctionRun {
 public:
  explicit ComparisonRows(std::unique_ptr<types::UserRows> rows) : rows_(std::move(rows)) {}

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
  return std::make_unique<ComparisonRows>(context.session->start_comparison(context, Name, arguments));
}

template <std::size_t I>
std::unique_ptr<SetFunctionRun> start(types::EvalContext& context, const FunctionCall&,
                                      std::span<const types::Datum> arguments) {
  const StatusFunction& function = kFunctions[I];
  auto rows = context.session->status_rows(function.asked_as);
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
  (void)((kFunctions[I].name == name && (found = &start<I>) != nullptr) || ...);
  return found;
}

}  // namespace

SetFunctionStart find_status_function(std::string_view internal_name) {
  if (internal_name == "sextant_changes") return &start_comparison<kChanges>;
  if (internal_name == "sextant_diff") return &start_comparison<kDiff>;
  return find(internal_name, std::make_index_sequence<std::size(kFunctions)>());
}

}  // namespace functions
