// WINDOW definitions and OVER (...): inheritance, keys and frames.
#include <fmt/format.h>

#include "analysis.h"
#include "catalog/builtin.h"
#include "query/walk.h"

namespace analyzer {
namespace {

using query::FrameBound;

ExpressionPtr key_expression(Scope& scope, const ast::Node* node, Place place) {
  auto expression = analyze_expression(scope, node, place);
  if (expression->type.oid == oid::unknown)
    expression = coerce(scope, std::move(expression), type_ref(scope, oid::text), Context::implicit,
                        query::CallForm::implicit_cast, -1);
  return expression;
}

void refuse_columns(const Expression& expression, const char* construct) {
  if (const auto* ref = std::get_if<query::ColumnReference>(&expression.node); ref && ref->levels_up == 0)
    throw SqlError("42P10", fmt::format("argument of {} must not contain variables", construct))
        .at(expression.location);
  query::for_each_child(expression, [&](const Expression& child) { refuse_columns(child, construct); });
}

// A RANGE offset: cast to what the ordering type's in_range function takes.
ExpressionPtr range_offset(Scope& scope, const query::SortKey& key, ExpressionPtr offset, Oid& function) {
  Oid type = scope.catalog().base_type(key.expression->type.oid);
  auto operators = scope.catalog().ordering_operators(type);
  Oid input = operators.btree_input_type ? operators.btree_input_type : type;
  Oid given = offset->type.oid;
  Oid chosen = 0;
  std::vector<Oid> tried{given, type, oid::interval, oid::int8, oid::int4, oid::int2, oid::float8, oid::numeric};
  bool any = false;
  for (Oid candidate : tried) {
    if (candidate == oid::unknown) continue;
    Oid found = scope.catalog().family_procedure(operators.btree_family, input, candidate, 3);
    if (!found) continue;
    any = true;
    if (!chosen && can_coerce(scope, given, candidate, Context::implicit)) {
      chosen = candidate;
      function = found;
    }
  }
  int location = location_of(*offset);
  if (!any)
    throw SqlError("0A000", fmt::format("RANGE with offset PRECEDING/FOLLOWING is not supported for column type {}",
                                        type_name(scope, type)))
        .at(location);
  if (!chosen)
    throw SqlError("0A000", fmt::format("RANGE with offset PRECEDING/FOLLOWING is not supported for column type {} "
                                        "and offset type {}",
                                        type_name(scope, type), type_name(scope, given)))
        .with_hint("Cast the offset value to an appropriate type.")
        .at(location);
  return coerce(scope, std::move(offset), type_ref(scope, chosen), Context::implicit,
                query::CallForm::implicit_cast, -1);
}

ExpressionPtr frame_offset(Scope& scope, const query::Window& window, const ast::Node* node, Oid& function) {
  if (!node) return nullptr;
  ExpressionPtr result;
  const char* construct = "ROWS";
  if (window.unit == query::FrameUnit::range) {
    construct = "RANGE";
    result = range_offset(scope, window.order_by[0], analyze_expression(scope, node, Place::window_frame_range),
                          function);
  } else {
    bool rows = window.unit == query::FrameUnit::rows;
    construct = rows ? "ROWS" : "GROUPS";
    result = analyze_expression(scope, node, rows ? Place::window_frame_rows : Place::window_frame_groups);
    result = coerce_to_specific(scope, std::move(result), type_ref(scope, oid::int8), construct);
  }
  refuse_columns(*result, construct);
  return result;
}

FrameBound start_bound(int options) {
  if (options & ast::kFrameStartUnboundedPreceding) return FrameBound::unbounded_preceding;
  if (options & ast::kFrameStartCurrentRow) return FrameBound::current_row;
  if (options & ast::kFrameStartPreceding) return FrameBound::preceding;
  if (options & ast::kFrameStartFollowing) return FrameBound::following;
  return FrameBound::unbounded_preceding;
}
FrameBound end_bound(int options) {
  if (options & ast::kFrameEndUnboundedFollowing) return FrameBound::unbounded_following;
  if (options & ast::kFrameEndCurrentRow) return FrameBound::current_row;
  if (options & ast::kFrameEndPreceding) return FrameBound::preceding;
  if (options & ast::kFrameEndFollowing) return FrameBound::following;
  return FrameBound::current_row;
}

void inherit(const query::Window& base, bool base_has_frame, const ast::WindowDefinition& own, query::Window& window,
             Scope& scope) {
  auto refuse = [&](const char* clause) {
    throw SqlError("42P20", fmt::format("cannot override {} clause of window \"{}\"", clause, own.base_name))
        .at(own.location);
  };
  if (!own.partition_by.empty()) refuse("PARTITION BY");
  if (!own.order_by.empty() && !base.order_by.empty()) refuse("ORDER BY");
  if (base_has_frame) {
    bool omit = !own.name.data() && own.order_by.empty() && !(own.frame_options & ast::kFrameNonDefault);
    auto error = SqlError("42P20", fmt::format("cannot copy window \"{}\" because it has a frame clause", own.base_name));
    if (omit) throw std::move(error).with_hint("Omit the parentheses in this OVER clause.").at(own.location);
    throw std::move(error).at(own.location);
  }
  for (const auto& expression : base.partition_by) window.partition_by.push_back(query::clone(*expression));
  window.partition_equals = base.partition_equals;
  for (const auto& key : base.order_by) {
    query::SortKey copy;
    copy.expression = query::clone(*key.expression);
    copy.less_than = key.less_than;
    copy.equals = key.equals;
    copy.descending = key.descending;
    copy.nulls_first = key.nulls_first;
    window.order_by.push_back(std::move(copy));
  }
  (void)scope;
}

}  // namespace

void analyze_windows(Scope& scope) {
  query::Query& query = *scope.query;
  // More may be added by calls inside of definitions: none are allowed there, so the list is done.
  for (std::size_t i = 0; i < scope.window_definitions.size(); ++i) {
    const ast::WindowDefinition& own = *scope.window_definitions[i];
    query::Window window;
    if (own.name.data()) {
      window.name = str(own.name);
      for (const auto& other : query.windows)
        if (other.name == window.name)
          throw SqlError("42P20", fmt::format("window \"{}\" is already defined", own.name)).at(own.location);
    }
    if (own.base_name.data()) {
      std::size_t base = 0;
      while (base < i && query.windows[base].name != own.base_name) ++base;
      if (base == i)
        throw SqlError("42704", fmt::format("window \"{}\" does not exist", own.base_name)).at(own.location);
      bool has_frame = scope.window_definitions[base]->frame_options & ast::kFrameNonDefault;
      inherit(query.windows[base], has_frame, own, window, scope);
    }
    for (const ast::Node* node : own.partition_by) {
      auto expression = key_expression(scope, node, Place::window_partition);
      auto operators = scope.catalog().ordering_operators(expression->type.oid);
      Oid equals = operators.equal ? operators.equal : operators.hash_equal;
      if (!equals)
        throw SqlError("42883", fmt::format("could not identify an equality operator for type {}",
                                            type_name(scope, expression->type.oid)))
            .at(node->location);
      window.partition_equals.push_back(equals);
      window.partition_by.push_back(std::move(expression));
    }
    for (const ast::Node* node : own.order_by) {
      const auto& sort = ast::as<ast::SortBy>(*node);
      window.order_by.push_back(make_sort_key(scope, key_expression(scope, sort.expression, Place::window_order),
                                              &sort, sort.expression->location));
    }
    int options = own.frame_options;
    window.unit = options & ast::kFrameRows     ? query::FrameUnit::rows
                  : options & ast::kFrameGroups ? query::FrameUnit::groups
                                                : query::FrameUnit::range;
    window.start = start_bound(options);
    window.end = end_bound(options);
    window.exclusion = options & ast::kFrameExcludeCurrentRow ? query::FrameExclusion::current_row
                       : options & ast::kFrameExcludeGroup    ? query::FrameExclusion::group
                       : options & ast::kFrameExcludeTies     ? query::FrameExclusion::ties
                                                              : query::FrameExclusion::none;
    bool offsets = own.start_offset || own.end_offset;
    if (window.unit == query::FrameUnit::range && offsets && window.order_by.size() != 1)
      throw SqlError("42P20", "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column")
          .at(own.location);
    if (window.unit == query::FrameUnit::groups && window.order_by.empty())
      throw SqlError("42P20", "GROUPS mode requires an ORDER BY clause").at(own.location);
    window.start_offset = frame_offset(scope, window, own.start_offset, window.start_in_range);
    window.end_offset = frame_offset(scope, window, own.end_offset, window.end_in_range);
    query.windows.push_back(std::move(window));
  }
}

}  // namespace analyzer
