// Blocks, conditions, loops, RETURN.
#include <fmt/format.h>

#include "frame.h"
#include "types/array.h"
#include "types/record.h"
#include "types/type_io.h"

namespace plpgsql {

using types::Datum;
using types::SqlError;

const char* statement_name(const Statement& s) {
  using Kind = Statement::Kind;
  switch (s.kind) {
    case Kind::block: return "statement block";
    case Kind::assign: return "assignment";
    case Kind::if_: return "IF";
    case Kind::case_: return "CASE";
    case Kind::loop: return "LOOP";
    case Kind::while_: return "WHILE";
    case Kind::for_integer: return "FOR with integer loop variable";
    case Kind::for_query: return "FOR over SELECT rows";
    case Kind::for_cursor: return "FOR over cursor";
    case Kind::for_execute: return "FOR over EXECUTE statement";
    case Kind::foreach: return "FOREACH over array";
    case Kind::exit_: return static_cast<const Exit&>(s).is_exit ? "EXIT" : "CONTINUE";
    case Kind::return_: return "RETURN";
    case Kind::return_next: return "RETURN NEXT";
    case Kind::return_query: return "RETURN QUERY";
    case Kind::raise: return "RAISE";
    case Kind::assert_: return "ASSERT";
    case Kind::sql: return "SQL statement";
    case Kind::execute: return "EXECUTE";
    case Kind::perform: return "PERFORM";
    case Kind::call: {
      const auto& text = static_cast<const Sql&>(s).query->text;
      return !text.empty() && (text[0] == 'd' || text[0] == 'D') ? "DO" : "CALL";
    }
    case Kind::diagnostics:
      return static_cast<const Diagnostics&>(s).stacked ? "GET STACKED DIAGNOSTICS" : "GET DIAGNOSTICS";
    case Kind::open: return "OPEN";
    case Kind::fetch: return static_cast<const Fetch&>(s).move ? "MOVE" : "FETCH";
    case Kind::close: return "CLOSE";
    case Kind::commit: return "COMMIT";
    case Kind::rollback: return "ROLLBACK";
    case Kind::null: return "NULL";
  }
  return "";
}

Flow Frame::run(const Body& body) {
  for (const auto& s : body) {
    const Flow flow = run(*s);
    if (flow != Flow::next) return flow;
  }
  return Flow::next;
}

Flow Frame::run(const Statement& s) {
  using Kind = Statement::Kind;
  const Statement* outside = at_;
  at_ = &s;
  tick();
  Flow flow = Flow::next;
  switch (s.kind) {
    case Kind::block: flow = run_block(static_cast<const Block&>(s)); break;
    case Kind::assign: {
      const auto& assign_ = static_cast<const Assign&>(s);
      if (!assign_.target.fields.empty()) require_field(assign_);
      if (assign_.target.rest.empty()) {
        const Variable& to = variable(assign_.target.variable);
        const bool plain = to.kind == Variable::Kind::scalar && assign_.target.fields.empty();
        if (!plain || !(assign_by_steps(assign_.target.variable, *assign_.value) ||
                        assign_in_place(assign_.target.variable, *assign_.value, to.type)))
          assign(assign_.target, evaluate(*assign_.value, plain ? to.type : TypeRef{}));
      } else {
        const bool plain = variable(assign_.target.variable).kind == Variable::Kind::scalar && assign_.target.fields.empty();
        if (!plain || !assign_in_place(assign_.target.variable, *assign_.value, {}))
          assign(assign_.target, evaluate(*assign_.value));
      }
      arena_.reset();
      break;
    }
    case Kind::if_: flow = run_if(static_cast<const If&>(s)); break;
    case Kind::case_: flow = run_case(static_cast<const Case&>(s)); break;
    case Kind::loop: flow = run_loop(static_cast<const Loop&>(s)); break;
    case Kind::while_: flow = run_while(static_cast<const While&>(s)); break;
    case Kind::for_integer: flow = run_for_integer(static_cast<const ForInteger&>(s)); break;
    case Kind::for_query:
    case Kind::for_cursor:
    case Kind::for_execute: flow = run_for_rows(static_cast<const ForRows&>(s)); break;
    case Kind::foreach: flow = run_foreach(static_cast<const Foreach&>(s)); break;
    case Kind::exit_: {
      const auto& exit = static_cast<const Exit&>(s);
      if (exit.condition && !condition(*exit.condition)) break;
      has_exit_label_ = !exit.label.empty();
      exit_label_ = exit.label;
      flow = exit.is_exit ? Flow::exit : Flow::go_on;
      break;
    }
    case Kind::return_: flow = run_return(static_cast<const Return&>(s)); break;
    case Kind::return_next: run_return_next(static_cast<const Return&>(s)); break;
    case Kind::return_query: run_return_query(static_cast<const Return&>(s)); break;
    case Kind::raise: run_raise(static_cast<const Raise&>(s)); break;
    case Kind::assert_: run_assert(static_cast<const Assert&>(s)); break;
    case Kind::sql:
    case Kind::perform: run_sql(static_cast<const Sql&>(s)); break;
    case Kind::execute: run_execute(static_cast<const Sql&>(s)); break;
    case Kind::call: run_call(static_cast<const Sql&>(s)); break;
    case Kind::diagnostics: run_diagnostics(static_cast<const Diagnostics&>(s)); break;
    case Kind::open: run_open(static_cast<const Open&>(s)); break;
    case Kind::fetch: run_fetch(static_cast<const Fetch&>(s)); break;
    case Kind::close: {
      const int cursor = static_cast<const Close&>(s).cursor;
      Value name = read(cursor);
      if (name.datum.is_null)
        throw SqlError("22004", fmt::format("cursor variable \"{}\" is null", variable(cursor).name));
      host_.close(std::string(name.datum.as<std::string_view>()));
      break;
    }
    case Kind::commit:
    case Kind::rollback: run_end_transaction(static_cast<const EndTransaction&>(s)); break;
    case Kind::null: break;
  }
  at_ = outside;
  return flow;
}

Flow Frame::run_block(const Block& s) {
  const Statement* here = at_;
  for (int v : s.variables) {
    at_ = here;
    initialise(variable(v), v);
    arena_.reset();
  }
  at_ = here;
  during_ = nullptr;
  during_line_ = 0;
  Flow flow = s.catches ? run_guarded(s) : run(s.body);
  // EXIT with this block's label ends here.
  if (flow == Flow::exit && has_exit_label_ && exit_label_ == s.label && !s.label.empty()) {
    has_exit_label_ = false;
    flow = Flow::next;
  }
  return flow;
}

namespace {

bool matches(const std::vector<Condition>& conditions, const std::string& sqlstate) {
  for (const Condition& c : conditions) {
    if (c.sqlstate.empty()) {
      if (sqlstate != "57014" && sqlstate != "P0004") return true;
    } else if (c.sqlstate == sqlstate ||
               (c.sqlstate.ends_with("000") && sqlstate.substr(0, 2) == c.sqlstate.substr(0, 2))) {
      return true;
    }
  }
  return false;
}

}  // namespace

Flow Frame::run_guarded(const Block& s) {
  const std::string savepoint = host_.savepoint();
  ++handler_depth_;
  std::optional<SqlError> caught;
  Flow flow = Flow::next;
  const types::SqlError* before = handled_;
  const types::SqlError* before_partial = handled_partial_;
  std::optional<SqlError> partial;  // with the context up to this frame
  try {
    flow = run(s.body);
    // A varlen result may lie in what the subtransaction made; it was copied.
    host_.release(savepoint);
  } catch (const SqlError& error) {
    if (error.sqlstate() == "57P01" || error.sqlstate() == "58030") throw;
    caught.emplace(error);
    statement_text_ = nullptr;  // ended with what ran it
    // Where it happened, for GET STACKED DIAGNOSTICS.
    if (!context_told_) caught->add_context(context());
    context_told_ = false;
    partial.emplace(*caught);
    for (const Frame* f = outer; f != nullptr; f = f->outer) caught->add_context(f->context());
  }
  --handler_depth_;
  if (!caught) return flow;
  statement_text_ = nullptr;
  during_ = nullptr;
  const Statement* failed_at = at_;
  host_.rollback_to(savepoint);
  host_.release(savepoint);
  arena_.reset();
  for (const Handler& handler : s.handlers) {
    if (!matches(handler.conditions, caught->sqlstate())) continue;
    set_text(s.sqlstate, caught->sqlstate());
    set_text(s.sqlerrm, caught->message());
    handled_ = &*caught;
    handled_partial_ = &*partial;
    at_ = &s;
    flow = run(handler.body);
    handled_ = before;
    handled_partial_ = before_partial;
    return flow;
  }
  at_ = failed_at;
  handled_ = before;
  handled_partial_ = before_partial;
  context_told_ = true;
  throw *partial;
}

Flow Frame::run_if(const If& s) {
  for (const If::Arm& arm : s.arms)
    if (condition(*arm.condition)) return run(arm.body);
  return run(s.otherwise);
}

Flow Frame::run_case(const Case& s) {
  if (s.value) {
    Value v = evaluate(*s.value);
    auto& to = const_cast<Variable&>(variable(s.variable));
    to.type = v.type.oid == types::oid::unknown ? TypeRef{types::oid::text, -1, types::collation::default_} : v.type;
    store(s.variable, v.datum);
    arena_.reset();
  }
  for (const If::Arm& arm : s.arms) {
    const bool hit = condition(*arm.condition);
    if (hit) {
      if (s.value) store(s.variable, {});
      return run(arm.body);
    }
  }
  if (s.value) store(s.variable, {});
  if (!s.has_else)
    throw SqlError("20000", "case not found").with_hint("CASE statement is missing ELSE part.");
  return run(s.otherwise);
}

bool Frame::loop_ends(const Loop& s, Flow& flow) {
  switch (flow) {
    case Flow::next: return false;
    case Flow::leave: return true;
    case Flow::exit:
      if (!has_exit_label_) {
        flow = Flow::next;
      } else if (!s.label.empty() && exit_label_ == s.label) {
        has_exit_label_ = false;
        flow = Flow::next;
      }
      return true;
    case Flow::go_on:
      if (!has_exit_label_) {
        flow = Flow::next;
        return false;
      }
      if (!s.label.empty() && exit_label_ == s.label) {
        has_exit_label_ = false;
        flow = Flow::next;
        return false;
      }
      return true;
  }
  return false;
}

Flow Frame::run_loop(const Loop& s) {
  for (;;) {
    tick();
    Flow flow = run(s.body);
    if (loop_ends(s, flow)) return flow;
  }
}

Flow Frame::run_while(const While& s) {
  while (condition(*s.condition)) {
    tick();
    Flow flow = run(s.body);
    if (loop_ends(s, flow)) return flow;
  }
  return Flow::next;
}

Flow Frame::run_for_integer(const ForInteger& s) {
  bool null = false;
  const std::int64_t from = integer(*s.from, "lower bound of FOR loop cannot be null", null);
  const std::int64_t to = integer(*s.to, "upper bound of FOR loop cannot be null", null);
  std::int64_t by = 1;
  if (s.by) {
    by = integer(*s.by, "BY value of FOR loop cannot be null", null);
    if (by <= 0) throw SqlError("22023", "BY value of FOR loop must be greater than zero");
  }
  arena_.reset();
  bool found = false;
  Flow flow = Flow::next;
  for (std::int64_t i = from; s.reverse ? i >= to : i <= to; i += s.reverse ? -by : by) {
    found = true;
    values_[static_cast<std::size_t>(s.variable)] = Datum::of(static_cast<std::int32_t>(i));
    tick();
    flow = run(s.body);
    if (loop_ends(s, flow)) break;
    flow = Flow::next;
    if (s.reverse ? i - by < INT32_MIN : i + by > INT32_MAX) break;
  }
  set_found(found);
  return flow;
}

Flow Frame::run_foreach(const Foreach& s) {
  Value v = evaluate(*s.array);
  if (v.datum.is_null) throw SqlError("22004", "FOREACH expression must not be null");
  const Oid element = host_.catalog().element_type(v.type.oid);
  if (element == 0)
    throw SqlError("42804", fmt::format("FOREACH expression must yield an array, not type {}",
                                        host_.catalog().format_type(v.type.oid)));
  const std::string copy(v.datum.as<std::string_view>());
  arena_.reset();
  const types::ArrayView array{std::string_view(copy)};
  if (s.slice < 0 || s.slice > array.dimensions())
    throw SqlError("2202E", fmt::format("slice dimension ({}) is out of the valid range 0..{}", s.slice,
                                        array.dimensions()));
  const Variable& first = variable(s.targets[0].variable);
  const bool first_is_array = first.kind == Variable::Kind::scalar && s.targets[0].fields.empty() &&
                              host_.catalog().element_type(first.type.oid) != 0;
  if (s.slice > 0 && !first_is_array)
    throw SqlError("42804", "FOREACH ... SLICE loop variable must be of an array type");
  if (s.slice == 0 && first_is_array && s.targets.size() == 1)
    throw SqlError("42804", "FOREACH loop variable must not be of an array type");
  const TypeRef element_type = host_.types().of(element);
  bool found = false;
  Flow flow = Flow::next;
  std::uint32_t per_slice = 1;
  std::vector<std::int32_t> lengths, bounds;
  for (int d = array.dimensions() - s.slice; d < array.dimensions() && s.slice > 0; ++d) {
    per_slice *= static_cast<std::uint32_t>(array.length(d));
    lengths.push_back(array.length(d));
    bounds.push_back(array.lower_bound(d));
  }
  types::ArrayView::Cursor cursor(array);
  bool more = cursor.next();
  while (more) {
    found = true;
    if (s.slice == 0) {
      const Datum value = cursor.value();
      const auto* info = host_.catalog().type(host_.catalog().base_type(element));
      if (s.targets.size() > 1 && info != nullptr && info->kind == 'c' && !value.is_null) {
        std::vector<Column> columns;
        std::vector<Datum> fields;
        const types::RecordView record(value);
        for (types::RecordView::Cursor field(record); field.next();) {
          columns.push_back({"", host_.types().of(record.field_type(field.index())), record.physical(field.index())});
          fields.push_back(field.value());
        }
        assign_row(s.targets, shape_of(columns), fields.data());
      } else {
        assign(s.targets[0], {value, element_type});
      }
      more = cursor.next();
    } else {
      types::ArrayBuilder builder(element, physical(element));
      for (std::uint32_t i = 0; i < per_slice && more; ++i) {
        builder.add(cursor.value());
        more = cursor.next();
      }
      assign(s.targets[0], {builder.finish(arena_, lengths, bounds), v.type});
    }
    arena_.reset();
    tick();
    flow = run(s.body);
    if (loop_ends(s, flow)) break;
    flow = Flow::next;
  }
  set_found(found);
  return flow;
}

Flow Frame::run_return(const Return& s) {
  returned_ = true;
  const plpgsql::Function& f = *function_;
  if (f.returns_set) return Flow::leave;
  result_ = {};
  if (!s.value) return Flow::leave;
  if (s.variable >= 0) {
    Value v = read(s.variable);
    result_type_ = v.type;
    result_ = keep(result_bytes_, v.datum.is_null ? types::PhysicalType::int32 : physical(v.type.oid), v.datum);
  } else {
    Value v = evaluate(*s.value, f.returns_row || f.is_trigger ? TypeRef{} : f.result);
    result_type_ = v.type;
    result_ = keep(result_bytes_, v.datum.is_null ? types::PhysicalType::int32 : physical(v.type.oid), v.datum);
  }
  if (f.returns_row && !f.is_trigger && !result_.is_null) {
    const auto* info = host_.catalog().type(host_.catalog().base_type(result_type_.oid));
    if (result_type_.oid != types::oid::record && (info == nullptr || info->kind != 'c'))
      throw SqlError("42804", "cannot return non-composite value from function returning composite type");
  }
  arena_.reset();
  return Flow::leave;
}

}  // namespace plpgsql
