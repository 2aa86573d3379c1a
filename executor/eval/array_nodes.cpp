#include "array_nodes.h"

#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "call_node.h"
#include "container_assign.h"
#include "types/array.h"
#include "types/array_assign.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace eval {

using types::ArrayBuilder;
using types::ArrayView;
using types::Datum;
using types::PhysicalType;
using types::SqlError;

namespace {

class ArrayNode final : public Node {
 public:
  ArrayNode(types::TypeRef type, std::uint32_t slot, types::Oid element, PhysicalType physical,
            bool nested, std::vector<NodePtr> elements)
      : Node(type, PhysicalType::varlen),
        slot_(slot),
        element_(element),
        element_physical_(physical),
        nested_(nested),
        elements_(std::move(elements)) {}

  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override {
    std::vector<const types::Vector*> values;
    for (const NodePtr& e : elements_) values.push_back(&e->evaluate(frame, rows));
    types::Vector& out = frame.scratch(slot_, PhysicalType::varlen);
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      const std::uint32_t row = rows[i];
      const Datum value = nested_ ? build_nested(*frame.context->arena, values, row)
                                  : build(*frame.context->arena, values, row);
      out.set_datum(row, value);
    }
    return out;
  }

 private:
  Datum build(types::Arena& arena, std::span<const types::Vector* const> values,
              std::uint32_t row) const {
    ArrayBuilder builder(element_, element_physical_);
    for (const types::Vector* v : values) builder.add(v->datum(row));
    return builder.finish(arena);
  }

  [[noreturn]] static void throw_mismatch() {
    throw SqlError("2202E", "multidimensional arrays must have array expressions with matching dimensions");
  }

  // The elements are arrays: one dimension more.
  Datum build_nested(types::Arena& arena, std::span<const types::Vector* const> values,
                     std::uint32_t row) const {
    ArrayBuilder builder(element_, element_physical_);
    std::vector<std::int32_t> lengths, bounds;
    bool missing = false;  // a null or an empty array: neither has dimensions
    for (const types::Vector* v : values) {
      const Datum value = v->datum(row);
      if (value.is_null || ArrayView(value).dimensions() == 0) {
        missing = true;
        continue;
      }
      const ArrayView view(value);
      std::vector<std::int32_t> own, own_bounds;
      for (int d = 0; d < view.dimensions(); ++d) {
        own.push_back(view.length(d));
        own_bounds.push_back(view.lower_bound(d));
      }
      if (lengths.empty()) {
        lengths = std::move(own);
        bounds = std::move(own_bounds);
      } else if (own != lengths || own_bounds != bounds) {
        throw_mismatch();
      }
      for (ArrayView::Cursor c(view); c.next();) builder.add(c.value());
    }
    if (lengths.empty()) return builder.finish(arena);
    if (missing) throw_mismatch();
    if (lengths.size() >= types::kMaxArrayDimensions)
      throw SqlError("54000", fmt::format("number of array dimensions ({}) exceeds the maximum allowed ({})",
                                          lengths.size() + 1, types::kMaxArrayDimensions));
    lengths.insert(lengths.begin(), static_cast<std::int32_t>(values.size()));
    bounds.insert(bounds.begin(), 1);
    return builder.finish(arena, lengths, bounds);
  }

  std::uint32_t slot_;
  types::Oid element_;
  PhysicalType element_physical_;
  bool nested_;
  std::vector<NodePtr> elements_;
};

// value op ANY/ALL (array)
class ArrayComparisonNode final : public Node {
 public:
  ArrayComparisonNode(types::TypeRef type, std::uint32_t slot, bool use_or, ResolvedCall comparison,
                      PhysicalType element, NodePtr argument, NodePtr array)
      : Node(type, PhysicalType::boolean),
        slot_(slot),
        use_or_(use_or),
        comparison_(std::move(comparison)),
        element_(element),
        argument_(std::move(argument)),
        array_(std::move(array)) {}

  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override {
    const types::Vector& left = argument_->evaluate(frame, rows);
    const types::Vector& arrays = array_->evaluate(frame, rows);
    types::Vector& out = frame.scratch(slot_, PhysicalType::boolean);
    types::Vector& element = frame.constant(slot_ + 1, element_);
    types::Vector& matches = frame.scratch(slot_ + 2, PhysicalType::boolean);
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      const std::uint32_t row = rows[i];
      if (arrays.is_null(row)) {
        out.set_null(row);
        continue;
      }
      const ArrayView view(arrays.datum(row));
      const auto one = static_cast<std::uint16_t>(row);
      const types::Vector* arguments[2] = {&left, &element};
      bool unknown = false, decided = false;
      for (ArrayView::Cursor c(view); c.next() && !decided;) {
        if (c.value().is_null) {
          element.set_null(0);
        } else {
          element.clear();
          element.set_datum(0, c.value());
        }
        matches.clear();
        comparison_(*frame.context, arguments, {&one, 1}, matches);
        if (matches.is_null(row))
          unknown = true;
        else
          decided = matches.get<bool>(row) == use_or_;
      }
      if (decided)
        out.set<bool>(row, use_or_);
      else if (unknown)
        out.set_null(row);
      else
        out.set<bool>(row, !use_or_);
    }
    return out;
  }

 private:
  std::uint32_t slot_;
  bool use_or_;
  ResolvedCall comparison_;
  PhysicalType element_;
  NodePtr argument_, array_;
};

