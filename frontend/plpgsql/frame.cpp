#include "frame.h"

#include <algorithm>

#include <fmt/format.h>

#include "types/array.h"
#include "types/record.h"
#include "types/type_io.h"

namespace plpgsql {

using types::Datum;
using types::PhysicalType;
using types::SqlError;

bool Shape::operator==(const Shape& other) const {
  return row_type == other.row_type &&
         std::ranges::equal(fields, other.fields, [](const Column& a, const Column& b) {
           return a.name == b.name && a.type == b.type;
         });
}

Datum keep(std::string& bytes, PhysicalType physical, const Datum& value) {
  if (physical != PhysicalType::varlen || value.is_null) return value;
  bytes.assign(value.varlen.data, value.varlen.size);
  return Datum::of(std::string_view(bytes));
}

Frame::Frame(Interpreter& interpreter, const plpgsql::Function& function)
    : interpreter_(interpreter), host_(interpreter.host()), function_(&function) {
  grow();
}
Frame::~Frame() = default;

void Frame::grow() {
  const std::size_t size = function_->variables.size();
  if (values_.size() >= size) return;
  values_.resize(size);
  bytes_.resize(size);
  physical_.resize(size);
  records_.resize(size);
  // Moving short strings moves their bytes.
  for (std::size_t i = 0; i < size; ++i)
    if (!values_[i].is_null && !bytes_[i].empty() && function_->variables[i].kind == Variable::Kind::scalar &&
        values_[i].varlen.size == bytes_[i].size() &&
        physical_of(static_cast<int>(i)) == PhysicalType::varlen)
      values_[i] = Datum::of(std::string_view(bytes_[i]));
  environment_.parameters = values_;
}

void Frame::reset() {
  for (auto& value : values_) value = {};
  constexpr std::size_t kKeptBytes = 4096;
  for (auto& record : records_)
    if (record) {
      record->shape.reset();
      record->is_null = true;
      for (std::string& bytes : record->bytes)
        if (bytes.capacity() > kKeptBytes) bytes = {};
    }
  at_ = nullptr;
  extra_warnings_.reset();
  extra_errors_.reset();
  during_ = nullptr;
  statement_text_ = nullptr;
  has_exit_label_ = false;
  processed_ = 0;
  handled_ = nullptr;
  result_ = {};
  rows_ = nullptr;
  returned_ = false;
  trigger_ = nullptr;
  outer = nullptr;
  handler_depth_ = 0;
}

PhysicalType Frame::physical(Oid type) {
  if (type == types::oid::record) return PhysicalType::varlen;
  return eval::physical_type(host_.catalog(), type);
}

void Frame::initialise(const Variable& v, int number) {
  during_ = "during statement block local variable initialization";
  during_line_ = v.line;
  if (v.kind == Variable::Kind::record) {
    records_[static_cast<std::size_t>(number)].reset();
    if (v.initial) {
      Value value = evaluate(*v.initial);
      assign(number, value);
    } else if (v.type.oid != types::oid::record) {
      need_shape(number);
    }
    return;
  }
  if (v.is_cursor) {
    // A bound cursor's portal is named after it.
    set_text(number, v.name);
    return;
  }
  if (v.initial) {
    assign(number, evaluate(*v.initial, v.type));
  } else {
    store(number, {});
    // A domain may refuse null.
    const auto* type = host_.catalog().type(v.type.oid);
    if (type != nullptr && type->kind == 'd') store(number, cast({{}, {types::oid::text, -1, types::collation::default_}}, v.type));
  }
}

PhysicalType Frame::physical_of(int v) {
  auto& known = physical_[static_cast<std::size_t>(v)];
  if (!known) known = physical(variable(v).type.oid);
  return *known;
}

void Frame::store(int v, const Datum& value) {
  auto at = static_cast<std::size_t>(v);
  values_[at] = keep(bytes_[at], value.is_null ? PhysicalType::int32 : physical_of(v), value);
}

void Frame::set_text(int v, std::string_view text) { store(v, Datum::of(text)); }
void Frame::set_found(bool value) { values_[static_cast<std::size_t>(function_->found)] = Datum::of(value); }

Datum Frame::cast(const Value& value, TypeRef to) {
  if (to.oid == types::oid::record) return value.datum;
  const bool same = value.type.oid == to.oid && (to.typmod < 0 || value.type.typmod == to.typmod);
  if (same) return value.datum;
  if (value.type.oid == types::oid::unknown) {
    const auto* type = host_.catalog().type(to.oid);
    if (value.datum.is_null && (type == nullptr || type->kind != 'd')) return {};
    return cast({value.datum, {types::oid::text, -1, types::collation::default_}}, to);
  }
  auto query = host_.cast(value.type, to);
  if (!query) return value.datum;
  if (query->scalar) return query->scalar->run(std::span(&value.datum, 1));
  eval::Evaluator evaluator(query->program, 1);
  eval::Environment environment;
  environment.parameters = std::span(&value.datum, 1);
  evaluator.bind(environment, context_);
  return types::copy_datum(arena_, physical(to.oid), evaluator.value(0));
}

void Frame::assign(int v, const Value& value) {
  const Variable& to = variable(v);
  if (to.kind == Variable::Kind::field) {
    Target target;
    target.variable = to.record;
    target.fields = {to.name};
    assign(target, value);
    return;
  }
  if (to.kind == Variable::Kind::record) {
    if (value.datum.is_null && to.not_null)
      throw SqlError("22004", fmt::format("null value cannot be assigned to variable \"{}\" declared NOT NULL", to.name));
    assign_record(v, value.datum, value.type);
    return;
  }
  Datum datum = cast(value, to.type);
  if (datum.is_null && to.not_null)
    throw SqlError("22004", fmt::format("null value cannot be assigned to variable \"{}\" declared NOT NULL", to.name));
  store(v, datum);
}

ShapePtr Frame::shape_of(Oid row_type) {
  if (const std::uint64_t version = host_.version(); version != shapes_version_) {
    shapes_.clear();
    shapes_version_ = version;
  }
  for (const auto& [type, shape] : shapes_)
    if (type == row_type) return shape;
  return shapes_.emplace_back(row_type, make_shape(row_type)).second;
}

ShapePtr Frame::make_shape(Oid row_type) {
  auto shape = std::make_shared<Shape>();
  Oid base = host_.catalog().base_type(row_type);
  shape->row_type = base;
  const auto* info = host_.catalog().type(base);
  auto relation = info != nullptr && info->relation != 0 ? host_.catalog().relation(info->relation) : nullptr;
  if (!relation) return shape;
  for (const auto& column : relation->columns) {
    Column field;
    if (!column.dropped) {
      field.name = column.name;
      field.type = column.type;
      field.physical = physical(column.type.oid);
    } else {
      field.type = {};
    }
    shape->fields.push_back(std::move(field));
  }
  return shape;
}

ShapePtr Frame::shape_of(std::span<const Column> columns) {
  auto shape = std::make_shared<Shape>();
  shape->fields.assign(columns.begin(), columns.end());
  return shape;
}

Record& Frame::record(int v) {
  auto& slot = records_[static_cast<std::size_t>(v)];
  if (!slot) slot = std::make_unique<Record>();
  return *slot;
}

// A variable of a row type has its fields from the start.
void Frame::need_shape(int v) {
  Record& r = record(v);
  if (r.shape) return;
  const Variable& var = variable(v);
  if (var.type.oid == types::oid::record)
    throw SqlError("55000", fmt::format("record \"{}\" is not assigned yet", var.name))
        .with_detail("The tuple structure of a not-yet-assigned record is indeterminate.");
  r.shape = shape_of(var.type.oid);
  r.values.assign(r.shape->fields.size(), {});
  r.bytes.resize(r.shape->fields.size());
}

void Frame::assign_fields(int v, ShapePtr from, std::span<const Datum> values) {
  const Variable& var = variable(v);
  Record& r = record(v);
  if (var.type.oid == types::oid::record) {
    if (r.shape != from) {
      if (!r.shape || *r.shape != *from) r.shape = std::move(from);
      r.bytes.resize(r.shape->fields.size());
      r.values.resize(r.shape->fields.size());
    }
    for (std::size_t i = 0; i < r.values.size(); ++i)
      r.values[i] = i < values.size() ? keep(r.bytes[i], r.shape->fields[i].physical, values[i]) : Datum();
    r.is_null = false;
    return;
  }
  need_shape(v);
  ShapePtr to = r.shape;
  const auto as_it_is = [](const Column& a, const Column& b) {
    return a.type.oid == b.type.oid && a.type.oid != 0 && (b.type.typmod < 0 || a.type.typmod == b.type.typmod);
  };
  if (values.size() >= to->fields.size() && std::ranges::equal(from->fields, to->fields, as_it_is)) {
    for (std::size_t i = 0; i < r.values.size(); ++i) r.values[i] = keep(r.bytes[i], to->fields[i].physical, values[i]);
    r.is_null = false;
    return;
  }
  // What cannot be cast leaves the record as it was.
  std::vector<std::string> bytes(to->fields.size());
  std::vector<Datum> kept(to->fields.size());
  std::size_t at = 0;
  for (std::size_t i = 0; i < to->fields.size(); ++i) {
    if (to->fields[i].type.oid == 0) continue;
    while (at < from->fields.size() && from->fields[at].type.oid == 0) ++at;
    if (at >= from->fields.size()) continue;
    Datum value = at < values.size() ? values[at] : Datum();
    kept[i] = keep(bytes[i], to->fields[i].physical, cast({value, from->fields[at].type}, to->fields[i].type));
    ++at;
  }
  r.bytes = std::move(bytes);
  r.values = std::move(kept);
  // Moved short strings lie elsewhere.
  for (std::size_t i = 0; i < r.values.size(); ++i)
    if (!r.values[i].is_null && r.shape->fields[i].physical == PhysicalType::varlen)
      r.values[i] = Datum::of(std::string_view(r.bytes[i]));
  r.is_null = false;
}

void Frame::assign_record(int v, const Datum& value, TypeRef type) {
  const Variable& var = variable(v);
  Oid base = host_.catalog().base_type(type.oid);
  const auto* info = host_.catalog().type(base);
  if (value.is_null) {
    Record& r = record(v);
    if (var.type.oid == types::oid::record && info != nullptr && info->kind == 'c') {
      r.shape = shape_of(base);
      r.values.assign(r.shape->fields.size(), {});
      r.bytes.assign(r.shape->fields.size(), {});
    } else if (var.type.oid != types::oid::record) {
      r.shape.reset();
      need_shape(v);
    }
    for (auto& field : r.values) field = {};
    r.is_null = true;
    return;
  }
  if (base != types::oid::record && (info == nullptr || info->kind != 'c'))
    throw SqlError("42804", "cannot assign non-composite value to a record variable");
  types::RecordView view(value);
  // A record that came from a row variable knows its names.
  ShapePtr named = base != types::oid::record ? shape_of(base)
                   : view.row_type() != types::oid::record && view.row_type() != 0 ? shape_of(view.row_type())
                                                                                   : nullptr;
  std::vector<Datum> values;
  const auto is_as_named = [&] {
    if (!named || named->row_type != base || view.size() != named->fields.size()) return false;
    for (std::uint32_t i = 0; i < view.size(); ++i)
      if ((view.field_type(i) == 0) != (named->fields[i].type.oid == 0)) return false;
    return true;
  };
  if (is_as_named()) {
    values.reserve(view.size());
    for (types::RecordView::Cursor field(view); field.next();) values.push_back(field.value());
    assign_fields(v, std::move(named), values);
    return;
  }
  auto shape = std::make_shared<Shape>();
  shape->row_type = base;
  for (types::RecordView::Cursor field(view); field.next();) {
    const std::uint32_t i = field.index();
    Column column;
    if (named && i < named->fields.size()) {
      column = named->fields[i];
    } else {
      column.name = fmt::format("f{}", i + 1);
      column.type = host_.types().of(view.field_type(i));
      column.physical = view.physical(i);
    }
    if (view.field_type(i) == 0) column.type = {};
    shape->fields.push_back(std::move(column));
    values.push_back(field.value());
  }
  if (named)
    while (shape->fields.size() < named->fields.size()) {
      shape->fields.push_back(named->fields[shape->fields.size()]);
      values.push_back({});
    }
  assign_fields(v, std::move(shape), values);
}

Datum Frame::compose(const Record& r, types::Arena& arena) {
  if (r.is_null || !r.shape) return {};
  std::vector<types::RecordField> fields;
  for (const Column& column : r.shape->fields) fields.push_back({column.type.oid, column.physical});
  return types::make_record(arena, r.shape->row_type, fields, r.values);
}

Datum Frame::value_of(int v, types::Arena& arena) {
  const Variable& var = variable(v);
  if (var.kind == Variable::Kind::scalar) return values_[static_cast<std::size_t>(v)];
  if (var.kind == Variable::Kind::record) {
    if (var.type.oid == types::oid::record && !record(v).shape) return {};
    return compose(record(v), arena);
  }
  std::size_t place = 0;
  return field_value(var, place);
}

// `place`: where it was found the last time, to begin with.
Datum Frame::field_value(const Variable& field, std::size_t& place) {
  need_shape(field.record);
  const Record& r = record(field.record);
  const std::vector<Column>& fields = r.shape->fields;
  if (place >= fields.size() || fields[place].name != field.name) {
    const auto found = std::ranges::find(fields, field.name, &Column::name);
    if (found == fields.end() || field.name.empty())
      throw SqlError("42703", fmt::format("record \"{}\" has no field \"{}\"", variable(field.record).name, field.name));
    place = static_cast<std::size_t>(found - fields.begin());
  }
  return r.values[place];
}

Frame::Value Frame::read(int v) {
  const Variable& var = variable(v);
  Datum value = value_of(v, arena_);
  if (var.kind == Variable::Kind::record && record(v).shape && record(v).shape->row_type != types::oid::record)
    return {value, {record(v).shape->row_type, -1, 0}};
  return {value, var.type};
}

void Frame::assign(const Target& target, const Value& value) {
  const Variable& var = variable(target.variable);
  if (target.fields.empty()) {
    assign(target.variable, value);
    return;
  }
  (void)var;
  need_shape(target.variable);
  Record& r = record(target.variable);
  for (std::size_t i = 0; i < r.shape->fields.size(); ++i) {
    const Column& field = r.shape->fields[i];
    if (field.name != target.fields[0] || field.type.oid == 0) continue;
    Datum datum = cast(value, field.type);
    r.values[i] = keep(r.bytes[i], field.physical, datum);
    r.is_null = false;
    return;
  }
  throw SqlError("42703", fmt::format("record \"{}\" has no field \"{}\"", variable(target.variable).name, target.fields[0]));
}

// A field that is not there is an error of the assignment as it is written, before its value is looked at.
void Frame::require_field(const Assign& s) {
  try {
    need_shape(s.target.variable);
    const std::vector<Column>& fields = record(s.target.variable).shape->fields;
    const bool found = std::ranges::any_of(
        fields, [&](const Column& field) { return field.name == s.target.fields[0] && field.type.oid != 0; });
    if (!found)
      throw SqlError("42703", fmt::format("record \"{}\" has no field \"{}\"", variable(s.target.variable).name, s.target.fields[0]));
  } catch (const SqlError& error) {
    rethrow(*s.value, error);
  }
}

// One row of a query to the targets of INTO, FOR or FETCH; no row: nulls.
void Frame::assign_row(const std::vector<Target>& targets, const ShapePtr& row, const Datum* values) {
  const std::vector<Column>& columns = row->fields;
  const Variable& first = variable(targets[0].variable);
  if (targets.size() == 1 && targets[0].fields.empty() && first.kind == Variable::Kind::record) {
    // One column that is a row itself is that row.
    if (columns.size() == 1 && values != nullptr) {
      Oid base = host_.catalog().base_type(columns[0].type.oid);
      const auto* info = host_.catalog().type(base);
      if ((info != nullptr && info->kind == 'c' &&
           (first.type.oid == types::oid::record || host_.catalog().base_type(first.type.oid) == base)) ||
          (base == types::oid::record)) {
        assign_record(targets[0].variable, values[0], columns[0].type);
        return;
      }
    }
    if (first.type.oid != types::oid::record && !columns.empty())
      check_assignment(columns.size(), record_width(targets[0].variable));
    // Without a row every field is null, which is another thing than a record that is null.
    if (values != nullptr)
      assign_fields(targets[0].variable, row, {values, columns.size()});
    else
      assign_fields(targets[0].variable, row, std::vector<Datum>(columns.size()));
    return;
  }
  check_assignment(columns.size(), targets.size());
  std::size_t at = 0;
  for (const Target& target : targets) {
    if (values == nullptr || at >= columns.size())
      assign(target, {{}, {types::oid::unknown, -1, 0}});
    else
      assign(target, {values[at], columns[at].type});
    ++at;
  }
}

// strict_multi_assignment.
void Frame::check_assignment(std::size_t given, std::size_t wanted) {
  if (given == wanted || (!extra_errors().strict_multi_assignment && !extra_warnings().strict_multi_assignment)) return;
  const bool fails = extra_errors().strict_multi_assignment;
  SqlError error = SqlError("42804", "number of source and target fields in assignment does not match")
                       .with_detail(fmt::format("strict_multi_assignment check of {} is active.",
                                                fails ? "extra_errors" : "extra_warnings"))
                       .with_hint("Make sure the query returns the exact list of columns.");
  if (fails) throw error;
  host_.message(RaiseLevel::warning, std::move(error));
}

std::size_t Frame::record_width(int record_variable) {
  const auto* info = host_.catalog().type(host_.catalog().base_type(variable(record_variable).type.oid));
  const auto relation = info == nullptr ? nullptr : host_.catalog().relation(info->relation);
  if (relation == nullptr) return 0;
  return static_cast<std::size_t>(
      std::ranges::count_if(relation->columns, [](const auto& column) { return !column.dropped; }));
}

const ExtraChecks& Frame::extra_warnings() {
  if (!extra_warnings_) extra_warnings_ = ExtraChecks::of(host_.setting("plpgsql.extra_warnings"));
  return *extra_warnings_;
}

const ExtraChecks& Frame::extra_errors() {
  if (!extra_errors_) extra_errors_ = ExtraChecks::of(host_.setting("plpgsql.extra_errors"));
  return *extra_errors_;
}

// --- names in expressions

int Frame::field_variable(int record_variable, const std::string& name, TypeRef type) {
  auto& variables = const_cast<plpgsql::Function*>(function_)->variables;
  for (std::size_t i = 0; i < variables.size(); ++i)
    if (variables[i].kind == Variable::Kind::field && variables[i].record == record_variable &&
        variables[i].name == name) {
      variables[i].type = type;
      return static_cast<int>(i);
    }
  Variable field;
  field.kind = Variable::Kind::field;
  field.name = name;
  field.record = record_variable;
  field.type = type;
  variables.push_back(std::move(field));
  grow();
  return static_cast<int>(variables.size()) - 1;
}

Frame::Conflict Frame::conflict() const {
  switch (function_->conflict) {
    case VariableConflict::variable: return Conflict::variable;
    case VariableConflict::column: return Conflict::column;
    default: return Conflict::error;
  }
}

std::string Frame::context() const {
  std::string text;
  if (statement_text_ != nullptr) text = fmt::format("SQL statement \"{}\"\n", *statement_text_);
  text += fmt::format("{} ", function_->is_do ? "PL/pgSQL function inline_code_block"
                                              : "PL/pgSQL function " + function_->signature);
  if (during_ != nullptr && at_ != nullptr)
    text += fmt::format("line {} {}", during_line_ > 0 ? during_line_ : at_->line, during_);
  else if (during_ != nullptr)
    text += during_;
  else if (at_ != nullptr)
    text += fmt::format("line {} at {}", at_->line, statement_name(*at_));
  else
    text.pop_back();
  return text;
}

}  // namespace plpgsql
