#include "domain_checks.h"

#include "eval/program.h"
#include "inner_query.h"
#include "session_state.h"

namespace session {
namespace {

struct OneParameter final : analyzer::Variables {
  explicit OneParameter(types::TypeRef type) : type(type) {}
  std::optional<Found> find(std::span<const std::string_view> names) override {
    if (names[0] != "$1") return std::nullopt;
    return Found{1, type, 1};
  }
  types::TypeRef type;
};

}  // namespace

void DomainChecks::check(types::EvalContext& context, types::Oid domain, const types::Datum& value) {
  auto& cast = casts_[domain];
  if (cast == nullptr || cast->version != inner_version(session_)) {
    // The modifier is left out: the value has passed it.
    OneParameter parameter({session_.catalog->base_type(domain), -1, 0});
    cast = prepare_inner(session_, "SELECT $1", {.variables = &parameter, .result = {domain, -1, 0}}, true);
  }
  eval::Evaluator evaluator(cast->program, 1);
  eval::Environment environment;
  environment.parameters = std::span(&value, 1);
  evaluator.bind(environment, context);
  (void)evaluator.value(0);
}

}  // namespace session
