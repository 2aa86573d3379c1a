#include "json_populate.h"

#include <array>

#include <fmt/format.h>

#include "kernel.h"
#include "types/array.h"
#include "types/json.h"
#include "types/record.h"
#include "types/record_names.h"
#include "types/session_services.h"
#include "types/sql_error.h"
#include "types/type_io.h"
#include "types/user_type.h"

namespace functions {
namespace {

using std::string_view;
using types::Datum;
using types::EvalContext;
using types::JsonKind;
using types::JsonNode;
using types::Oid;
using types::Selection;
using types::SqlError;
using types::TypeSupport;
using types::Vector;
using Kind = types::UserType::Kind;

struct Field {
  std::string name;
  bool dropped = false;
  Oid type = 0;
  std::int32_t typmod = -1;
  const TypeSupport* support = nullptr;  // of the base type when it is a domain

  bool is_domain() const { return support != nullptr && support->oid != type; }
};

// What rows are made.
struct RowShape {
  Oid type = 0;
  Field domain;               // over the row as a whole; without support: none
  std::vector<Field> fields;
  std::vector<types::RecordField> layout;
};

const TypeSupport* find_support(EvalContext& ctx, Oid type) {
  const TypeSupport* support = types::find_type(type);
  return support == nullptr && ctx.names != nullptr ? ctx.names->find_support(type) : support;
}

void finish(RowShape& shape) {
  for (const Field& field : shape.fields) {
    if (field.dropped) {
      shape.layout.push_back({});
      continue;
    }
    if (field.support == nullptr) throw SqlError::not_supported("JSON as a row that has a field of this type");
    shape.layout.push_back({field.type, field.support->physical});
  }
}

RowShape shape_of(const types::UserType& type) {
  RowShape shape;
  shape.type = type.oid();
  for (const auto& field : type.fields())
    shape.fields.push_back({field.name, field.dropped, field.type.oid, field.type.typmod, field.support});
  finish(shape);
  return shape;
}

RowShape shape_of_record(EvalContext& ctx, string_view record) {
  const types::RecordView view(record);
  const auto names = types::record_names(*ctx.arena, record);
  RowShape shape;
  shape.type = types::oid::record;
  for (std::uint32_t i = 0; i < view.size(); ++i)
    shape.fields.push_back(
        {std::string(names[i]), view.field_type(i) == 0, view.field_type(i), -1, find_support(ctx, view.field_type(i))});
  finish(shape);
  return shape;
}

// A domain's base type makes no checks: the session does.
void check_domain(EvalContext& ctx, const Field& field, const Datum& value) {
  if (field.is_domain()) types::check_domain(ctx, field.type, value);
}

[[noreturn]] void lacks_row_type(const char* function) {
  throw SqlError("0A000", fmt::format("could not determine row type for result of {}", function))
      .with_hint("Provide a non-null record argument, or call the function in the FROM clause using a column "
                 "definition list.");
}

// The shape that the call's type or the row given says.
RowShape shape_for(EvalContext& ctx, const FunctionCall& call, const std::optional<Datum>& base, const char* function) {
  if (call.result.oid != types::oid::record) {
    const TypeSupport* support = find_support(ctx, call.result.oid);
    if (support == nullptr || support->user == nullptr || support->user->definition().kind != Kind::composite)
      throw SqlError("42804", fmt::format("first argument of {} must be a row type", function));
    RowShape shape = shape_of(*support->user);
    shape.domain.type = call.result.oid;
    shape.domain.support = support;
    return shape;
  }
  if (!call.columns.empty() && !base) throw SqlError::not_supported("JSON as a row with a column definition list");
  if (!base) lacks_row_type(function);
  const types::RecordView view(*base);
  if (!call.columns.empty()) types::require_row_shape(ctx, view, call.columns);
  if (view.row_type() != types::oid::record)
    if (const TypeSupport* support = find_support(ctx, view.row_type()); support != nullptr && support->user != nullptr)
      return shape_of(*support->user);
  return shape_of_record(ctx, base->as<string_view>());
}

Datum row_of(EvalContext& ctx, const RowShape& shape, const std::optional<Datum>& base, const JsonNode& object);
// `base`: of a row, what its fields are where the object has none.
Datum value_of(EvalContext& ctx, const TypeSupport& support, std::int32_t typmod, const JsonNode& node, string_view key,
               const std::optional<Datum>& base = std::nullopt);

// An array's elements in one go; the first of them that is none itself tells the number of dimensions.
class ArrayOf {
 public:
  ArrayOf(EvalContext& ctx, const TypeSupport& element, std::int32_t typmod, string_view key)
      : ctx_(ctx), element_(element), typmod_(typmod), key_(key), builder_(element.oid, element.physical) {
    lengths_.fill(-1);
  }

