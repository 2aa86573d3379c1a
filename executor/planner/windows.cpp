// Window functions and set-returning functions in the SELECT list.
#include <algorithm>

#include "cost.h"
#include "extensions/extension.h"
#include "functions/aggregate.h"
#include "functions/user_functions.h"
#include "user_aggregate.h"
#include "catalog/collators.h"
#include "catalog/internal_functions.h"
#include "functions/collated.h"
#include "query_planner.h"
#include "types/collator.h"
#include "types/integer_conversion.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace planner {

namespace {

// Every window call of this level in the expressions.
std::vector<const Expression*> window_calls(const std::vector<query::OutputColumn>& output) {
  std::vector<const Expression*> calls;
  for (const query::OutputColumn& column : output)
    visit(*column.expression, 0, [&](const Expression& e, int depth) {
      if (depth == 0 && std::holds_alternative<query::WindowCall>(e.node)) {
        for (const Expression* present : calls)
          if (query::equal(*present, e)) return false;
        calls.push_back(&e);
        return false;
      }
      return true;
    });
  return calls;
}

// Sums of floating-point numbers depend on the order; those of money and intervals may overflow on the way.
bool is_divisible_aggregate(catalog::CatalogView& catalog, const catalog::FunctionInfo& info, const query::WindowCall& call) {
  if (call.function >= types::kFirstNormalOid) return false;
  const auto is = [&](std::initializer_list<std::string_view> names) { return std::ranges::find(names, info.name) != names.end(); };
  if (is({"count", "min", "max", "bool_and", "bool_or", "every", "bit_and", "bit_or", "bit_xor"})) return true;
  if (!is({"sum", "avg"}) || call.arguments.size() != 1) return false;
  const types::Oid type = catalog.base_type(call.arguments[0]->type.oid);
  return types::is_integer(type) || type == types::oid::numeric;
}

void add_unique(std::vector<const Expression*>& list, const Expression& e) {
  for (const Expression* present : list)
    if (query::equal(*present, e)) return;
  list.push_back(&e);
}

}  // namespace

// What windows partition, sort and compute by must be columns below them.
void QueryPlanner::collect_window_inputs(std::vector<const Expression*>& inputs) {
  for (const Expression* e : window_calls(query_->output)) {
    const auto& call = std::get<query::WindowCall>(e->node);
    const query::Window& window = query_->windows[static_cast<std::size_t>(call.window)];
    for (const ExpressionPtr& p : window.partition_by) add_unique(inputs, *p);
    for (const query::SortKey& key : window.order_by) add_unique(inputs, *key.expression);
    for (const ExpressionPtr& a : call.arguments) add_unique(inputs, *a);
    if (call.filter) add_unique(inputs, *call.filter);
  }
}

