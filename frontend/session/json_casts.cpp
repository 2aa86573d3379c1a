#include "json_casts.h"

#include "eval/compile.h"
#include "eval/program.h"
#include "inner_query.h"
#include "session_state.h"
#include "types/type_io.h"

namespace session {

std::optional<std::string> JsonCasts::find(types::Oid type, std::string_view text) {
  const std::uint64_t version = inner_version(session_);
  Known known = known_[type];  // a copy: what the cast calls may come here, too
  if (known.version != version) {
    const catalog::CastInfo* cast = session_.catalog->cast(type, types::oid::json);
    known = {nullptr, version};
    if (cast != nullptr && cast->method == 'f')
      known.cast = prepare_of_value(session_, "SELECT CAST($1 AS pg_catalog.json)", {type, -1, 0});
    known_[type] = known;
  }
  if (known.cast == nullptr) return std::nullopt;
  types::Arena arena;
  types::EvalContext context = session_.eval_context(&arena);
  const types::Datum value = eval::type_support(*session_.catalog, type).input(context, text, -1);
  eval::Evaluator evaluator(known.cast->program, 1);
  eval::Environment environment;
  environment.parameters = std::span(&value, 1);
  evaluator.bind(environment, context);
  const types::Datum json = evaluator.value(0);
  return json.is_null ? std::string("null") : std::string(json.as<std::string_view>());
}

}  // namespace session