std::int32_t subscript_value(const types::Vector& v, std::uint32_t row) {
  return v.get<std::int32_t>(row);
}

// array[i][j], array[l:u]
class SubscriptNode final : public Node {
 public:
  SubscriptNode(types::TypeRef type, PhysicalType physical, std::uint32_t slot, bool slice,
                NodePtr container, std::vector<NodePtr> upper, std::vector<NodePtr> lower)
      : Node(type, physical),
        slot_(slot),
        slice_(slice),
        container_(std::move(container)),
        upper_(std::move(upper)),
        lower_(std::move(lower)) {}

  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override {
    const types::Vector& arrays = container_->evaluate(frame, rows);
    std::vector<const types::Vector*> upper, lower;
    for (const NodePtr& n : upper_) upper.push_back(n ? &n->evaluate(frame, rows) : nullptr);
    for (const NodePtr& n : lower_) lower.push_back(n ? &n->evaluate(frame, rows) : nullptr);
    types::Vector& out = frame.scratch(slot_, physical());
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      const std::uint32_t row = rows[i];
      bool null = arrays.is_null(row);
      for (const types::Vector* v : upper) null = null || (v != nullptr && v->is_null(row));
      for (const types::Vector* v : lower) null = null || (v != nullptr && v->is_null(row));
      if (null) {
        out.set_null(row);
        continue;
      }
      const ArrayView view(arrays.datum(row));
      const Datum value = slice_ ? slice(*frame.context->arena, view, upper, lower, row)
                                 : element(view, upper, row);
      if (value.is_null)
        out.set_null(row);
      else
        out.set_datum(row, value);
    }
    return out;
  }

 private:
  static Datum element(const ArrayView& view, std::span<const types::Vector* const> subscripts,
                       std::uint32_t row) {
    if (static_cast<int>(subscripts.size()) != view.dimensions()) return Datum::null();
    std::int32_t values[types::kMaxArrayDimensions];
    for (std::size_t d = 0; d < subscripts.size(); ++d) values[d] = subscript_value(*subscripts[d], row);
    const std::int64_t at = view.position(values, view.dimensions());
    return at < 0 ? Datum::null() : view.element(static_cast<std::uint32_t>(at));
  }

  static Datum slice(types::Arena& arena, const ArrayView& view,
                     std::span<const types::Vector* const> upper,
                     std::span<const types::Vector* const> lower, std::uint32_t row) {
    ArrayBuilder builder(view.element_type(), view.physical());
    const int dimensions = view.dimensions();
    if (dimensions == 0 || static_cast<int>(upper.size()) > dimensions) return builder.finish(arena);
    std::vector<std::int32_t> from, to, lengths, bounds;
    for (int d = 0; d < dimensions; ++d) {
      const std::int32_t first = view.lower_bound(d), last = first + view.length(d) - 1;
      std::int32_t l = first, u = last;
      const auto at = static_cast<std::size_t>(d);
      if (at < upper.size()) {
        if (upper[at] != nullptr) u = std::min(last, subscript_value(*upper[at], row));
        if (at < lower.size() && lower[at] != nullptr) l = std::max(first, subscript_value(*lower[at], row));
      }
      if (l > u) return builder.finish(arena);
      from.push_back(l);
      to.push_back(u);
      lengths.push_back(u - l + 1);
      bounds.push_back(1);
    }
    std::vector<std::int32_t> at = from;
    for (;;) {
      const std::int64_t position = view.position(at.data(), dimensions);
      CHECK(position >= 0);
      builder.add(view.element(static_cast<std::uint32_t>(position)));
      int d = dimensions - 1;
      while (d >= 0 && ++at[static_cast<std::size_t>(d)] > to[static_cast<std::size_t>(d)]) {
        at[static_cast<std::size_t>(d)] = from[static_cast<std::size_t>(d)];
        --d;
      }
      if (d < 0) break;
    }
    return builder.finish(arena, lengths, bounds);
  }

  std::uint32_t slot_;
  bool slice_;
  NodePtr container_;
  std::vector<NodePtr> upper_, lower_;
};