Built QueryPlanner::plan_windows(Built input, const std::vector<const Expression*>& targets) {
  const std::vector<const Expression*> calls = window_calls(query_->output);
  std::vector<std::size_t> used;
  for (std::size_t w = 0; w < query_->windows.size(); ++w)
    for (const Expression* e : calls)
      if (std::get<query::WindowCall>(e->node).window == static_cast<int>(w)) {
        used.push_back(w);
        break;
      }
  for (const std::size_t w : used) {
    const query::Window& window = query_->windows[w];
    auto column_of = [&](const Expression& e) {
      const int at = input.layout.find(e);
      CHECK(at >= 0);
      return at;
    };
    auto node = std::make_unique<WindowNode>();
    std::vector<SortColumn> sort_columns;
    std::vector<std::string> text;
    for (const ExpressionPtr& e : window.partition_by) {
      node->partition.push_back(key_column(*e, column_of(*e)));
      query::SortKey key;
      key.expression = query::clone(*e);
      sort_columns.push_back(sort_column(key, column_of(*e)));
      text.push_back(sort_text(key));
    }
    for (const query::SortKey& key : window.order_by) {
      node->order.push_back(sort_column(key, column_of(*key.expression)));
      sort_columns.push_back(node->order.back());
      text.push_back(sort_text(key));
    }
    if (!sort_columns.empty())
      input = sort(std::move(input), std::move(sort_columns), false, std::move(text));
    node->unit = window.unit;
    node->start = window.start;
    node->end = window.end;
    node->exclusion = window.exclusion;
    if (window.start_offset) node->start_offset = compile({window.start_offset.get()}, Layout());
    if (window.end_offset) node->end_offset = compile({window.end_offset.get()}, Layout());
    auto in_range = [&](types::Oid function, const ExpressionPtr& offset) {
      CHECK(window.order_by.size() == 1);
      const TypeRef type = window.order_by[0].expression->type;
      return eval::resolve_call(catalog(), function,
                                {type, type, offset->type, {types::oid::bool_}, {types::oid::bool_}},
                                {types::oid::bool_}, 0);
    };
    if (window.start_in_range != 0) node->start_in_range = in_range(window.start_in_range, window.start_offset);
    if (window.end_in_range != 0) node->end_in_range = in_range(window.end_in_range, window.end_offset);
    node->raw_columns = input.node->columns;
    for (const Expression* e : calls) {
      const auto& call = std::get<query::WindowCall>(e->node);
      if (call.window != static_cast<int>(w)) continue;
      WindowFunctionCall function;
      const catalog::FunctionInfo* info = catalog().function(call.function);
      CHECK(info != nullptr);
      if (info->kind == 'w') function.builtin = info->source;
      std::vector<TypeRef> argument_types;
      for (const ExpressionPtr& a : call.arguments) {
        function.arguments.push_back(column_of(*a));
        argument_types.push_back(a->type);
      }
      if (call.filter) function.filter = column_of(*call.filter);
      functions::FunctionCall site;
      site.function = call.function;
      site.result = e->type;
      site.collation = call.input_collation;
      function.site = eval::CallSite(site, std::move(argument_types));
      if (info->kind != 'w') function.aggregate = resolve_aggregate(catalog(), function.site, function.user);
      function.is_divisible = function.aggregate != nullptr && function.aggregate->combine != nullptr &&
                              function.user == nullptr && is_divisible_aggregate(catalog(), *info, call);
      function.result = eval::physical_type(catalog(), e->type.oid);
      node->raw_columns.push_back(function.result);
      node->functions.push_back(std::move(function));
      input.layout.add(*e);
    }
    node->columns = node->raw_columns;
    set_costs(*node, input.node->startup_cost, input.node->total_cost + input.node->rows * cost::kOperator * 2,
              input.node->rows, input.node->width);
    describe(*node, "WindowAgg");
    note_output(*node, input.layout, input.layout.columns());
    node->children.push_back(std::move(input.node));
    input.node = std::move(node);
  }
  auto node = std::make_unique<SubqueryScanNode>();
  node->transparent = true;
  node->raw_columns = input.node->columns;
  set_costs(*node, input.node->startup_cost, input.node->total_cost, input.node->rows, 0);
  const Layout raw = input.layout;
  node->children.push_back(std::move(input.node));
  return finish(std::move(node), raw, {}, targets);
}