  Datum of(const JsonNode& node) {
    dimension(node, 1);
    check(0);
    for (int i = 0; i < dimensions_; ++i)
      if (lengths_[static_cast<std::size_t>(i)] <= 0) return types::ArrayBuilder(element_.oid, element_.physical).finish(*ctx_.arena);
    std::array<std::int32_t, types::kMaxArrayDimensions> ones;
    ones.fill(1);
    const auto n = static_cast<std::size_t>(dimensions_);
    return builder_.finish(*ctx_.arena, {lengths_.data(), n}, {ones.data(), n});
  }

 private:
  void dimension(const JsonNode& node, int depth) {
    if (node.kind != JsonKind::array) expected_array(depth - 1);
    if (dimensions_ == 0 && (node.children.empty() || node.children.front().kind != JsonKind::array)) {
      if (depth > types::kMaxArrayDimensions) too_deep(depth);
      dimensions_ = depth;
    }
    if (dimensions_ == 0 && depth >= types::kMaxArrayDimensions) too_deep(depth + 1);
    for (const JsonNode& child : node.children) {
      if (dimensions_ > 0 && depth >= dimensions_) {
        builder_.add(value_of(ctx_, element_, typmod_, child, key_));
        ++sizes_[static_cast<std::size_t>(depth - 1)];
      } else {
        dimension(child, depth + 1);
        check(depth);
      }
    }
  }

  // A sub-array at that depth is done: as long as those before it.
  void check(int depth) {
    const auto at = static_cast<std::size_t>(depth);
    if (lengths_[at] == -1)
      lengths_[at] = sizes_[at];
    else if (lengths_[at] != sizes_[at])
      throw SqlError("22P02", "malformed JSON array")
          .with_detail("Multidimensional arrays must have sub-arrays with matching dimensions.");
    sizes_[at] = 0;
    if (depth > 0) ++sizes_[at - 1];
  }

  [[noreturn]] static void too_deep(int depth) {
    throw SqlError("54000", fmt::format("number of array dimensions ({}) exceeds the maximum allowed ({})", depth,
                                        types::kMaxArrayDimensions));
  }

  [[noreturn]] void expected_array(int depth) const {
    SqlError error("22P02", "expected JSON array");
    if (depth <= 0) throw std::move(error).with_hint(fmt::format("See the value of key \"{}\".", key_));
    std::string place;
    for (int i = 0; i < depth; ++i) place += fmt::format("[{}]", sizes_[static_cast<std::size_t>(i)]);
    throw std::move(error).with_hint(fmt::format("See the array element {} of key \"{}\".", place, key_));
  }

