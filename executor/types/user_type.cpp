#include "types/user_type.h"

#include "bound_support.h"
#include "types/sql_error.h"

namespace types {

bool UserType::Definition::operator==(const Definition& other) const {
  return kind == other.kind && oid == other.oid && name == other.name && labels == other.labels &&
         fields == other.fields && element == other.element && typmod == other.typmod && delimiter == other.delimiter &&
         canonical == other.canonical && finder == other.finder;
}

namespace {

Datum receive_nothing(const UserType& type, EvalContext&, std::span<const std::byte>, std::int32_t) {
  throw SqlError("42883", "no binary input function available for type " + type.name());
}

void send_nothing(const UserType& type, EvalContext&, const Datum&, std::string&) {
  throw SqlError("42883", "no binary output function available for type " + type.name());
}

}  // namespace

UserType::UserType(Definition definition) : definition_(std::move(definition)) {
  switch (definition_.kind) {
    case Kind::enumeration: support_ = enum_support(*this); break;
    case Kind::composite: case Kind::record: support_ = record_support(*this); break;
    case Kind::array: support_ = array_support(*this); break;
    case Kind::range: support_ = range_support(*this); break;
    case Kind::multirange: support_ = multirange_support(*this); break;
    case Kind::domain: support_ = domain_support(*this); break;
    case Kind::base:
      support_ = *definition_.element;
      if (support_.receive == nullptr) support_.receive = {*this, receive_nothing};
      if (support_.send == nullptr) support_.send = {*this, send_nothing};
      break;
  }
  support_.oid = definition_.oid;
  support_.name = definition_.name;
  support_.user = this;
}

const TypeSupport& type_support(EvalContext& ctx, Oid oid) {
  if (const TypeSupport* support = find_type(oid)) return *support;
  const TypeSupport* support = ctx.names == nullptr ? nullptr : ctx.names->find_support(oid);
  if (support != nullptr) return *support;
  return type_support(oid);  // throws
}

}  // namespace types
