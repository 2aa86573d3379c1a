// tablefunc: rows turned into columns, trees of rows, normally distributed numbers.
#include <algorithm>
#include <random>

#include <boost/unordered/unordered_flat_map.hpp>
#include <fmt/format.h>

#include "extension_table.h"
#include "functions/quote.h"
#include "typed_rows.h"
#include "types/session_services.h"
#include "types/sql_error.h"

namespace extensions {
namespace {

using functions::FunctionCall;
using std::string_view;
using types::Datum;
using types::EvalContext;
using types::SqlError;
using types::TypeRef;
using Text = std::optional<std::string>;
using Start = std::unique_ptr<functions::SetFunctionRun>;

class Nothing final : public functions::SetFunctionRun {
  std::uint32_t next(EvalContext&, std::span<types::Vector>, std::uint32_t) override { return 0; }
};

bool any_null(std::span<const Datum> arguments) {
  return std::ranges::any_of(arguments, [](const Datum& d) { return d.is_null; });
}

types::SessionServices& session_of(EvalContext& context) {
  if (context.session == nullptr) throw SqlError::not_supported("queries of functions here");
  return *context.session;
}

Text text_of(EvalContext& context, const TypeRef& type, const Datum& value) {
  if (value.is_null) return std::nullopt;
  Text text(std::in_place);
  types::type_support(context, type.oid).output(context, value, *text);
  return text;
}

// ---- crosstab

[[noreturn]] void incompatible() { throw SqlError("42601", "return and sql tuple descriptions are incompatible"); }

// Name, category and value; a name's values fill its row from left to right.
Start crosstab(EvalContext& context, const FunctionCall& call, std::span<const Datum> arguments) {
  if (any_null(arguments)) return std::make_unique<Nothing>();
  auto rows = std::make_unique<TypedRows>(context, call);
  const std::vector<TypeRef>& columns = rows->columns();
  TypedRows::Row row;
  std::size_t filled = 0;
  bool first = true;
  auto end_row = [&] {
    row.resize(columns.size());
    rows->add(std::move(row));
    row = {};
  };
  session_of(context).each_query_row(
      arguments[0].as<string_view>(), [&](std::span<const TypeRef> from, std::span<const Datum> values) {
        if (first) {
          if (from.size() != 3)
            throw SqlError("22023", "invalid source data SQL statement")
                .with_detail("The provided SQL must return 3 columns: rowid, category, and values.");
          if (columns.size() < 2) incompatible();
          if (columns[0].oid != from[0].oid)
            throw SqlError("42804", "invalid return type")
                .with_detail("SQL rowid datatype does not match return rowid datatype.");
          for (std::size_t c = 1; c < columns.size(); ++c)
            if (columns[c].oid != from[2].oid) incompatible();
        }
        Text name = text_of(context, from[0], values[0]);
        if (first || name != row[0]) {
          if (!first) end_row();
          row.resize(columns.size());
          row[0] = std::move(name);
          filled = 1;
        }
        first = false;
        if (filled < columns.size()) row[filled++] = text_of(context, from[2], values[2]);
      });
  if (!first) end_row();
  return rows;
}

// Name, more columns, category and value; categories are those of the second query, in its order.
Start crosstab_of_categories(EvalContext& context, const FunctionCall& call, std::span<const Datum> arguments) {
  if (any_null(arguments)) return std::make_unique<Nothing>();
  auto rows = std::make_unique<TypedRows>(context, call);
  boost::unordered_flat_map<std::string, std::size_t> categories;
  auto refuse_categories = [] {
    throw SqlError("42601", "provided \"categories\" SQL must return 1 column of at least one row");
  };
  session_of(context).each_query_row(
      arguments[1].as<string_view>(), [&](std::span<const TypeRef> from, std::span<const Datum> values) {
        if (from.size() != 1) refuse_categories();
        Text category = text_of(context, from[0], values[0]);
        if (!category) throw SqlError("42601", "provided \"categories\" SQL must not return NULL values");
        if (!categories.emplace(std::move(*category), categories.size()).second)
          throw SqlError("42710", "duplicate category name");
      });
  if (categories.empty()) refuse_categories();
  const std::size_t width = rows->columns().size();
  TypedRows::Row row;
  bool first = true;
  session_of(context).each_query_row(
      arguments[0].as<string_view>(), [&](std::span<const TypeRef> from, std::span<const Datum> values) {
        const std::size_t kept = from.size() - 2;
        if (first) {
          if (from.size() < 3)
            throw SqlError("22023", "invalid source data SQL statement")
                .with_detail("The provided SQL must return 3  columns; rowid, category, and values.");
          if (width != kept + categories.size())
            throw SqlError("42601", "invalid return type")
                .with_detail(fmt::format("Query-specified return tuple has {} columns but crosstab returns {}.", width,
                                         kept + categories.size()));
        }
        Text name = text_of(context, from[0], values[0]);
        if (first || name != row[0]) {
          if (!first) rows->add(std::move(row));
          row = TypedRows::Row(width);
          row[0] = std::move(name);
          for (std::size_t c = 1; c < kept; ++c) row[c] = text_of(context, from[c], values[c]);
        }
        first = false;
        const Text category = text_of(context, from[kept], values[kept]);
        const auto place = category ? categories.find(*category) : categories.end();
        if (place != categories.end()) row[kept + place->second] = text_of(context, from[kept + 1], values[kept + 1]);
      });
  if (!first) rows->add(std::move(row));
  return rows;
}

// ---- connectby

struct Tree {
  std::string key, parent, table, order;  // as they were given: parts of a query
  int most_levels;
  std::string separator = "~";
  bool shows_branch, is_numbered;
};

void check_columns(const Tree& tree, const std::vector<TypeRef>& columns) {
  auto refuse = [](const char* detail) { throw SqlError("42804", "invalid return type").with_detail(detail); };
  const std::size_t count = 3 + (tree.shows_branch ? 1u : 0u) + (tree.is_numbered ? 1u : 0u);
  if (columns.size() != count) refuse("Query-specified return tuple has wrong number of columns.");
  if (columns[0].oid != columns[1].oid) refuse("First two columns must be the same type.");
  if (columns[2].oid != types::oid::int4) refuse("Third column must be type integer.");
  if (tree.shows_branch && columns[3].oid != types::oid::text) refuse("Fourth column must be type text.");
  if (tree.is_numbered && columns.back().oid != types::oid::int4)
    throw SqlError("42804", tree.shows_branch
                                ? "query-specified return tuple not valid for Connectby: fifth column must be type integer"
                                : "query-specified return tuple not valid for Connectby: fourth column must be type integer");
}

class Walk {
 public:
  Walk(EvalContext& context, const Tree& tree, TypedRows& rows) : context_(context), tree_(tree), rows_(rows) {}