  EvalContext& ctx_;
  const TypeSupport& element_;
  std::int32_t typmod_;
  string_view key_;
  types::ArrayBuilder builder_;
  int dimensions_ = 0;  // 0: not known yet
  std::array<std::int32_t, types::kMaxArrayDimensions + 1> lengths_{}, sizes_{};
};

const TypeSupport* element_of(EvalContext& ctx, const TypeSupport& support) {
  if (support.oid == types::oid::int2vector || support.oid == types::oid::oidvector) return nullptr;
  if (const Oid element = types::element_type_of(support.oid)) return find_support(ctx, element);
  return support.user != nullptr && support.user->definition().kind == Kind::array ? &support.user->element() : nullptr;
}

Datum value_of(EvalContext& ctx, const TypeSupport& support, std::int32_t typmod, const JsonNode& node,
               string_view key, const std::optional<Datum>& base) {
  if (node.kind == JsonKind::null) return Datum::null();
  if (support.oid == types::oid::json) return Datum::of(ctx.arena->copy(node.raw));
  if (support.oid == types::oid::jsonb) return Datum::of(types::to_jsonb(*ctx.arena, node.raw));
  // A string is the value's text form, whatever the type.
  if (node.kind == JsonKind::string) return support.input(ctx, node.string, typmod);
  if (const TypeSupport* element = element_of(ctx, support)) return ArrayOf(ctx, *element, typmod, key).of(node);
  if (support.user != nullptr && support.user->definition().kind == Kind::composite)
    return row_of(ctx, shape_of(*support.user), base, node);
  return support.input(ctx, node.raw, typmod);
}

Datum row_of(EvalContext& ctx, const RowShape& shape, const std::optional<Datum>& base, const JsonNode& object) {
  if (object.kind != JsonKind::object)
    throw SqlError("22023", object.kind == JsonKind::array ? "cannot call populate_composite on an array"
                                                           : "cannot call populate_composite on a scalar");
  std::vector<Datum> values(shape.fields.size(), Datum::null());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Field& field = shape.fields[i];
    if (field.dropped) continue;
    const JsonNode* node = object.find(field.name);
    std::optional<Datum> before;
    if (base) before = types::RecordView(*base).field(static_cast<std::uint32_t>(i));
    if (node == nullptr && base) {
      values[i] = *before;
      continue;
    }
    if (before && before->is_null) before.reset();
    if (node != nullptr) values[i] = value_of(ctx, *field.support, field.typmod, *node, field.name, before);
    check_domain(ctx, field, values[i]);
  }
  return types::make_record(*ctx.arena, shape.type, shape.layout, values);
}

class Recordset : public SetFunctionRun {
 public:
  Recordset(RowShape shape, std::optional<Datum> base, const JsonNode& array, bool spread)
      : shape_(std::move(shape)), base_(base), array_(array), spread_(spread) {}

  std::uint32_t next(EvalContext& ctx, std::span<Vector> out, std::uint32_t capacity) override {
    std::uint32_t row = 0;
    for (; row < capacity && next_ < array_.children.size(); ++row, ++next_) {
      const Datum record = row_of(ctx, shape_, base_, array_.children[next_]);
      check_domain(ctx, shape_.domain, record);
      if (!spread_) {
        out[0].set_datum(row, record);
        continue;
      }
      const types::RecordView view(record);
      types::RecordView::Cursor field(view);
      for (Vector& column : out) {
        if (!field.next() || field.value().is_null)
          column.set_null(row);
        else
          column.set_datum(row, field.value());
      }
    }
    return row;
  }

 private:
  RowShape shape_;
  std::optional<Datum> base_;
  const JsonNode& array_;
  bool spread_;
  std::size_t next_ = 0;
};

class Nothing : public SetFunctionRun {
 public:
  std::uint32_t next(EvalContext&, std::span<Vector>, std::uint32_t) override { return 0; }
};

std::unique_ptr<SetFunctionRun> rows_of(EvalContext& ctx, RowShape shape, const std::optional<Datum>& base,
                                        const Datum& json, const char* function, bool binary, bool spread) {
  const JsonNode& array = types::parse_json(*ctx.arena, json.as<string_view>());
  if (array.kind != JsonKind::array)
    throw SqlError("22023", fmt::format("cannot call {} on {}", function,
                                        binary                           ? "a non-array"
                                        : array.kind == JsonKind::object ? "an object"
                                                                         : "a scalar"));
  for (const JsonNode& element : array.children)
    if (element.kind != JsonKind::object)
      throw SqlError("22023", fmt::format("argument of {} must be an array of objects", function));
  return std::make_unique<Recordset>(std::move(shape), base, array, spread);
}

// The arguments live as long as the run, and so does its arena.
template <bool Binary>
std::unique_ptr<SetFunctionRun> recordset(EvalContext& ctx, const FunctionCall& call,
                                          std::span<const Datum> arguments) {
  const char* function = Binary ? "jsonb_populate_recordset" : "json_populate_recordset";
  const std::optional<Datum> base = arguments[0].is_null ? std::nullopt : std::optional(arguments[0]);
  RowShape shape = shape_for(ctx, call, base, function);
  if (arguments[1].is_null) return std::make_unique<Nothing>();
  return rows_of(ctx, std::move(shape), base, arguments[1], function, Binary, !call.columns.empty());
}

std::optional<Datum> populate(EvalContext& ctx, const FunctionCall& call, const std::optional<Datum>& base,
                              const std::optional<string_view>& json, const char* function) {
  const RowShape shape = shape_for(ctx, call, base, function);
  if (!json) return base;
  const Datum row = row_of(ctx, shape, base, types::parse_json(*ctx.arena, *json));
  check_domain(ctx, shape.domain, row);
  return row;
}

// What the planner puts in front of json_to_record's argument: a row of the columns asked for, all
// null. Domains are told of columns without a value.
RowShape shape_asked_for(EvalContext& ctx, const Datum& row) { return shape_of_record(ctx, row.as<string_view>()); }

}  // namespace

