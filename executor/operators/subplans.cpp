#include "subplans.h"

#include <cstring>

#include "types/array.h"
#include "types/array_stack.h"
#include "types/integer_conversion.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace operators {

using types::Datum;

Subplans::Subplans(ExecutionState& state) : execution_(state), plans_(state.plan.subplans.size()) {}

Subplans::State& Subplans::state(int subplan) {
  State& s = plans_[static_cast<std::size_t>(subplan)];
  if (!s.root)
    s.root = make_operator(*execution_.plan.subplans[static_cast<std::size_t>(subplan)].root, execution_);
  return s;
}

void Subplans::reset() {
  for (State& s : plans_) {
    s.valid = false;
    if (s.rows) s.rows->clear();
    if (s.root) s.root->close();
  }
}

namespace {

bool same_bytes(types::PhysicalType type, const Datum& a, const Datum& b) {
  if (a.is_null || b.is_null) return a.is_null == b.is_null;
  if (type == types::PhysicalType::varlen)
    return a.as<std::string_view>() == b.as<std::string_view>();
  return std::memcmp(&a.fixed16, &b.fixed16, types::width_of(type)) == 0;
}

}  // namespace

// Gives the subquery's parameters their values; true when they are what they were.
bool Subplans::same_parameters(const eval::SubplanNode& node, State& s,
                               std::span<const types::Vector* const> arguments,
                               std::uint32_t row) {
  const planner::Subplan& plan = execution_.plan.subplans[static_cast<std::size_t>(node.subplan)];
  bool same = s.valid && !plan.is_volatile && s.parameters.size() == node.parameters.size();
  for (std::size_t i = 0; same && i < node.parameters.size(); ++i)
    same = same_bytes(arguments[i]->type(), s.parameters[i], arguments[i]->datum(row));
  // Parameters set further out.
  std::size_t at = 0;
  for (const int parameter : plan.parameters) {
    bool argument = false;
    for (const int own : node.parameters) argument = argument || own == parameter;
    if (argument) continue;
    const std::uint64_t version =
        execution_.environment.execution_parameters[static_cast<std::size_t>(parameter)].version;
    if (at >= s.versions.size()) {
      s.versions.push_back(version);
      same = false;
    } else if (s.versions[at] != version) {
      s.versions[at] = version;
      same = false;
    }
    ++at;
  }
  if (same) return true;
  s.valid = false;
  s.arena.reset();
  s.parameters.resize(node.parameters.size());
  for (std::size_t i = 0; i < node.parameters.size(); ++i)
    s.parameters[i] =
        types::copy_datum(s.arena, arguments[i]->type(), arguments[i]->datum(row));
  return false;
}

Datum Subplans::compute(State& s, const planner::Subplan& plan) {
  Operator& root = *s.root;
  types::Batch batch;
  root.expect(plan.kind == query::SubqueryKind::exists ? 1 : UINT64_MAX);
  root.open();
  switch (plan.kind) {
    case query::SubqueryKind::exists: {
      const bool found = root.next(batch);
      return Datum::of(found);
    }
    case query::SubqueryKind::array: {
      if (plan.elements_are_arrays) {
        std::vector<Datum> arrays;
        while (root.next(batch))
          for (std::uint32_t i = 0; i < batch.rows.count; ++i) {
            const Datum value = batch.columns[0].datum(batch.rows[i]);
            types::check_stackable(value, arrays.empty() ? nullptr : &arrays.front());
            arrays.push_back(types::copy_datum(s.arena, types::PhysicalType::varlen, value));
          }
        return types::stack_arrays(s.arena, plan.element_type, arrays);
      }
      types::ArrayBuilder builder(plan.element_type, root.node().columns[0]);
      while (root.next(batch))
        for (std::uint32_t i = 0; i < batch.rows.count; ++i)
          builder.add(batch.columns[0].datum(batch.rows[i]));
      return builder.finish(s.arena);
    }
    default: {
      if (!root.next(batch)) return Datum::null();
      if (batch.rows.count > 1)
        throw types::SqlError("21000", "more than one row returned by a subquery used as an expression");
      const Datum value = types::copy_datum(s.arena, batch.columns[0].type(),
                                            batch.columns[0].datum(batch.rows[0]));
      if (root.next(batch))
        throw types::SqlError("21000", "more than one row returned by a subquery used as an expression");
      return value;
    }
  }
}

