// jsonb_path_*() and the operators @? and @@.
#include <string>

#include "function_table.h"
#include "jsonpath_exec.h"
#include "jsonpath_set.h"
#include "kernel.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::JsonKind;
using types::SqlError;
using Found = std::optional<std::vector<PathValue>>;

template <bool Tz>
PathCall call_of(string_view target, string_view path, string_view vars, bool silent) {
  return {.target = target, .path = path, .vars = vars, .silent = silent, .use_time_zone = Tz};
}

template <bool Tz>
std::optional<bool> exists(EvalContext& ctx, string_view target, string_view path, string_view vars, bool silent) {
  return jsonpath_exists(ctx, call_of<Tz>(target, path, vars, silent));
}
std::optional<bool> exists_operator(EvalContext& ctx, string_view target, string_view path) {
  return jsonpath_exists(ctx, call_of<false>(target, path, {}, true));
}

std::optional<bool> match_of(const Found& found, bool silent) {
  if (found && found->size() == 1 && found->front().node != nullptr) {
    const types::JsonNode& node = *found->front().node;
    if (node.kind == JsonKind::boolean) return node.boolean();
    if (node.kind == JsonKind::null) return std::nullopt;
  }
  if (!silent) throw SqlError("22038", "single boolean result is expected");
  return std::nullopt;
}
template <bool Tz>
std::optional<bool> match(EvalContext& ctx, string_view target, string_view path, string_view vars, bool silent) {
  return match_of(run_jsonpath(ctx, call_of<Tz>(target, path, vars, silent)), silent);
}
std::optional<bool> match_operator(EvalContext& ctx, string_view target, string_view path) {
  return match_of(run_jsonpath(ctx, call_of<false>(target, path, {}, true)), true);
}

template <bool Tz>
std::string query_array(EvalContext& ctx, string_view target, string_view path, string_view vars, bool silent) {
  std::string out = "[";
  if (Found found = run_jsonpath(ctx, call_of<Tz>(target, path, vars, silent)))
    for (const PathValue& v : *found) {
      if (out.size() > 1) out += ", ";
      out += path_value_text(ctx, v);
    }
  return out += ']';
}
template <bool Tz>
std::optional<string_view> query_first(EvalContext& ctx, string_view target, string_view path, string_view vars,
                                       bool silent) {
  Found found = run_jsonpath(ctx, call_of<Tz>(target, path, vars, silent));
  if (!found || found->empty()) return std::nullopt;
  return path_value_text(ctx, found->front());
}

constexpr ScalarFunction kFunctions[] = {
    {"jsonb_path_exists", strict<&exists<false>>},
    {"jsonb_path_exists_tz", strict<&exists<true>>},
    {"jsonb_path_exists_opr", strict<&exists_operator>},
    {"jsonb_path_match", strict<&match<false>>},
    {"jsonb_path_match_tz", strict<&match<true>>},
    {"jsonb_path_match_opr", strict<&match_operator>},
    {"jsonb_path_query_array", strict<&query_array<false>>},
    {"jsonb_path_query_array_tz", strict<&query_array<true>>},
    {"jsonb_path_query_first", strict<&query_first<false>>},
    {"jsonb_path_query_first_tz", strict<&query_first<true>>},
};

// The rows of jsonb_path_query(); their bytes are kept until the last one is out.
class Rows final : public SetFunctionRun {
 public:
  explicit Rows(std::vector<std::string> rows) : rows_(std::move(rows)) {}
  std::uint32_t next(EvalContext&, std::span<types::Vector> out, std::uint32_t capacity) override {
    std::uint32_t count = 0;
    while (count < capacity && at_ < rows_.size()) out[0].set<string_view>(count++, rows_[at_++]);
    return count;
  }

 private:
  std::vector<std::string> rows_;
  std::size_t at_ = 0;
};

template <bool Tz>
std::unique_ptr<SetFunctionRun> query_rows(EvalContext& ctx, std::span<const types::Datum> a) {
  std::vector<std::string> rows;
  bool null = false;
  for (const types::Datum& d : a) null = null || d.is_null;
  if (!null)
    if (Found found = run_jsonpath(ctx, call_of<Tz>(a[0].as<string_view>(), a[1].as<string_view>(),
                                                    a[2].as<string_view>(), a[3].boolean)))
      for (const PathValue& v : *found) rows.emplace_back(path_value_text(ctx, v));
  return std::make_unique<Rows>(std::move(rows));
}

}  // namespace

std::unique_ptr<SetFunctionRun> jsonb_path_query(EvalContext& ctx, const FunctionCall&,
                                                 std::span<const types::Datum> arguments) {
  return query_rows<false>(ctx, arguments);
}
std::unique_ptr<SetFunctionRun> jsonb_path_query_tz(EvalContext& ctx, const FunctionCall&,
                                                    std::span<const types::Datum> arguments) {
  return query_rows<true>(ctx, arguments);
}

std::span<const ScalarFunction> jsonpath_functions() { return kFunctions; }

}  // namespace functions