// Types of fixed length that are read like arrays, from 0: the bytes of a name, the numbers of a point or line, the
// points of a box or line segment.
struct FixedParts {
  types::Oid type;
  PhysicalType element;
  std::size_t count;
};
constexpr FixedParts kFixedParts[] = {{types::oid::name, PhysicalType::int8, 64},
                                      {types::oid::point, PhysicalType::float64, 2},
                                      {types::oid::line, PhysicalType::float64, 3},
                                      {types::oid::lseg, PhysicalType::fixed16, 2},
                                      {types::oid::box, PhysicalType::fixed16, 2}};

const FixedParts* fixed_parts(types::Oid type) {
  for (const FixedParts& parts : kFixedParts)
    if (parts.type == type) return &parts;
  return nullptr;
}

class FixedPartNode final : public Node {
 public:
  // `value` is null when the part is read.
  FixedPartNode(types::TypeRef type, PhysicalType physical, std::uint32_t slot, const FixedParts& parts,
                NodePtr container, NodePtr subscript, NodePtr value)
      : Node(type, physical),
        slot_(slot),
        parts_(parts),
        container_(std::move(container)),
        subscript_(std::move(subscript)),
        value_(std::move(value)) {}

  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override {
    const types::Vector& containers = container_->evaluate(frame, rows);
    const types::Vector& subscripts = subscript_->evaluate(frame, rows);
    const types::Vector* values = value_ ? &value_->evaluate(frame, rows) : nullptr;
    types::Vector& out = frame.scratch(slot_, physical());
    const std::size_t width = types::width_of(parts_.element);
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      const std::uint32_t row = rows[i];
      if (values != nullptr && subscripts.is_null(row))
        throw SqlError("22004", "array subscript in assignment must not be null");
      const std::int32_t at = subscripts.is_null(row) ? -1 : subscripts.get<std::int32_t>(row);
      const bool inside = at >= 0 && static_cast<std::size_t>(at) < parts_.count;
      if (containers.is_null(row) || (values == nullptr && !inside)) {
        out.set_null(row);
        continue;
      }
      Datum container = containers.datum(row);
      const std::size_t offset = inside ? static_cast<std::size_t>(at) * width : 0;
      if (values == nullptr) {
        out.set_datum(row, part(container, offset, width));
      } else if (values->is_null(row)) {
        out.set_datum(row, container);
      } else if (!inside) {
        throw SqlError("2202E", "array subscript out of range");
      } else {
        out.set_datum(row, changed(*frame.context->arena, container, offset, width, values->datum(row)));
      }
    }
    return out;
  }

 private:
  Datum part(const Datum& container, std::size_t offset, std::size_t width) const {
    Datum part = Datum::of(std::int64_t{0});
    std::memset(&part.fixed16, 0, sizeof part.fixed16);
    if (container_->physical() == PhysicalType::varlen) {
      const auto bytes = container.as<std::string_view>();
      // What is behind a name are zeros.
      if (offset + width <= bytes.size()) std::memcpy(&part.fixed16, bytes.data() + offset, width);
    } else {
      std::memcpy(&part.fixed16, reinterpret_cast<const char*>(&container.fixed16) + offset, width);
    }
    return part;
  }
  Datum changed(types::Arena& arena, Datum container, std::size_t offset, std::size_t width, const Datum& value) const {
    if (container_->physical() == PhysicalType::varlen) {
      std::string bytes(container.as<std::string_view>());
      if (bytes.size() < offset + width) bytes.resize(offset + width);
      std::memcpy(bytes.data() + offset, &value.fixed16, width);
      return Datum::of(arena.copy(bytes));
    }
    std::memcpy(reinterpret_cast<char*>(&container.fixed16) + offset, &value.fixed16, width);
    return container;
  }

  std::uint32_t slot_;
  const FixedParts& parts_;
  NodePtr container_, subscript_, value_;
};