void Subplans::fetch_rows(State& s, const planner::Subplan&) {
  if (!s.rows) s.rows = std::make_unique<RowStore>(s.root->node().columns);
  s.rows->clear();
  s.root->open();
  types::Batch batch;
  while (s.root->next(batch)) s.rows->append(batch);
}

void Subplans::initialise(int parameter) {
  int subplan = -1;
  for (const auto& [number, index] : execution_.plan.init_plans)
    if (number == parameter) subplan = index;
  CHECK(subplan >= 0);
  State& s = state(subplan);
  const planner::Subplan& plan = execution_.plan.subplans[static_cast<std::size_t>(subplan)];
  s.arena.reset();
  const Datum value = compute(s, plan);
  const types::PhysicalType type = plan.kind == query::SubqueryKind::exists ? types::PhysicalType::boolean
                                   : plan.kind == query::SubqueryKind::array ? types::PhysicalType::varlen
                                                                             : s.root->node().columns[0];
  execution_.set_parameter(parameter, types::copy_datum(execution_.run_arena, type, value));
}

namespace {

// Rows by < <= > >=: the first column whose values differ decides; -1 in `result`: unknown.
void compare_order(const eval::SubplanNode& node, types::EvalContext& context,
                   std::span<const types::Vector> left, std::span<const types::Vector> values,
                   types::Vector& matches, std::span<signed char> result) {
  const auto count = static_cast<std::uint32_t>(result.size());
  std::vector<bool> decided(count, false);
  for (std::size_t c = 0; c < left.size(); ++c) {
    const types::Vector* operands[2] = {&left[c], &values[c]};
    std::vector<bool> equal(count, false);
    if (c + 1 < left.size()) {
      matches.clear();
      node.equalities[c](context, operands, {nullptr, count}, matches);
      for (std::uint32_t i = 0; i < count; ++i) equal[i] = !matches.is_null(i) && matches.get<bool>(i);
    }
    matches.clear();
    node.comparisons[c](context, operands, {nullptr, count}, matches);
    for (std::uint32_t i = 0; i < count; ++i) {
      if (decided[i] || equal[i]) continue;
      decided[i] = true;
      result[i] = matches.is_null(i) ? static_cast<signed char>(-1)
                                     : static_cast<signed char>(matches.get<bool>(i));
    }
  }
}

}  // namespace

