#include "plan_cache.h"

#include <charconv>

#include "analyzer/analyze.h"
#include "plan_dependence.h"
#include "session_state.h"
#include "types/sql_error.h"
#include "types/type_io.h"

namespace session {
namespace {

using parser::LiteralType;
using types::SqlError;

// A plan that was chosen by the sizes of its tables is made again after so long.
constexpr std::int64_t kSizesHoldFor = 5'000'000;  // microseconds

types::Oid type_of(LiteralType type) {
  switch (type) {
    case LiteralType::int4: return types::oid::int4;
    case LiteralType::int8: return types::oid::int8;
    case LiteralType::numeric: return types::oid::numeric;
    case LiteralType::string: return 0;
  }
  return 0;
}

std::uint64_t hash_of(std::string_view key) { return std::hash<std::string_view>()(key); }

// Whether a plan's constants and sizes still hold; its catalogue is lock_and_check()'s matter.
template <typename Kept>
bool still_good(const SessionState& session, const Kept& kept) {
  return kept.literal_epoch == session.settings.literal_epoch &&
         !(kept.depends_on_sizes && session.statement_time - kept.made_at > kSizesHoldFor);
}

// Errors that the text as it stands would raise just the same, or that must not be met twice.
bool is_final(const SqlError& error) {
  std::string_view state = error.sqlstate();
  return state.starts_with("57") || state.starts_with("55P03") || state.starts_with("40") ||
         state.starts_with("53") || state.starts_with("58");
}

template <typename Integer>
types::Datum integer_of(std::string_view digits, bool negated) {
  Integer value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return types::Datum::of(static_cast<Integer>(negated ? -value : value));
}

types::Datum value_of(const parser::TextLiteral& literal, bool negated, types::Oid type,
                      types::EvalContext& context) {
  switch (literal.type) {
    case LiteralType::int4: return integer_of<std::int32_t>(literal.value, negated);
    case LiteralType::int8: return integer_of<std::int64_t>(literal.value, negated);
    case LiteralType::numeric: {
      const auto& support = types::type_support(types::oid::numeric);
      if (!negated) return support.input(context, literal.value, -1);
      std::string text = "-";
      text += literal.value;
      return types::copy_datum(*context.arena, support.physical, support.input(context, text, -1));
    }
    case LiteralType::string:
      // As the analyser makes a constant of these.
      if (type == types::oid::text || type == types::oid::varchar || type == types::oid::bpchar)
        return types::Datum::of(literal.value);
      return types::type_support(type).input(context, literal.value, -1);
  }
  return types::Datum::null();
}

}  // namespace

KeptPlan::KeptPlan(CompiledPtr compiled_in, parser::LiftPlan lift_in)
    : lift(std::move(lift_in)), compiled(std::move(compiled_in)),
      writer(compiled->plan->columns, {}), arena(256) {}

KeptPlan* PlanCache::find(SessionState& session, std::string_view text) {
  liftable_ = text.size() <= kMaximumText && session.settings.standard_conforming_strings &&
              parser::make_template(text, text_);
  if (!liftable_) return nullptr;
  Template* found = templates_.find(text_.key);
  if (found == nullptr || found->refused) return nullptr;
  session.block->begin_implicit();
  auto& variants = found->variants;
  for (auto it = variants.begin(); it != variants.end(); ++it) {
    KeptPlan& plan = **it;
    if (!plan.lift.fits(text_)) continue;
    if (!still_good(session, plan) || !lock_and_check(session, *plan.compiled)) {
      // Made again from this very text.
      variants.erase(it);
      return nullptr;
    }
    plan.arena.reset();
    auto context = session.eval_context(&plan.arena);
    try {
      for (std::size_t i = 0; i < plan.lift.choices.size(); ++i) {
        const auto& choice = plan.lift.choices[i];
        if (choice.parameter == 0) continue;
        auto index = static_cast<std::size_t>(choice.parameter - 1);
        plan.parameters[index] = value_of(text_.literals[i], choice.negated,
                                          plan.compiled->parameter_types[index], context);
      }
    } catch (const SqlError&) {
      // The analyser says it with PostgreSQL's words and position.
      liftable_ = false;
      return nullptr;
    }
    return &plan;
  }
  return nullptr;
}

KeptPlan* PlanCache::keep(SessionState& session, const parser::ParseTree& tree,
                          const std::shared_ptr<const std::string>& text) {
  if (!liftable_ || tree.statements().size() != 1) return nullptr;
  Template* found = templates_.find(text_.key);
  if (found == nullptr) {
    if (!came_before(hash_of(text_.key))) return nullptr;
  } else if (found->refused || found->variants.size() >= kMaximumVariants) {
    return nullptr;
  }
  auto plan = make(session, tree, text);
  Template& entry = found == nullptr ? templates_.insert(text_.key) : *found;
  if (!plan) {
    entry.refused = true;
    entry.variants.clear();
    return nullptr;
  }
  entry.variants.push_back(std::move(plan));
  // Gives the plan its parameters, or finds that the text must run as it stands.
  return find(session, *text);
}

std::unique_ptr<KeptPlan> PlanCache::make(SessionState& session, const parser::ParseTree& tree,
                                          const std::shared_ptr<const std::string>& text) {
  auto lift = parser::choose_literals(tree, text_);
  std::vector<analyzer::LiftedLiteral> lifted;
  for (std::size_t i = 0; i < lift.choices.size(); ++i)
    if (lift.choices[i].parameter != 0)
      lifted.push_back({lift.choices[i].location, lift.choices[i].parameter,
                        type_of(text_.literals[i].type)});
  CompiledPtr compiled;
  try {
    compiled = compile(session, tree.statements()[0], text, {}, lifted);
  } catch (const SqlError& error) {
    if (is_final(error)) throw;
    return nullptr;
  }
  if (compiled->plan == nullptr) return nullptr;
  if (compiled->parameter_types.size() != static_cast<std::size_t>(lift.parameters)) return nullptr;
  for (types::Oid type : compiled->parameter_types)
    if (types::find_type(type) == nullptr) return nullptr;
  if (lift.parameters > 0 && depends_on_values(*compiled->plan)) return nullptr;
  auto plan = std::make_unique<KeptPlan>(std::move(compiled), std::move(lift));
  plan->parameters.resize(plan->compiled->parameter_types.size());
  plan->literal_epoch = session.settings.literal_epoch;
  plan->made_at = session.statement_time;
  plan->depends_on_sizes = depends_on_sizes(*plan->compiled->plan);
  return plan;
}

std::shared_ptr<PreparedStatement> PlanCache::find_parsed(SessionState& session,
                                                          std::string_view text,
                                                          std::span<const types::Oid> types) {
  parse_key_.clear();
  if (text.size() > kMaximumText) return nullptr;
  parse_key_.append(reinterpret_cast<const char*>(types.data()), types.size_bytes());
  parse_key_.append(text);
  Parsed* found = parsed_.find(parse_key_);
  if (found == nullptr) return nullptr;
  session.block->begin_implicit();
  if (still_good(session, *found) && lock_and_check(session, *found->statement->compiled))
    return found->statement;
  parsed_.erase(parse_key_);
  return nullptr;
}

void PlanCache::keep_parsed(SessionState& session, std::shared_ptr<PreparedStatement> statement) {
  if (parse_key_.empty() || statement->compiled->plan == nullptr) return;
  if (!came_before(hash_of(parse_key_))) return;
  Parsed parsed{.statement = std::move(statement),
                .literal_epoch = session.settings.literal_epoch,
                .made_at = session.statement_time};
  parsed.depends_on_sizes = depends_on_sizes(*parsed.statement->compiled->plan);
  parsed_.insert(parse_key_, std::move(parsed));
}

void PlanCache::clear() {
  templates_.clear();
  parsed_.clear();
  seen_ = {};
}

}  // namespace session
