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

// What a row's call needs that most rows share with the one before: the path and the variables are read
// again only where their text is another one.
class Prepared {
 public:
  PathCall call(string_view target, string_view path, string_view vars, bool silent, bool use_time_zone) {
    if (path.data() != path_text_.data() || path.size() != path_text_.size()) {
      path_ = types::parse_jsonpath(kept_, path);
      path_text_ = path;
    }
    if (vars.data() != vars_text_.data() || vars.size() != vars_text_.size()) {
      vars_ = vars.empty() ? nullptr : &path_variables(kept_, vars);
      vars_text_ = vars;
    }
    return {.target = target, .path = &path_, .vars = vars_, .silent = silent, .use_time_zone = use_time_zone};
  }

 private:
  types::Arena kept_;
  types::JsonPath path_;
  const types::JsonNode* vars_ = nullptr;
  string_view path_text_, vars_text_;
};

std::optional<bool> match(EvalContext& ctx, const PathCall& call) {
  const PathValues found = run_jsonpath(ctx, call);
  if (found.size() == 1 && found.front().node != nullptr) {
    const types::JsonNode& node = *found.front().node;
    if (node.kind == JsonKind::boolean) return node.boolean();
    if (node.kind == JsonKind::null) return std::nullopt;
  }
  if (!call.silent) throw SqlError("22038", "single boolean result is expected");
  return std::nullopt;
}

// Each appends the row's answer to `out`; false: null.
bool query_array(EvalContext& ctx, const PathCall& call, std::string& out) {
  out += '[';
  for (const PathValue& v : run_jsonpath(ctx, call)) {
    if (out.size() > 1) out += ", ";
    out += path_value_text(ctx, v);
  }
  out += ']';
  return true;
}
bool query_first(EvalContext& ctx, const PathCall& call, std::string& out) {
  const PathValues found = run_jsonpath(ctx, call);
  if (found.empty()) return false;
  out += path_value_text(ctx, found.front());
  return true;
}

// Arguments: target, path and, but for the operators, variables and whether to be silent. What a row's
// call leaves in the arena is gone with the row.
template <auto Body, bool Tz>
void each_row(EvalContext& ctx, const FunctionCall&, std::span<const Vector* const> arguments, Selection rows,
              Vector& out) {
  Prepared prepared;
  types::Arena scratch;
  EvalContext inner = ctx;
  inner.arena = &scratch;
  std::string text;
  const bool is_operator = arguments.size() == 2;
  detail::for_each_row(rows, [&](std::uint32_t row) {
    for (const Vector* argument : arguments)
      if (argument->is_null(row)) return out.set_null(row);
    scratch.reset();
    const PathCall call = prepared.call(arguments[0]->get<string_view>(row), arguments[1]->get<string_view>(row),
                                        is_operator ? string_view() : arguments[2]->get<string_view>(row),
                                        is_operator || arguments[3]->get<bool>(row), Tz);
    if constexpr (std::is_invocable_v<decltype(Body), EvalContext&, const PathCall&>) {
      detail::store(ctx, out, row, Body(inner, call));
    } else {
      text.clear();
      if (!Body(inner, call, text)) return out.set_null(row);
      out.set<string_view>(row, ctx.arena->copy(text));
    }
  });
}

constexpr ScalarFunction kJsonpathFunctions[] = {
    {"jsonb_path_exists", each_row<&jsonpath_exists, false>},
    {"jsonb_path_exists_tz", each_row<&jsonpath_exists, true>},
    {"jsonb_path_exists_opr", each_row<&jsonpath_exists, false>},
    {"jsonb_path_match", each_row<&match, false>},
    {"jsonb_path_match_tz", each_row<&match, true>},
    {"jsonb_path_match_opr", each_row<&match, false>},
    {"jsonb_path_query_array", each_row<&query_array, false>},
    {"jsonb_path_query_array_tz", each_row<&query_array, true>},
    {"jsonb_path_query_first", each_row<&query_first, false>},
    {"jsonb_path_query_first_tz", each_row<&query_first, true>},
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
  if (!null) {
    Prepared prepared;
    for (const PathValue& v : run_jsonpath(ctx, prepared.call(a[0].as<string_view>(), a[1].as<string_view>(),
                                                              a[2].as<string_view>(), a[3].boolean, Tz)))
      rows.emplace_back(path_value_text(ctx, v));
  }
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

std::span<const ScalarFunction> jsonpath_functions() { return kJsonpathFunctions; }

}  // namespace functions