void Subplans::compare(const eval::SubplanNode& node, State& s, types::EvalContext& context,
                       std::span<const types::Vector* const> arguments, std::uint32_t row,
                       std::span<const std::byte* const> among, types::Vector& out) {
  const bool any = node.kind == query::SubqueryKind::any;
  const std::size_t columns = node.comparisons.size();
  const std::size_t first = node.parameters.size();
  types::Arena arena(4096);
  types::EvalContext own = context;
  own.arena = &arena;
  std::vector<types::Vector> values =
      make_vectors(arena, s.root->node().columns, types::kBatchRows);
  std::vector<types::Vector> left;
  for (std::size_t c = 0; c < columns; ++c) {
    left.push_back(types::Vector::constant(arena, arguments[first + c]->type(),
                                           arguments[first + c]->datum(row)));
    if (arguments[first + c]->is_null(row)) left.back().set_null(0);
  }
  types::Vector matches =
      types::Vector::allocate(arena, types::PhysicalType::boolean, types::kBatchRows);
  bool unknown = false;
  for (std::size_t at = 0; at < among.size(); at += types::kBatchRows) {
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(types::kBatchRows, among.size() - at));
    s.rows->load(among.subspan(at, count), values);
    std::vector<signed char> result(count, node.combine_with_or ? 0 : 1);  // -1: unknown
    if (!node.equalities.empty()) compare_order(node, own, left, values, matches, result);
    for (std::size_t c = 0; node.equalities.empty() && c < columns; ++c) {
      matches.clear();
      const types::Vector* operands[2] = {&left[c], &values[c]};
      node.comparisons[c](own, operands, {nullptr, count}, matches);
      for (std::uint32_t i = 0; i < count; ++i) {
        const signed char m = matches.is_null(i) ? static_cast<signed char>(-1)
                                                 : static_cast<signed char>(matches.get<bool>(i));
        if (node.combine_with_or)
          result[i] = result[i] == 1 || m == 1 ? 1 : result[i] == -1 || m == -1 ? -1 : 0;
        else
          result[i] = result[i] == 0 || m == 0 ? 0 : result[i] == -1 || m == -1 ? -1 : 1;
      }
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      if (result[i] == -1) {
        unknown = true;
      } else if ((result[i] == 1) == any) {
        out.set<bool>(row, any);
        return;
      }
    }
  }
  if (unknown)
    out.set_null(row);
  else
    out.set<bool>(row, !any);
}

namespace {

// Below that a comparison with all rows costs less than their table.
constexpr std::size_t kFewRows = 8;

// A value of either side in the type that both are hashed in.
Datum in_hashed_type(const types::TypeSupport& support, types::PhysicalType from, const Datum& value) {
  if (from == support.physical) return value;
  if (from == types::PhysicalType::float32) return Datum::of(static_cast<double>(value.float32));
  return types::convert_integer(from, support.physical, value).value_or(value);
}

bool can_be_hashed_as(types::PhysicalType from, types::PhysicalType to) {
  using types::PhysicalType;
  if (from == to) return true;
  if (to == PhysicalType::float64) return from == PhysicalType::float32;
  return to == PhysicalType::int64 && (from == PhysicalType::int16 || from == PhysicalType::int32);
}

std::uint64_t combined_hash(std::uint64_t hashes, std::uint64_t more) {
  hashes ^= more + 0x9E3779B97F4A7C15ull + (hashes << 6) + (hashes >> 2);
  hashes ^= hashes >> 32;
  return hashes * 0xD6E8FEB86659FD93ull;
}

}  // namespace

void Subplans::hash_rows(const eval::SubplanNode& node, State& s) {
  s.is_hashed = false;
  const std::vector<types::PhysicalType>& columns = s.root->node().columns;
  if (node.hashed.empty() || s.rows->size() <= kFewRows || columns.size() != node.hashed.size()) return;
  for (std::size_t c = 0; c < columns.size(); ++c)
    if (!can_be_hashed_as(columns[c], node.hashed[c]->physical)) return;
  const RowLayout& layout = s.rows->layout();
  const std::vector<std::byte*>& rows = s.rows->rows();
  std::size_t buckets = 16;
  while (buckets < rows.size() * 2) buckets *= 2;
  s.heads.assign(buckets, 0);
  s.nexts.assign(rows.size(), 0);
  s.hashes.assign(rows.size(), 0);
  s.with_nulls.clear();
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::uint64_t hash = 0;
    bool null = false;
    for (std::size_t c = 0; c < columns.size() && !null; ++c) {
      null = layout.is_null(rows[r], c);
      if (!null) hash = combined_hash(hash, node.hashed[c]->hash(in_hashed_type(*node.hashed[c], columns[c], layout.datum(rows[r], c))));
    }
    if (null) {
      s.with_nulls.push_back(rows[r]);
      continue;
    }
    std::uint32_t& head = s.heads[hash & (buckets - 1)];
    s.hashes[r] = hash;
    s.nexts[r] = head;
    head = static_cast<std::uint32_t>(r) + 1;
  }
  s.is_hashed = true;
}