// UPDATE .. SET a[i] = v, a[l:u] = v: the array with a part replaced.
class AssignPartNode final : public Node {
 public:
  AssignPartNode(types::TypeRef type, std::uint32_t slot, types::Oid element, PhysicalType physical,
                 bool slice, NodePtr container, std::vector<NodePtr> upper, std::vector<NodePtr> lower,
                 NodePtr value)
      : Node(type, PhysicalType::varlen),
        slot_(slot),
        element_(element),
        element_physical_(physical),
        slice_(slice),
        container_(std::move(container)),
        upper_(std::move(upper)),
        lower_(std::move(lower)),
        value_(std::move(value)) {}

  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override {
    const types::Vector& arrays = container_->evaluate(frame, rows);
    std::vector<const types::Vector*> upper, lower;
    for (const NodePtr& e : upper_) upper.push_back(e ? &e->evaluate(frame, rows) : nullptr);
    for (const NodePtr& e : lower_) lower.push_back(e ? &e->evaluate(frame, rows) : nullptr);
    const types::Vector& values = value_->evaluate(frame, rows);
    types::Vector& out = frame.scratch(slot_, PhysicalType::varlen);
    std::vector<std::int32_t> subscripts(upper.size());
    std::vector<std::optional<std::int32_t>> to(upper.size()), from(lower.size());
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      const std::uint32_t row = rows[i];
      types::Arena& arena = *frame.context->arena;
      for (std::size_t d = 0; d < upper.size(); ++d) {
        if (upper[d] != nullptr) to[d] = subscripts[d] = bound(*upper[d], row);
        if (slice_ && lower[d] != nullptr) from[d] = bound(*lower[d], row);
      }
      const Datum value =
          slice_ ? types::set_array_slice(arena, element_, element_physical_, arrays.datum(row), from, to,
                                          values.datum(row))
                 : types::set_array_element(arena, element_, element_physical_, arrays.datum(row), subscripts,
                                            values.datum(row));
      out.set_datum(row, value);
    }
    return out;
  }

 private:
  static std::int32_t bound(const types::Vector& subscripts, std::uint32_t row) {
    if (subscripts.is_null(row)) throw SqlError("22004", "array subscript in assignment must not be null");
    return subscripts.get<std::int32_t>(row);
  }

  std::uint32_t slot_;
  types::Oid element_;
  PhysicalType element_physical_;
  bool slice_;
  NodePtr container_;
  std::vector<NodePtr> upper_, lower_;
  NodePtr value_;
};

// Every element through an expression over CaseValue.
class ArrayCoerceNode final : public Node {
 public:
  ArrayCoerceNode(types::TypeRef type, std::uint32_t slot, types::Oid element, PhysicalType from,
                  NodePtr argument, NodePtr conversion)
      : Node(type, PhysicalType::varlen),
        slot_(slot),
        element_(element),
        from_(from),
        argument_(std::move(argument)),
        conversion_(std::move(conversion)) {}

  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override {
    const types::Vector& arrays = argument_->evaluate(frame, rows);
    types::Vector& out = frame.scratch(slot_, PhysicalType::varlen);
    types::Vector& element = frame.constant(slot_ + 1, from_);
    const types::Vector* outer = frame.case_value;
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      const std::uint32_t row = rows[i];
      if (arrays.is_null(row)) {
        out.set_null(row);
        continue;
      }
      const ArrayView view(arrays.datum(row));
      ArrayBuilder builder(element_, conversion_->physical());
      std::vector<std::int32_t> lengths, bounds;
      for (int d = 0; d < view.dimensions(); ++d) {
        lengths.push_back(view.length(d));
        bounds.push_back(view.lower_bound(d));
      }
      for (ArrayView::Cursor c(view); c.next();) {
        if (c.value().is_null) {
          element.set_null(0);
        } else {
          element.clear();
          element.set_datum(0, c.value());
        }
        frame.case_value = &element;
        builder.add(conversion_->evaluate(frame, {nullptr, 1}).datum(0));
      }
      out.set_datum(row, lengths.empty() ? builder.finish(*frame.context->arena)
                                         : builder.finish(*frame.context->arena, lengths, bounds));
    }
    frame.case_value = outer;
    return out;
  }

 private:
  std::uint32_t slot_;
  types::Oid element_;
  PhysicalType from_;
  NodePtr argument_, conversion_;
};

}  // namespace

