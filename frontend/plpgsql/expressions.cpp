// Expressions: prepared once, simple ones evaluated without an execution.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "frame.h"
#include "prepared_expression.h"
#include "types/array_assign.h"
#include "types/type_io.h"

namespace plpgsql {

using types::Datum;
using types::SqlError;

std::optional<analyzer::Variables::Found> Frame::find(std::span<const std::string_view> names) {
  auto found = lookup(scope_->get(), names);
  if (!found) return std::nullopt;
  const int v = found->variable;
  auto use = [&](int number) {
    auto& uses = preparing_->uses;
    if (std::ranges::find(uses, number, &PreparedExpression::Use::variable) == uses.end()) uses.push_back({number});
  };
  if (variable(v).kind != Variable::Kind::record) {
    use(v);
    return Found{v + 1, variable(v).type, found->names};
  }
  const bool unnamed = variable(v).type.oid == types::oid::record;
  if (found->names < names.size()) {
    need_shape(v);
    Record& r = record(v);
    for (const Column& field : r.shape->fields) {
      if (field.name != names[found->names] || field.type.oid == 0) continue;
      preparing_->shapes.emplace_back(v, r.shape);
      int number = field_variable(v, field.name, field.type);
      use(number);
      return Found{number + 1, field.type, found->names + 1};
    }
    throw SqlError("42703", fmt::format("record \"{}\" has no field \"{}\"", variable(v).name,
                                        names[found->names]));
  }
  TypeRef type = variable(v).type;
  Record& r = record(v);
  if (unnamed) {
    preparing_->shapes.emplace_back(v, r.shape);
    if (r.shape && r.shape->row_type != types::oid::record) type = {r.shape->row_type, -1, 0};
  }
  use(v);
  return Found{v + 1, type, found->names};
}

std::optional<std::vector<std::pair<std::string, TypeRef>>> Frame::fields(int parameter) {
  const int v = parameter - 1;
  if (variable(v).kind != Variable::Kind::record) return std::nullopt;
  need_shape(v);
  std::vector<std::pair<std::string, TypeRef>> result;
  for (const Column& field : record(v).shape->fields) result.emplace_back(field.name, field.type);
  return result;
}

Frame::PreparedExpression& Frame::prepared(const Expression& e, TypeRef target, bool may_be_simple, bool for_cursor) {
  auto* p = static_cast<PreparedExpression*>(e.prepared.get());
  if (p != nullptr && p->query && p->query->version == host_.version() && p->target == target) [[likely]] {
    bool same = true;
    for (auto& [v, shape] : p->shapes) {
      const auto& now = records_[static_cast<std::size_t>(v)] ? records_[static_cast<std::size_t>(v)]->shape : nullptr;
      if (now == shape) continue;
      same = same && now && shape && *now == *shape;
      if (same) shape = now;
    }
    if (same && (p->query->simple || host_.lock(*p->query))) return *p;
  }
  auto fresh = std::make_unique<PreparedExpression>();
  fresh->target = target;
  preparing_ = fresh.get();
  scope_ = &e.names;
  const std::string text = e.kind == Expression::Kind::query ? e.text : "SELECT " + e.text;
  try {
    fresh->query = host_.prepare(text, this, {}, target, may_be_simple,
                                  e.kind == Expression::Kind::part ? Host::Use::assigns_part
                                  : for_cursor                     ? Host::Use::cursor
                                                                   : Host::Use::run);
  } catch (const SqlError& error) {
    preparing_ = nullptr;
    rethrow(e, error);
  }
  preparing_ = nullptr;
  if (e.kind != Expression::Kind::query) {
    if (fresh->query->columns.size() != 1)
      throw SqlError("42601", fmt::format("query returned {} columns", fresh->query->columns.size()));
    fresh->type = fresh->query->columns[0].type;
    if (fresh->query->simple && !fresh->query->scalar) fresh->evaluator.emplace(fresh->query->program, 1);
  }
  for (const auto& use : fresh->uses) fresh->loads = fresh->loads || variable(use.variable).kind != Variable::Kind::scalar;
  // One that runs right now further out stays until it is through.
  if (p != nullptr && p->busy > 0) {
    fresh->before = std::move(e.prepared);
  }
  e.prepared = std::move(fresh);
  return *static_cast<PreparedExpression*>(e.prepared.get());
}

void Frame::load(PreparedExpression& p) {
  grow();
  if (!p.loads) return;
  for (auto& use : p.uses) {
    const Variable& v = variable(use.variable);
    if (v.kind == Variable::Kind::scalar) continue;
    values_[static_cast<std::size_t>(use.variable)] =
        v.kind == Variable::Kind::field ? field_value(v, use.place) : value_of(use.variable, arena_);
  }
}

// Errors inside of an expression or query say its text: those with a position in it by quoting it,
// others in their context.
void Frame::rethrow(const Expression& e, const SqlError& error) {
  SqlError inner = error;
  if (inner.position() >= 0 && !inner.has_internal_query()) {
    const int prefix = e.kind == Expression::Kind::query ? 0 : 7;
    inner.set_internal_query(e.shown);
    throw std::move(inner).at(std::max(error.position() - prefix, 0) + e.shown_offset);
  }
  inner.add_context(e.kind == Expression::Kind::query ? fmt::format("SQL statement \"{}\"", e.shown)
                    : e.kind == Expression::Kind::assignment || e.kind == Expression::Kind::part
                        ? fmt::format("PL/pgSQL assignment \"{}\"", e.shown)
                        : fmt::format("SQL expression \"{}\"", e.shown));
  throw inner;
}

namespace {

struct Busy {
  int& count;
  explicit Busy(int& c) : count(c) { ++count; }
  ~Busy() { --count; }
};

class OneValue final : public Sink {
 public:
  explicit OneValue(types::Arena& arena) : arena_(arena) {}
  bool row(std::span<const types::Vector> columns, std::uint32_t row) override {
    value = columns[0].is_null(row) ? Datum() : types::copy_datum(arena_, columns[0].type(), columns[0].datum(row));
    ++rows;
    return rows < 2;
  }
  Datum value;
  int rows = 0;

