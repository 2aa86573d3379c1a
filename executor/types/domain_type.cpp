// Domains where values come without a cast: as an array's elements, as a row's fields.
#include "bound_support.h"
#include "types/session_services.h"
#include "types/sql_error.h"

namespace types {

void check_domain(EvalContext& ctx, Oid domain, const Datum& value) {
  if (ctx.session == nullptr) throw SqlError::not_supported("a domain in this place");
  ctx.session->check_domain(ctx, domain, value);
}

void check_null(EvalContext& ctx, const TypeSupport& element) {
  if (element.user == nullptr || element.user->definition().kind != UserType::Kind::domain) return;
  check_domain(ctx, element.oid, Datum::null());
}

TypeSupport domain_support(const UserType& type) {
  // Whatever does not make values of foreign bytes is the base type's own.
  TypeSupport support = type.element();
  support.input = {type, [](const UserType& t, EvalContext& ctx, std::string_view text, std::int32_t) {
                     const Datum value = t.element().input(ctx, text, t.definition().typmod);
                     check_domain(ctx, t.oid(), value);
                     return value;
                   }};
  support.receive = {type, [](const UserType& t, EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t) {
                       const Datum value = t.element().receive(ctx, bytes, t.definition().typmod);
                       check_domain(ctx, t.oid(), value);
                       return value;
                     }};
  return support;
}

}  // namespace types