  // A row, then what is below it, before the next beside it.
  void run(const std::string& start) {
    std::vector<Step> steps;
    steps.push_back({start, std::nullopt, 0, {}});
    while (!steps.empty()) {
      Step step = std::move(steps.back());
      steps.pop_back();
      const std::string& by = tree_.separator;
      if (step.level == 0) {
        step.branch = *step.key;
      } else if (step.key) {
        // A key that is on the way to itself.
        if ((by + step.branch + by).find(by + *step.key + by) != std::string::npos)
          throw SqlError("42P19", "infinite recursion detected");
        step.branch += by + *step.key;
      }
      add(step);
      if (!step.key) continue;  // the parent of nothing
      if (tree_.most_levels > 0 && step.level >= tree_.most_levels) continue;
      const std::size_t begin = steps.size();
      push_children(step, steps);
      std::reverse(steps.begin() + static_cast<std::ptrdiff_t>(begin), steps.end());
    }
  }

 private:
  struct Step {
    Text key, parent;
    int level;
    std::string branch;  // down to the parent, then down to the key
  };

  void add(const Step& step) {
    TypedRows::Row row;
    row.push_back(step.key);
    row.push_back(step.parent);
    row.emplace_back(std::to_string(step.level));
    if (tree_.shows_branch) row.emplace_back(step.branch);
    if (tree_.is_numbered) row.emplace_back(std::to_string(++number_));
    rows_.add(std::move(row));
  }

  void push_children(const Step& of, std::vector<Step>& steps) {
    std::string query = fmt::format("SELECT {}, {} FROM {} WHERE {} = {} AND {} IS NOT NULL AND {} <> {}", tree_.key,
                                    tree_.parent, tree_.table, tree_.parent, functions::quote_literal(*of.key), tree_.key,
                                    tree_.key, tree_.parent);
    if (!tree_.order.empty()) query += " ORDER BY " + tree_.order;
    session_of(context_).each_query_row(query, [&](std::span<const TypeRef> from, std::span<const Datum> values) {
      check_keys(from);
      steps.push_back({text_of(context_, from[0], values[0]), text_of(context_, from[1], values[1]), of.level + 1, of.branch});
    });
  }

  // The names of the columns and the table are any text: the query need not be of the shape it looks like.
  void check_keys(std::span<const TypeRef> from) const {
    if (from.size() < 2)
      throw SqlError("42804", "invalid return type").with_detail("Query must return at least two columns.");
    const auto name = [&](types::Oid type) { return context_.names->format_type(type, -1); };
    auto refuse = [&](const char* which, types::Oid returned, types::Oid found) {
      throw SqlError("42804", "invalid return type")
          .with_detail(fmt::format("SQL {} field type {} does not match return {} field type {}.", which, name(returned),
                                   which, name(found)));
    };
    if (from[0].oid != rows_.columns()[0].oid) refuse("key", rows_.columns()[0].oid, from[0].oid);
    if (from[1].oid != rows_.columns()[1].oid) refuse("parent key", rows_.columns()[1].oid, from[1].oid);
  }