SetFunctionCall QueryPlanner::set_function(const Expression& expression, int columns,
                                           const Layout& layout, std::vector<TypeRef> spread) {
  SetFunctionCall result;
  result.column_count = static_cast<std::uint32_t>(columns);
  const auto* call = std::get_if<query::Call>(&expression.node);
  if (call == nullptr || !call->returns_set) {
    // A function of one value in FROM.
    result.scalar = true;
    const catalog::TypeInfo* type = catalog().type(catalog().base_type(expression.type.oid));
    result.spread = !spread.empty() && (expression.type.oid == types::oid::record ||
                                        (type != nullptr && type->kind == 'c'));
    if (columns > 1 && !result.spread)
      throw types::SqlError::not_supported("a function returning a row in FROM");
    result.site.set_columns(std::move(spread));
    result.arguments = compile({&expression}, layout);
    return result;
  }
  const catalog::FunctionInfo* info = catalog().function(call->function);
  CHECK(info != nullptr);
  // Those of the system in SQL are run as users' are.
  const bool user_written = catalog::is_user_written(*info) || info->language == catalog::kSqlLanguage;
  result.start = user_written                              ? &functions::start_user_function
                 : info->language == extensions::kLanguage ? extensions::find_set_function(info->source)
                                                           : functions::find_set_function(info->source);
  const types::Collator* collator = catalog::collator(catalog(), call->input_collation);
  const bool collated = collator != nullptr && !user_written && functions::find_collated(info->source) != nullptr;
  if (collated) result.start = functions::find_collated_set_function(info->source);
  // A built-in function under a user's name works on the types of its own.
  const catalog::FunctionInfo* built_in =
      catalog::is_user_internal(*info) ? catalog::internal_function_of(catalog(), *info) : info;
  if (result.start == nullptr || built_in == nullptr)
    throw types::SqlError::not_supported(eval::function_signature(catalog(), call->function));
  // A kernel fills one vector per column, also where its row is wanted as one value.
  if (columns == 1 && !user_written && spread.empty()) {
    for (std::size_t i = 0; i < info->argument_modes.size(); ++i)
      if (const char mode = info->argument_modes[i]; mode == 'o' || mode == 'b' || mode == 't')
        result.row_fields.push_back({info->all_arguments[i],
                                     eval::physical_type(catalog(), info->all_arguments[i])});
    if (result.row_fields.size() < 2) result.row_fields.clear();
  }
  std::vector<const Expression*> arguments;
  std::vector<TypeRef> types;
  for (const ExpressionPtr& a : call->arguments) {
    arguments.push_back(a.get());
    types.push_back(a->type);
  }
  result.arguments = compile(arguments, layout);
  result.strict = info->strict;
  functions::FunctionCall site;
  site.function = built_in->oid;
  site.result = expression.type;
  if (built_in != info) {
    for (std::size_t i = 0; i < types.size() && i < info->arguments.size(); ++i)
      if (info->arguments[i] != built_in->arguments[i] && built_in->arguments[i] != types::oid::any) types[i].oid = built_in->arguments[i];
    if (info->result != built_in->result) site.result.oid = built_in->result;
  }
  site.collation = collated ? collator->number() : call->input_collation;
  site.variadic_array = call->variadic_array;
  result.site = eval::CallSite(site, std::move(types));
  result.site.set_columns(std::move(spread));
  return result;
}

// Set-returning calls, innermost first: those inside others' arguments make a level of their own.
Built QueryPlanner::plan_set_functions(Built input, const std::vector<const Expression*>& targets) {
  for (int level = 0; level < 16; ++level) {
    std::vector<const Expression*> calls;
    bool deeper = false;
    for (const Expression* e : targets)
      visit(*e, 0, [&](const Expression& x, int depth) {
        if (depth != 0) return false;
        const auto* call = std::get_if<query::Call>(&x.node);
        if (call == nullptr || !call->returns_set) return true;
        if (input.layout.find(x) >= 0) return false;
        bool nested = false;
        for (const ExpressionPtr& a : call->arguments)
          visit(*a, 0, [&](const Expression& y, int d) {
            const auto* inner = std::get_if<query::Call>(&y.node);
            if (d == 0 && inner != nullptr && inner->returns_set && input.layout.find(y) < 0) nested = true;
            return d == 0;
          });
        if (nested) {
          deeper = true;
          return true;
        }
        add_unique(calls, x);
        return false;
      });
    if (calls.empty()) break;
    auto node = std::make_unique<ProjectSetNode>();
    node->raw_columns = input.node->columns;
    for (const Expression* e : calls) {
      node->functions.push_back(set_function(*e, 1, input.layout));
      node->raw_columns.push_back(eval::physical_type(catalog(), e->type.oid));
    }
    for (const Expression* e : calls) input.layout.add(*e);
    node->columns = node->raw_columns;
    const double rows = input.node->rows * 1000;
    set_costs(*node, input.node->startup_cost, input.node->total_cost + rows * cost::kOperator, rows,
              input.node->width);
    describe(*node, "ProjectSet");
    note_output(*node, input.layout, input.layout.columns());
    node->children.push_back(std::move(input.node));
    input.node = std::move(node);
    if (!deeper) break;
  }
  auto node = std::make_unique<SubqueryScanNode>();
  node->transparent = true;
  node->raw_columns = input.node->columns;
  set_costs(*node, input.node->startup_cost, input.node->total_cost, input.node->rows, 0);
  const Layout raw = input.layout;
  node->children.push_back(std::move(input.node));
  return finish(std::move(node), raw, {}, targets);
}

}  // namespace planner