NodePtr make_array_coerce(Compiler& compiler, catalog::CatalogView& catalog,
                          const query::Expression& expression, const query::ArrayCoerce& c) {
  const types::Oid from = catalog.element_type(c.argument->type.oid);
  const types::Oid to = catalog.element_type(expression.type.oid);
  NodePtr argument = compiler.compile(*c.argument);
  NodePtr conversion = compiler.compile(*c.element);
  return std::make_unique<ArrayCoerceNode>(expression.type, compiler.take_slots(2), to,
                                           physical_type(catalog, from), std::move(argument),
                                           std::move(conversion));
}

NodePtr make_array_comparison(Compiler& compiler, catalog::CatalogView& catalog,
                              const query::Expression& expression,
                              const query::ScalarArrayOp& op) {
  NodePtr argument = compiler.compile(*op.argument);
  NodePtr array = compiler.compile(*op.array);
  types::Oid element = catalog.element_type(op.array->type.oid);
  if (element == 0 && op.array->type.oid == types::oid::oidvector) element = types::oid::oid_;
  if (element == 0 && op.array->type.oid == types::oid::int2vector) element = types::oid::int2;
  if (element == 0) throw SqlError::not_supported("a comparison with the elements of this type");
  ResolvedCall comparison =
      resolve_call(catalog, op.function, {argument->type(), types::TypeRef{element}},
                   {types::oid::bool_}, op.input_collation);
  return std::make_unique<ArrayComparisonNode>(expression.type, compiler.take_slots(3), op.use_or,
                                               std::move(comparison), physical_type(catalog, element),
                                               std::move(argument), std::move(array));
}

NodePtr make_array(Compiler& compiler, catalog::CatalogView& catalog,
                   const query::Expression& expression, const query::ArrayConstructor& a) {
  std::vector<NodePtr> elements;
  for (const query::ExpressionPtr& e : a.elements) elements.push_back(compiler.compile(*e));
  types::Oid element = catalog.element_type(expression.type.oid);
  if (element == 0) element = a.element_type;
  return std::make_unique<ArrayNode>(expression.type, compiler.take_slots(1), element,
                                     physical_type(catalog, element), a.multidimensional,
                                     std::move(elements));
}

NodePtr make_subscript(Compiler& compiler, catalog::CatalogView& catalog,
                       const query::Expression& expression, const query::Subscript& s) {
  const types::Oid of = catalog.base_type(s.container->type.oid);
  if (s.assignment)
    if (NodePtr made = make_container_assignment(compiler, catalog, expression, s, of)) return made;
  if (catalog.element_type(of) == 0 && of != types::oid::int2vector && of != types::oid::oidvector) {
    if (!s.lower.empty()) throw SqlError("0A000", "slices of fixed-length arrays not implemented");
    const FixedParts* parts = fixed_parts(of);
    if (parts == nullptr || (of == types::oid::name && s.assignment))
      throw SqlError::not_supported("subscripting type " + catalog.format_type(of));
    if (s.upper.size() != 1) {
      if (s.assignment) throw SqlError("2202E", "wrong number of array subscripts");
      query::Expression null;
      null.type = expression.type;
      null.node = query::Constant(Datum::null());
      return compiler.compile(null);
    }
    NodePtr container = compiler.compile(*s.container);
    NodePtr subscript = compiler.compile(*s.upper[0]);
    NodePtr value = s.assignment ? compiler.compile(*s.assignment) : nullptr;
    return std::make_unique<FixedPartNode>(expression.type, physical_type(catalog, expression.type.oid),
                                           compiler.take_slots(1), *parts, std::move(container),
                                           std::move(subscript), std::move(value));
  }
  NodePtr container = compiler.compile(*s.container);
  std::vector<NodePtr> upper, lower;
  for (const query::ExpressionPtr& e : s.upper) upper.push_back(e ? compiler.compile(*e) : nullptr);
  for (const query::ExpressionPtr& e : s.lower) lower.push_back(e ? compiler.compile(*e) : nullptr);
  if (s.assignment) {
    const types::Oid element = catalog.element_type(catalog.base_type(expression.type.oid));
    if (element == 0) throw SqlError::not_supported("assignment to an element of type " + catalog.format_type(of));
    NodePtr value = compiler.compile(*s.assignment);
    return std::make_unique<AssignPartNode>(expression.type, compiler.take_slots(1), element,
                                            physical_type(catalog, element), !s.lower.empty(), std::move(container),
                                            std::move(upper), std::move(lower), std::move(value));
  }
  return std::make_unique<SubscriptNode>(expression.type, physical_type(catalog, expression.type.oid),
                                         compiler.take_slots(1), !s.lower.empty(),
                                         std::move(container), std::move(upper), std::move(lower));
}

}  // namespace eval
