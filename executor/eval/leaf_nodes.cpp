#include "leaf_nodes.h"

#include "types/session_services.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace eval {

ConstantNode::ConstantNode(types::TypeRef type, types::PhysicalType physical,
                           const types::Datum& value)
    : Node(type, physical), arena_(64) {
  types::Datum own = value;
  if (!value.is_null && physical == types::PhysicalType::varlen)
    own = types::Datum::of(arena_.copy(value.as<std::string_view>()));
  vector_ = types::Vector::constant(arena_, physical, own);
}

namespace {

const types::Vector& set_constant(Frame& frame, std::uint32_t slot, types::PhysicalType type,
                                  const types::Datum& value) {
  types::Vector& out = frame.constant(slot, type);
  if (value.is_null) {
    out.set_null(0);
  } else {
    out.clear();
    out.set_datum(0, value);
  }
  return out;
}

}  // namespace

const types::Vector& ParameterNode::evaluate(Frame& frame, types::Selection) const {
  CHECK(index_ < frame.environment->parameters.size());
  return set_constant(frame, slot_, physical(), frame.environment->parameters[index_]);
}

const types::Vector& ExecutionParameterNode::evaluate(Frame& frame, types::Selection) const {
  ExecutionParameter& parameter = frame.environment->execution_parameters[number_];
  if (!parameter.ready) {
    CHECK(parameter.init_subplan >= 0);
    frame.environment->subplans->initialise(number_);
  }
  return set_constant(frame, slot_, physical(), parameter.value);
}

const types::Vector& SqlValueNode::evaluate(Frame& frame, types::Selection) const {
  types::EvalContext& context = *frame.context;
  types::Datum value = types::Datum::null();
  auto text = [&](std::string_view name) { return types::Datum::of(context.arena->copy(name)); };
  switch (value_) {
    case query::SqlValue::current_timestamp:
      value = types::Datum::of(context.transaction_time);
      break;
    case query::SqlValue::current_role:
    case query::SqlValue::current_user:
    case query::SqlValue::user:
      value = text(context.session->current_user());
      break;
    case query::SqlValue::session_user:
      value = text(context.session->session_user());
      break;
    case query::SqlValue::current_catalog:
      value = text(context.session->current_database());
      break;
    case query::SqlValue::current_schema:
      if (auto schema = context.session->current_schema()) value = text(*schema);
      break;
    // The others are casts of now(), which the compiler makes into calls.
    default:
      throw types::SqlError::not_supported("this SQL value function");
  }
  return set_constant(frame, slot_, physical(), value);
}

}  // namespace eval