  EvalContext& context_;
  const Tree& tree_;
  TypedRows& rows_;
  int number_ = 0;
};

// connectby(table, key, parent [, order], start, levels [, separator])
template <bool Ordered>
Start connectby(EvalContext& context, const FunctionCall& call, std::span<const Datum> arguments) {
  if (any_null(arguments)) return std::make_unique<Nothing>();
  std::size_t at = 0;
  auto text = [&] { return std::string(arguments[at++].as<string_view>()); };
  Tree tree;
  tree.table = text();
  tree.key = text();
  tree.parent = text();
  if (Ordered) tree.order = text();
  const std::string start = text();
  tree.most_levels = arguments[at++].as<std::int32_t>();
  tree.shows_branch = at < arguments.size();
  if (tree.shows_branch) tree.separator = text();
  tree.is_numbered = Ordered;
  auto rows = std::make_unique<TypedRows>(context, call);
  check_columns(tree, rows->columns());
  Walk(context, tree, *rows).run(start);
  return rows;
}

// ---- normal_rand

class NormalNumbers final : public functions::SetFunctionRun {
 public:
  NormalNumbers(std::int32_t count, double mean, double deviation) : left_(count), distribution_(0, 1), mean_(mean), deviation_(deviation) {}

  std::uint32_t next(EvalContext&, std::span<types::Vector> out, std::uint32_t capacity) override {
    std::uint32_t count = 0;
    for (; count < capacity && left_ > 0; ++count, --left_) out[0].set<double>(count, mean_ + deviation_ * distribution_(random_));
    return count;
  }

 private:
  std::int32_t left_;
  std::mt19937_64 random_{std::random_device{}()};
  std::normal_distribution<double> distribution_;
  double mean_, deviation_;
};

Start normal_numbers(EvalContext&, const FunctionCall&, std::span<const Datum> arguments) {
  if (any_null(arguments)) return std::make_unique<Nothing>();
  const auto count = arguments[0].as<std::int32_t>();
  if (count < 0) throw SqlError("22023", "number of rows cannot be negative");
  return std::make_unique<NormalNumbers>(count, arguments[1].as<double>(), arguments[2].as<double>());
}

constexpr SetFunction kSetFunctions[] = {
    {"crosstab", crosstab},
    {"crosstab_hash", crosstab_of_categories},
    {"connectby_text", connectby<false>},
    {"connectby_text_serial", connectby<true>},
    {"normal_rand", normal_numbers},
};

constexpr RowType kRowTypes[] = {
    {"tablefunc_crosstab_2", "row_name text, category_1 text, category_2 text"},
    {"tablefunc_crosstab_3", "row_name text, category_1 text, category_2 text, category_3 text"},
    {"tablefunc_crosstab_4", "row_name text, category_1 text, category_2 text, category_3 text, category_4 text"},
};

constexpr Routine kTablefuncRoutines[] = {
    {"normal_rand", "int4, float8, float8", "setof float8", "normal_rand", "vsu"},
    {"crosstab", "text", "setof record", "crosstab", "ssu"},
    {"crosstab2", "text", "setof tablefunc_crosstab_2", "crosstab", "ssu"},
    {"crosstab3", "text", "setof tablefunc_crosstab_3", "crosstab", "ssu"},
    {"crosstab4", "text", "setof tablefunc_crosstab_4", "crosstab", "ssu"},
    {"crosstab", "text, int4", "setof record", "crosstab", "ssu"},
    {"crosstab", "text, text", "setof record", "crosstab_hash", "ssu"},
    {"connectby", "text, text, text, text, int4, text", "setof record", "connectby_text", "ssu"},
    {"connectby", "text, text, text, text, int4", "setof record", "connectby_text", "ssu"},
    {"connectby", "text, text, text, text, text, int4, text", "setof record", "connectby_text_serial", "ssu"},
    {"connectby", "text, text, text, text, text, int4", "setof record", "connectby_text_serial", "ssu"},
};

}  // namespace

const Extension& tablefunc() {
  static const Extension extension{.name = "tablefunc",
                                   .version = "1.0",
                                   .comment = "functions that manipulate whole tables, including crosstab",
                                   .trusted = true,
                                   .routines = kTablefuncRoutines,
                                   .row_types = kRowTypes,
                                   .set_functions = kSetFunctions};
  return extension;
}

}  // namespace extensions