// Whether a row without nulls has these values, of which none is null.
bool Subplans::has_equal(const eval::SubplanNode& node, const State& s, std::span<const types::Vector* const> arguments,
                         std::uint32_t row) const {
  const std::size_t first = node.parameters.size();
  const auto value = [&](std::size_t c) {
    const types::Vector& left = *arguments[first + c];
    return in_hashed_type(*node.hashed[c], left.type(), left.datum(row));
  };
  std::uint64_t hash = 0;
  for (std::size_t c = 0; c < node.hashed.size(); ++c) hash = combined_hash(hash, node.hashed[c]->hash(value(c)));
  const RowLayout& layout = s.rows->layout();
  const std::vector<types::PhysicalType>& columns = s.root->node().columns;
  for (std::uint32_t at = s.heads[hash & (s.heads.size() - 1)]; at != 0; at = s.nexts[at - 1]) {
    if (s.hashes[at - 1] != hash) continue;
    bool equal = true;
    for (std::size_t c = 0; c < node.hashed.size() && equal; ++c)
      equal = node.hashed[c]->compare(
                  value(c), in_hashed_type(*node.hashed[c], columns[c], layout.datum(s.rows->rows()[at - 1], c))) == 0;
    if (equal) return true;
  }
  return false;
}

void Subplans::look_up(const eval::SubplanNode& node, State& s, types::EvalContext& context,
                       std::span<const types::Vector* const> arguments, std::uint32_t row, types::Vector& out) {
  const bool any = node.kind == query::SubqueryKind::any;
  const std::size_t first = node.parameters.size();
  bool null = false, fits = true;
  for (std::size_t c = 0; c < node.hashed.size(); ++c) {
    null = null || arguments[first + c]->is_null(row);
    fits = fits && can_be_hashed_as(arguments[first + c]->type(), node.hashed[c]->physical);
  }
  // A null decides nothing, but other columns may.
  if (!fits || (null && node.hashed.size() > 1)) return compare(node, s, context, arguments, row, s.rows->rows(), out);
  if (!null && has_equal(node, s, arguments, row)) {
    out.set<bool>(row, any);
  } else if (null || (!s.with_nulls.empty() && node.hashed.size() == 1)) {
    out.set_null(row);
  } else if (s.with_nulls.empty()) {
    out.set<bool>(row, !any);
  } else {
    compare(node, s, context, arguments, row, s.with_nulls, out);
  }
}

void Subplans::run(const eval::SubplanNode& node, types::EvalContext& context,
                   std::span<const types::Vector* const> arguments, types::Selection rows,
                   types::Vector& out) {
  State& s = state(node.subplan);
  const planner::Subplan& plan = execution_.plan.subplans[static_cast<std::size_t>(node.subplan)];
  const bool compared =
      node.kind == query::SubqueryKind::any || node.kind == query::SubqueryKind::all;
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    const std::uint32_t row = rows[i];
    if (!same_parameters(node, s, arguments, row)) {
      for (std::size_t p = 0; p < node.parameters.size(); ++p)
        execution_.set_parameter(node.parameters[p], s.parameters[p]);
      if (compared) {
        fetch_rows(s, plan);
        hash_rows(node, s);
      } else {
        s.result = compute(s, plan);
      }
      s.valid = true;
    }
    if (compared && s.is_hashed) {
      look_up(node, s, context, arguments, row, out);
    } else if (compared) {
      compare(node, s, context, arguments, row, s.rows->rows(), out);
    } else if (s.result.is_null) {
      out.set_null(row);
    } else {
      // The result's bytes may go with the next outer row.
      out.set_datum(row, types::copy_datum(*context.arena, out.type(), s.result));
    }
  }
}

}  // namespace operators
