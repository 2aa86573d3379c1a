#include "domain_checks.h"

#include "eval/program.h"
#include "inner_query.h"
#include "session_state.h"

namespace session {

void DomainChecks::check(types::EvalContext& context, types::Oid domain, const types::Datum& value) {
  // Held: what it calls may check the same domain under another catalogue, and so replace the one that is kept.
  std::shared_ptr<InnerQuery> cast = casts_[domain];
  if (cast == nullptr || cast->version != inner_version(session_)) {
    // The modifier is left out: the value has passed it.
    cast = prepare_of_value(session_, "SELECT $1", {session_.catalog->base_type(domain), -1, 0}, {domain, -1, 0});
    casts_[domain] = cast;
  }
  eval::Evaluator evaluator(cast->program, 1);
  eval::Environment environment;
  environment.parameters = std::span(&value, 1);
  evaluator.bind(environment, context);
  (void)evaluator.value(0);
}

}  // namespace session
