#include <fmt/format.h>

#include "frame.h"
#include "types/array.h"
#include "types/record.h"
#include "types/type_io.h"

namespace plpgsql {

using types::Datum;
using types::SqlError;

Interpreter::Interpreter(Host& host) : host_(host) {}
Interpreter::~Interpreter() = default;

namespace {

// Puts a frame on the stack of calls for a while.
class Entered {
 public:
  Entered(Frame*& top, Frame& frame) : top_(top), before_(top) {
    frame.outer = before_;
    top_ = &frame;
  }
  ~Entered() { top_ = before_; }

 private:
  Frame*& top_;
  Frame* before_;
};

}  // namespace

std::unique_ptr<Frame> Interpreter::take_frame(const Function& function) {
  for (auto& idle : idle_)
    if (&idle->function() == &function) {
      std::unique_ptr<Frame> frame = std::move(idle);
      if (&idle != &idle_.back()) idle = std::move(idle_.back());
      idle_.pop_back();
      return frame;
    }
  return std::make_unique<Frame>(*this, function);
}

void Interpreter::give_back(std::unique_ptr<Frame> frame) {
  constexpr std::size_t kKept = 32;
  if (frame->function_forgotten || idle_.size() >= kKept) return;
  frame->reset();
  idle_.push_back(std::move(frame));
}

void Interpreter::call(const Function& function, Oid oid, std::span<const Datum> arguments, Result& result) {
  std::unique_ptr<Frame> frame = take_frame(function);
  {
    Entered entered(top_, *frame);
    frame->call(oid, arguments, result);
  }
  give_back(std::move(frame));
}

bool Interpreter::call_trigger(const Function& function, Oid oid, const TriggerCall& call, Result& result) {
  std::unique_ptr<Frame> frame = take_frame(function);
  bool row = false;
  {
    Entered entered(top_, *frame);
    row = frame->call_trigger(oid, call, result);
  }
  give_back(std::move(frame));
  return row;
}

void Interpreter::forget(const Function& function) {
  for (Frame* f = top_; f != nullptr; f = f->outer)
    if (&f->function() == &function) f->function_forgotten = true;
  std::erase_if(idle_, [&](const auto& frame) { return &frame->function() == &function; });
}

std::string Interpreter::context() const {
  std::string text;
  for (const Frame* f = top_; f != nullptr; f = f->outer) {
    if (!text.empty()) text += '\n';
    text += f->context();
  }
  return text;
}

void Frame::call(Oid oid, std::span<const Datum> arguments, Result& result) {
  oid_ = oid;
  const plpgsql::Function& f = *function_;
  arena_.reset();
  context_ = host_.context(&arena_);
  rows_ = result.rows;
  grow();
  try {
    during_ = "while storing call arguments into local variables";
    for (std::size_t i = 0; i < f.inputs.size() && i < arguments.size(); ++i) {
      const int v = f.inputs[i];
      if (variable(v).kind == Variable::Kind::record)
        assign_record(v, arguments[i], variable(v).type);
      else
        store(v, arguments[i]);
    }
    during_ = nullptr;
    set_found(false);
    Flow flow = run(*f.body);
    if (flow == Flow::exit || flow == Flow::go_on) flow = Flow::next;
    at_ = nullptr;
    if (!returned_ && !f.returns_set && !f.has_outputs && f.result.oid != types::oid::void_ && !f.is_procedure &&
        !f.is_do)
      throw SqlError("2F005", "control reached end of function without RETURN");
    during_ = "while casting return value to function's return type";
    finish_result(result);
    during_ = nullptr;
  } catch (const SqlError& error) {
    leave_with(error);
  }
}

void Frame::leave_with(const SqlError& error) {
  SqlError outwards = error;
  statement_text_ = nullptr;
  if (!context_told_) outwards.add_context(context());
  context_told_ = false;
  throw outwards;
}

void Frame::finish_result(Result& result) {
  const plpgsql::Function& f = *function_;
  if (f.returns_set) return;
  if (f.has_outputs) {
    if (f.outputs.size() == 1 && !f.is_procedure) {
      Value v = read(f.outputs[0]);
      v.datum = cast(v, f.result);
      result.value = keep(result.bytes, v.datum.is_null ? types::PhysicalType::int32 : physical(f.result.oid), v.datum);
      return;
    }
    std::vector<types::RecordField> fields;
    std::vector<Datum> values;
    for (int output : f.outputs) {
      Value v = read(output);
      fields.push_back({v.type.oid, physical(v.type.oid)});
      values.push_back(v.datum);
    }
    Datum record = types::make_record(arena_, types::oid::record, fields, values);
    result.value = keep(result.bytes, types::PhysicalType::varlen, record);
    return;
  }
  if (f.result.oid == types::oid::void_ || f.is_procedure || f.is_do) {
    // void is a value, not null.
    result.value = f.result.oid == types::oid::void_ && !f.is_procedure && !f.is_do ? Datum::of(false) : Datum();
    return;
  }
  Datum value = result_;
  if (f.returns_row) {
    const bool named = f.result.oid != types::oid::record;
    if (!value.is_null && named) value = coerce_row(value, result_type_, f.result);
  } else {
    value = cast({value, result_type_}, f.result);
  }
  result.value = keep(result.bytes, value.is_null ? types::PhysicalType::int32 : physical(f.result.oid), value);
}

// A row as a row type: its fields' types must be the type's.
Datum Frame::coerce_row(const Datum& value, TypeRef from, TypeRef to) {
  const Oid base = host_.catalog().base_type(to.oid);
  if (host_.catalog().base_type(from.oid) == base && from.oid == to.oid) return value;
  types::RecordView record(value);
  ShapePtr shape = shape_of(base);
  std::size_t wanted = 0, have = 0;
  for (const Column& c : shape->fields) wanted += c.type.oid != 0;
  for (std::uint32_t i = 0; i < record.size(); ++i) have += record.field_type(i) != 0;
  constexpr const char* kMismatch = "returned record type does not match expected record type";
  if (have != wanted)
    throw SqlError("42804", kMismatch)
        .with_detail(fmt::format("Number of returned columns ({}) does not match expected column count ({}).", have, wanted));
  std::vector<types::RecordField> fields;
  std::vector<Datum> values;
  types::RecordView::Cursor field(record);
  bool more = field.next();
  for (const Column& c : shape->fields) {
    fields.push_back({c.type.oid, c.physical});
    if (c.type.oid == 0) {
      values.push_back({});
      continue;
    }
    while (more && record.field_type(field.index()) == 0) more = field.next();
    if (!more) break;
    const Oid is = record.field_type(field.index());
    if (!field.value().is_null && host_.catalog().base_type(is) != host_.catalog().base_type(c.type.oid))
      throw SqlError("42804", kMismatch)
          .with_detail(fmt::format("Returned type {} does not match expected type {} in column {}.",
                                   host_.catalog().format_type(is), host_.catalog().format_type(c.type.oid),
                                   values.size() + 1));
    values.push_back(cast({field.value(), host_.types().of(is)}, c.type));
    more = field.next();
  }
  Datum made = types::make_record(arena_, base, fields, values);
  return base == to.oid ? made : cast({made, {base, -1, 0}}, to);
}

bool Frame::call_trigger(Oid oid, const TriggerCall& call, Result& result) {
  oid_ = oid;
  const plpgsql::Function& f = *function_;
  arena_.reset();
  context_ = host_.context(&arena_);
  trigger_ = &call;
  grow();
  try {
    during_ = "during function entry";
    for (const auto& [name, v] : f.trigger_variables) {
      if (name == "new" || name == "old") {
        const Datum* row = name == "new" ? call.new_row : call.old_row;
        if (row != nullptr) {
          assign_record(v, *row, {call.row_type, -1, 0});
        } else if (call.row_type != 0) {
          assign_record(v, {}, {call.row_type, -1, 0});
        }
        continue;
      }
      if (name == "tg_event") set_text(v, call.event);
      else if (name == "tg_tag") set_text(v, call.tag);
      else if (name == "tg_name") set_text(v, call.name);
      else if (name == "tg_when") set_text(v, call.when);
      else if (name == "tg_level") set_text(v, call.level);
      else if (name == "tg_op") set_text(v, call.op);
      else if (name == "tg_relid") store(v, Datum::of(call.relation));
      else if (name == "tg_relname" || name == "tg_table_name") set_text(v, call.table_name);
      else if (name == "tg_table_schema") set_text(v, call.table_schema);
      else if (name == "tg_nargs") store(v, Datum::of(static_cast<std::int32_t>(call.arguments.size())));
      else if (name == "tg_argv") {
        if (call.arguments.empty()) continue;
        types::ArrayBuilder builder(types::oid::text);
        for (const std::string& argument : call.arguments) builder.add(Datum::of(std::string_view(argument)));
        store(v, builder.finish(arena_, 0));
      }
    }
    during_ = nullptr;
    set_found(false);
    run(*f.body);
    at_ = nullptr;
    if (f.is_event_trigger) return false;
    if (!returned_) throw SqlError("2F005", "control reached end of trigger procedure without RETURN");
    during_ = "during function exit";
    if (result_.is_null) return false;
    const auto* info = host_.catalog().type(host_.catalog().base_type(result_type_.oid));
    if (result_type_.oid != types::oid::record && (info == nullptr || info->kind != 'c'))
      throw SqlError("42804", "cannot return non-composite value from function returning composite type");
    Datum value = result_;
    if (call.row_type != 0 && result_type_.oid != call.row_type) {
      try {
        value = coerce_row(value, result_type_, {call.row_type, -1, 0});
      } catch (const SqlError& error) {
        if (error.sqlstate() != "42804") throw;
        throw SqlError("42804", "returned row structure does not match the structure of the triggering table")
            .with_detail(error.detail());
      }
    }
    result.value = keep(result.bytes, types::PhysicalType::varlen, value);
    return true;
  } catch (const SqlError& error) {
    leave_with(error);
  }
}

}  // namespace plpgsql