std::optional<Datum> populate_record(EvalContext& ctx, const FunctionCall& call, std::optional<Datum> base,
                                     std::optional<string_view> json) {
  return populate(ctx, call, base, json, "jsonb_populate_record");
}

std::optional<Datum> json_populate_record(EvalContext& ctx, const FunctionCall& call, std::optional<Datum> base,
                                          std::optional<string_view> json, std::optional<bool>) {
  return populate(ctx, call, base, json, "json_populate_record");
}

namespace {

Datum row_from_json(EvalContext& ctx, Datum shape, string_view json) {
  return row_of(ctx, shape_asked_for(ctx, shape), std::nullopt, types::parse_json(*ctx.arena, json));
}

template <bool Binary>
void to_record(EvalContext& ctx, const FunctionCall& call, std::span<const Vector* const> arguments, Selection rows,
               Vector& out) {
  if (arguments.size() < 2) lacks_row_type(Binary ? "jsonb_to_record" : "json_to_record");
  strict<&row_from_json>(ctx, call, arguments, rows, out);
}

template <bool Binary>
std::unique_ptr<SetFunctionRun> to_recordset(EvalContext& ctx, const FunctionCall&, std::span<const Datum> arguments) {
  if (arguments.size() < 2) lacks_row_type(Binary ? "jsonb_to_recordset" : "json_to_recordset");
  if (arguments[1].is_null) return std::make_unique<Nothing>();
  return rows_of(ctx, shape_asked_for(ctx, arguments[0]), std::nullopt, arguments[1],
                 Binary ? "jsonb_to_recordset" : "json_to_recordset", Binary, true);
}

}  // namespace

void json_to_record(EvalContext& ctx, const FunctionCall& call, std::span<const Vector* const> arguments,
                    Selection rows, Vector& out) {
  to_record<false>(ctx, call, arguments, rows, out);
}

void jsonb_to_record(EvalContext& ctx, const FunctionCall& call, std::span<const Vector* const> arguments,
                     Selection rows, Vector& out) {
  to_record<true>(ctx, call, arguments, rows, out);
}

std::unique_ptr<SetFunctionRun> json_to_recordset(EvalContext& ctx, const FunctionCall& call,
                                                  std::span<const Datum> arguments) {
  return to_recordset<false>(ctx, call, arguments);
}

std::unique_ptr<SetFunctionRun> jsonb_to_recordset(EvalContext& ctx, const FunctionCall& call,
                                                   std::span<const Datum> arguments) {
  return to_recordset<true>(ctx, call, arguments);
}

std::unique_ptr<SetFunctionRun> json_populate_recordset(EvalContext& ctx, const FunctionCall& call,
                                                        std::span<const Datum> arguments) {
  return recordset<false>(ctx, call, arguments);
}

std::unique_ptr<SetFunctionRun> jsonb_populate_recordset(EvalContext& ctx, const FunctionCall& call,
                                                         std::span<const Datum> arguments) {
  return recordset<true>(ctx, call, arguments);
}

}  // namespace functions