 private:
  types::Arena& arena_;
};

}  // namespace

Frame::Value Frame::evaluate(const Expression& e, TypeRef target) {
  if (target.oid == types::oid::record) target = {};
  PreparedExpression& p = prepared(e, target, true);
  load(p);
  if (p.query->scalar) return {p.query->scalar->run(values_), p.type};
  if (p.query->simple) {
    if (p.busy > 0) {
      // Called again by what it calls.
      eval::Evaluator own(p.query->program, 1);
      own.bind(environment_, context_);
      return {types::copy_datum(arena_, physical(p.type.oid), own.value(0)), p.type};
    }
    Busy busy(p.busy);
    p.evaluator->bind(environment_, context_);
    return {p.evaluator->value(0), p.type};
  }
  OneValue sink(arena_);
  {
    Busy busy(p.busy);
    const std::shared_ptr<Query> query = p.query;
    try {
      host_.run(*query, values_, function_->read_only, &sink, 2);
    } catch (const SqlError& error) {
      rethrow(e, error);
    }
  }
  if (sink.rows > 1)
    throw SqlError("21000", "query returned more than one row")
        .with_context(fmt::format("query: SELECT {}", e.text));
  return {sink.value, p.type};
}

bool Frame::assign_by_steps(int v, const Expression& e) {
  const Variable& to = variable(v);
  if (to.not_null || to.type.typmod >= 0) return false;
  PreparedExpression& p = prepared(e, to.type, true);
  if (!p.query->scalar || p.type.oid != to.type.oid) return false;
  load(p);
  values_[static_cast<std::size_t>(v)] = p.query->scalar->run(values_);
  return true;
}

bool Frame::assign_in_place(int v, const Expression& e, TypeRef target) {
  const Variable& to = variable(v);
  if (to.type.typmod >= 0) return false;
  PreparedExpression& p = prepared(e, target, true);
  const auto& change = p.query->array_change;
  if (!change || change->parameter != v + 1 || p.type.oid != to.type.oid || p.busy > 0) return false;
  load(p);
  const auto at = static_cast<std::size_t>(v);
  std::string& bytes = bytes_[at];
  if (values_[at].is_null || values_[at].varlen.data != bytes.data() || values_[at].varlen.size != bytes.size())
    return false;
  const types::ArrayView array{std::string_view(bytes)};
  if (array.dimensions() != 1 || array.has_nulls() || array.element_type() != change->element) return false;
  if (change->appends && std::int64_t{array.lower_bound(0)} + array.size() >= std::numeric_limits<std::int32_t>::max())
    return false;
  if (!p.parts) p.parts.emplace(change->parts, 1);
  Busy busy(p.busy);
  p.parts->bind(environment_, context_);
  std::int32_t subscript = 0;
  if (!change->appends) {
    const Datum given = p.parts->value(1);
    if (given.is_null) throw SqlError("22004", "array subscript in assignment must not be null");
    subscript = given.int32;
  }
  const Datum value = p.parts->value(0);
  // The functions that gave the value cannot have changed the variable: it is this call's own.
  if (change->appends ? types::append_in_place(bytes, value) : types::set_element_in_place(bytes, subscript, value)) {
    values_[at] = Datum::of(std::string_view(bytes));
    return true;
  }
  if (change->appends) subscript = array.lower_bound(0) + static_cast<std::int32_t>(array.size());
  store(v, types::set_array_element(arena_, change->element, change->physical, values_[at], std::span(&subscript, 1), value));
  return true;
}

bool Frame::condition(const Expression& e) {
  Value v = evaluate(e, {types::oid::bool_, -1, 0});
  if (v.type.oid != types::oid::bool_) v.datum = cast(v, {types::oid::bool_, -1, 0});
  const bool result = !v.datum.is_null && v.datum.boolean;
  arena_.reset();
  return result;
}

std::int64_t Frame::integer(const Expression& e, const char* null_message, bool& is_null) {
  Value v = evaluate(e, {types::oid::int4, -1, 0});
  Datum d = cast(v, {types::oid::int4, -1, 0});
  is_null = d.is_null;
  if (is_null && null_message != nullptr) throw SqlError("22004", null_message);
  return is_null ? 0 : d.int32;
}

std::string Frame::output(const Value& v) {
  std::string out;
  if (v.datum.is_null) return out;
  if (v.type.oid == types::oid::unknown) return std::string(v.datum.as<std::string_view>());
  types::type_support(context_, v.type.oid).output(context_, v.datum, out);
  return out;
}

std::string Frame::text(const Expression& e, bool& is_null) {
  Value v = evaluate(e);
  is_null = v.datum.is_null;
  return output(v);
}

}  // namespace plpgsql
