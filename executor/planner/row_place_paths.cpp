// Rows that a condition names by their place: ctid = .., ctid = ANY (..), and WHERE CURRENT OF.
#include <algorithm>
#include <cmath>

#include "catalog/row_place.h"
#include "cost.h"
#include "query/row_place.h"
#include "query_planner.h"
#include "rewrite.h"
#include "table/table.h"

namespace planner {
namespace {

constexpr types::Oid kTidArray = 1010, kByteaArray = 1001, kBigintArray = 1016;

bool is_row_key(const Expression& e, int rel) {
  const auto* column = as_column(e);
  return column != nullptr && column->levels_up == 0 && column->range_table_index == rel &&
         column->column == query::kRowKeyColumn;
}

bool is_row_place(const Expression& e, int rel) {
  const auto* call = std::get_if<query::Call>(&e.node);
  return call != nullptr && call->function == query::kRowPlaceFunction && is_row_key(*call->arguments.front(), rel);
}

ExpressionPtr make_call(types::Oid function, types::Oid result, ExpressionPtr argument) {
  query::Call call;
  call.function = function;
  call.arguments.push_back(std::move(argument));
  auto expression = std::make_unique<Expression>();
  expression->type = {result};
  expression->node = std::move(call);
  return expression;
}

std::int32_t bytes_of(types::Oid integer) {
  return integer == types::oid::int2 ? 2 : integer == types::oid::int4 ? 4 : 8;
}

}  // namespace

Path* QueryPlanner::row_place_path(int rel, const std::vector<const Qual*>& quals, const std::vector<const Qual*>& join_quals,
                                   const RelSet& outer) {
  const RelationPtr descriptor = relation_ptr(rel);
  if (!descriptor->storage) return nullptr;
  const RelSet self = RelSet::of(rel);
  const bool has_row_id = descriptor->storage->schema().has_row_id();
  const catalog::IndexDescriptor* integer = has_row_id ? nullptr : catalog::integer_row_key(*descriptor);

  // The value that the row's key must have, made of what it is compared with; null: it cannot be told before.
  const auto known = [&](const Expression& value) -> ExpressionPtr {
    ExpressionPtr own = query::clone(value);
    rewrite(own, 0, [&](ExpressionPtr& e, int depth) {
      const auto* column = as_column(*e);
      if (column == nullptr || column->levels_up != depth || column->range_table_index != rel ||
          column->column != query::kTableOidColumn)
        return false;
      e = make_constant(types::Datum::of(descriptor->oid), {types::oid::oid_});
      return true;
    });
    const RelSet used = planner::relations_of(*own);
    const bool usable = used.subset_of(outer) && !used.overlaps(self) && !contains_subquery(*own) &&
                        !eval::contains_volatile(catalog(), *own);
    return usable ? std::move(own) : nullptr;
  };
  const auto key_at = [&](ExpressionPtr place, bool is_array) -> ExpressionPtr {
    if (has_row_id)
      return make_call(is_array ? query::kRowIdsAtFunction : query::kRowIdAtFunction,
                       is_array ? kByteaArray : types::oid::bytea, std::move(place));
    if (integer == nullptr) return nullptr;
    ExpressionPtr call = make_call(is_array ? query::kIntegersAtFunction : query::kIntegerAtFunction,
                                   is_array ? kBigintArray : types::oid::int8, std::move(place));
    std::get<query::Call>(call->node)
        .arguments.push_back(make_constant(types::Datum::of(bytes_of(integer->keys.front().type.oid)), {types::oid::int4}));
    return call;
  };
  const auto source_of = [&](types::Oid function) {
    const catalog::FunctionInfo* info = catalog().function(function);
    return info != nullptr ? std::string_view(info->source) : std::string_view();
  };

  const Qual* chosen = nullptr;
  ExpressionPtr key;
  bool by_bytes = has_row_id, is_array = false;
  const auto match = [&](const Qual& qual) -> ExpressionPtr {
    const Expression& e = *qual.expression;
    if (const auto* call = std::get_if<query::Call>(&e.node); call != nullptr && call->arguments.size() == 2) {
      const bool places = source_of(call->function) == "tideq", bytes = source_of(call->function) == "byteaeq";
      for (std::size_t side = 0; side < 2 && (places || bytes); ++side) {
        const Expression& a = *call->arguments[side];
        const Expression& b = *call->arguments[1 - side];
        if (bytes ? !is_row_key(a, rel) : !is_row_place(a, rel)) continue;
        ExpressionPtr value = known(b);
        if (value == nullptr || bytes) {
          by_bytes = by_bytes || value != nullptr;
          return value;
        }
        return key_at(std::move(value), false);
      }
    }
    if (const auto* list = std::get_if<query::ScalarArrayOp>(&e.node);
        list != nullptr && list->use_or && is_row_place(*list->argument, rel) && source_of(list->function) == "tideq" &&
        list->array->type.oid == kTidArray) {
      ExpressionPtr value = known(*list->array);
      is_array = value != nullptr;
      return value != nullptr ? key_at(std::move(value), true) : nullptr;
    }
    return nullptr;
  };
  for (const auto* candidates : {&quals, &join_quals})
    for (const Qual* qual : *candidates) {
      if (key != nullptr) break;
      key = match(*qual);
      if (key != nullptr) chosen = qual;
    }
  if (key == nullptr) return nullptr;
  // Joined rows are of use only where the join's condition leads to them.
  if (!join_quals.empty() && std::find(join_quals.begin(), join_quals.end(), chosen) == join_quals.end()) return nullptr;

  Path path;
  path.kind = Path::Kind::scan;
  path.relations = self;
  path.range_table_index = rel;
  path.outer = planner::relations_of(*key);
  path.keys.push_back(&own(std::move(key)));
  path.index_quals.push_back(chosen);
  path.array_key = is_array ? 0 : -1;
  path.access = Access::range;
  path.by_place = true;
  if (!by_bytes) {
    path.index_descriptor = integer;
    path.equal_keys = 1;
    if (!is_array) path.access = Access::lookup;
  }
  for (const Qual* qual : quals)
    if (qual != chosen) path.filter.push_back(qual);
  for (const Qual* qual : path.filter) path.outer |= qual->relations - path.relations;
  constexpr double kGuessedElements = 10;
  path.rows = is_array ? kGuessedElements : 1;
  path.startup = (1 + std::ceil(std::log2(std::max(2.0, table_rows(rel))) / 7)) * 50 * cost::kOperator;
  path.total = path.startup + path.rows * (cost::kTuple + cost::kOperator * static_cast<double>(path.filter.size()));
  paths_.push_back(std::move(path));
  return &paths_.back();
}

}  // namespace planner
