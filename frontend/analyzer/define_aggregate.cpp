// CREATE AGGREGATE: which functions it is made of, by the rules of PostgreSQL's AggregateCreate.
#include <algorithm>

#include <fmt/format.h>

#include "coerce.h"
#include "define.h"
#include "function_lookup.h"
#include "types/ascii.h"

namespace analyzer {
namespace {

using Element = ast::DefinitionElement;

// The options as written: each by its last mention.
struct Written {
  const Element *transition = nullptr, *final = nullptr, *combine = nullptr, *serialize = nullptr,
                *deserialize = nullptr, *moving_transition = nullptr, *inverse = nullptr, *moving_final = nullptr,
                *sort_operator = nullptr, *base_type = nullptr, *state = nullptr, *moving_state = nullptr,
                *initial = nullptr, *moving_initial = nullptr, *parallel = nullptr, *moving_space = nullptr;
  bool hypothetical = false;
};

char modify_argument(const Element& element) {
  const std::string value = argument_text(element.argument).value_or("");
  if (value == "read_only") return 'r';
  if (value == "shareable") return 's';
  if (value == "read_write") return 'w';
  throw SqlError("42601", fmt::format("parameter \"{}\" must be READ_ONLY, SHAREABLE, or READ_WRITE", element.name));
}


class Definition {
 public:
  Definition(State& state, const ast::Define& node) : state_(state), node_(node), scope_(state, nullptr, &query_) {}

  query::CreateAggregate analyze() {
    result_.routine.name = object_name(state_, node_.name);
    result_.routine.or_replace = node_.replace;
    result_.routine.volatility = 'i';
    result_.routine.language = "internal";
    result_.routine.body = {"aggregate_dummy"};
    if (!node_.old_style && node_.direct_arguments >= 0) {
      result_.kind = 'o';
      result_.direct_arguments = static_cast<std::int16_t>(node_.direct_arguments);
    }
    read_options();
    require_combinations();
    read_parameters();
    resolve_states();
    resolve_functions();
    return std::move(result_);
  }

 private:
  void read_options() {
    auto& plain = result_.plain;
    auto& moving = moving_;
    std::optional<char> plain_modifies, moving_modifies;
    for (const ast::Node* item : node_.definition) {
      const auto& element = ast::as<Element>(*item);
      const ast::Name name = element.name;
      if (name == "sfunc" || name == "sfunc1") w_.transition = &element;
      else if (name == "finalfunc") w_.final = &element;
      else if (name == "combinefunc") w_.combine = &element;
      else if (name == "serialfunc") w_.serialize = &element;
      else if (name == "deserialfunc") w_.deserialize = &element;
      else if (name == "msfunc") w_.moving_transition = &element;
      else if (name == "minvfunc") w_.inverse = &element;
      else if (name == "mfinalfunc") w_.moving_final = &element;
      else if (name == "finalfunc_extra") plain.final_extra = boolean_argument(element);
      else if (name == "mfinalfunc_extra") moving.final_extra = boolean_argument(element);
      else if (name == "finalfunc_modify") plain_modifies = modify_argument(element);
      else if (name == "mfinalfunc_modify") moving_modifies = modify_argument(element);
      else if (name == "sortop") w_.sort_operator = &element;
      else if (name == "basetype") w_.base_type = &element;
      else if (name == "hypothetical") {
        if (!boolean_argument(element)) continue;
        if (result_.kind == 'n') refuse_definition("only ordered-set aggregates can be hypothetical");
        result_.kind = 'h';
      } else if (name == "stype" || name == "stype1") w_.state = &element;
      else if (name == "sspace") plain.space = int4_argument(element);
      else if (name == "mstype") w_.moving_state = &element;
      else if (name == "msspace") moving.space = int4_argument(*(w_.moving_space = &element));
      else if (name == "initcond" || name == "initcond1") w_.initial = &element;
      else if (name == "minitcond") w_.moving_initial = &element;
      else if (name == "parallel") w_.parallel = &element;
      else warnings_.push_back(fmt::format("aggregate attribute \"{}\" not recognized", name));
    }
    const char standard = result_.kind == 'n' ? 'r' : 'w';
    plain.final_modifies = plain_modifies.value_or(standard);
    moving.final_modifies = moving_modifies.value_or(standard);
    result_.warnings = std::move(warnings_);
  }

  void require_combinations() {
    if (!w_.state) refuse_definition("aggregate stype must be specified");
    if (!w_.transition) refuse_definition("aggregate sfunc must be specified");
    if (w_.moving_state) {
      if (!w_.moving_transition) refuse_definition("aggregate msfunc must be specified when mstype is specified");
      if (!w_.inverse) refuse_definition("aggregate minvfunc must be specified when mstype is specified");
    } else {
      if (w_.moving_transition) refuse_definition("aggregate msfunc must not be specified without mstype");
      if (w_.inverse) refuse_definition("aggregate minvfunc must not be specified without mstype");
      if (w_.moving_final) refuse_definition("aggregate mfinalfunc must not be specified without mstype");
      if (w_.moving_space && moving_.space != 0) refuse_definition("aggregate msspace must not be specified without mstype");
      if (w_.moving_initial) refuse_definition("aggregate minitcond must not be specified without mstype");
    }
  }

  void read_parameters() {
    auto& parameters = result_.routine.parameters;
    if (node_.old_style) {
      if (!w_.base_type) refuse_definition("aggregate input type must be specified");
      const std::string text = types::lower_ascii(argument_text(w_.base_type->argument).value_or(""));
      if (text == "any") return;
      query::FunctionParameter parameter;
      parameter.type = type_argument(scope_, *w_.base_type);
      arguments_.push_back(parameter.type.oid);
      parameters.push_back(std::move(parameter));
      return;
    }
    if (w_.base_type) refuse_definition("basetype is redundant with aggregate input type specification");
    for (const ast::Node* item : node_.arguments) {
      const auto& source = ast::as<ast::FunctionParameter>(*item);
      query::FunctionParameter parameter;
      parameter.name = str(source.name);
      parameter.type = resolve_type(scope_, *source.type);
      parameter.mode = source.mode == 'v' ? 'v' : 'i';
      if (source.type->setof) refuse_definition("aggregates cannot accept set arguments");
      if (variadic_) refuse_definition("VARIADIC parameter must be the last input parameter");
      if (parameter.mode == 'v') {
        const Oid type = parameter.type.oid;
        variadic_ = type == oid::any ? oid::any : is_array_polymorphic(type) ? type : state_.catalog.element_type(type);
        if (!variadic_) refuse_definition("VARIADIC parameter must be an array");
      }
      for (const auto& other : parameters)
        if (!parameter.name.empty() && other.name == parameter.name)
          refuse_definition(fmt::format("parameter name \"{}\" used more than once", parameter.name));
      arguments_.push_back(parameter.type.oid);
      parameters.push_back(std::move(parameter));
    }
  }

  Oid state_type(const Element& element, const std::optional<std::string>& initial) {
    const Oid type = type_argument(scope_, element).oid;
    const auto* info = state_.catalog.type(type);
    const bool pseudo = info && info->kind == 'p';
    if (pseudo && !is_polymorphic(type) && type != oid::internal)
      refuse_definition(fmt::format("aggregate transition data type cannot be {}", type_name(scope_, type)));
    if (auto detail = polymorphic_refusal(scope_, arguments_, type))
      throw SqlError("42P13", "cannot determine transition data type").with_detail(*detail);
    // Read once, so that a value that the type refuses is refused now.
    if (initial && !pseudo) literal_to_constant(scope_, *initial, false, type_ref(scope_, type), -1);
    return type;
  }

  void resolve_states() {
    if (w_.initial) result_.plain.initial = string_argument(*w_.initial);
    if (w_.moving_initial) moving_.initial = string_argument(*w_.moving_initial);
    result_.plain.state = state_type(*w_.state, result_.plain.initial);
    if (w_.serialize && w_.deserialize) {
      if (result_.plain.state != oid::internal)
        refuse_definition("serialization functions may be specified only when the aggregate transition data type is internal");
    } else if (w_.serialize || w_.deserialize) {
      refuse_definition("must specify both or neither of serialization and deserialization functions");
    }
    if (w_.moving_state) moving_.state = state_type(*w_.moving_state, moving_.initial);
    if (!w_.parallel) return;
    const std::string value = string_argument(*w_.parallel);
    if (value != "safe" && value != "restricted" && value != "unsafe")
      throw SqlError("42601", "parameter \"parallel\" must be SAFE, RESTRICTED, or UNSAFE");
    result_.routine.parallel = value[0];
  }

  struct Found {
    const catalog::FunctionInfo* function;
    Oid result;
    std::string name;
  };

  // The function that takes these types as they are: PostgreSQL's lookup_agg_function.
  Found find(const Element& element, const std::vector<Oid>& inputs, Oid variadic) {
    const auto names = name_argument(element);
    const std::string signature = function_signature(scope_, join_names(names), {}, inputs);
    const FunctionChoice choice = choose_function(scope_, names, inputs, {}, false, -1);
    if (choice.kind != FunctionChoice::Kind::function || choice.candidate.function->kind != 'f' ||
        choice.candidate.default_count > 0)
      throw SqlError("42883", fmt::format("function {} does not exist", signature));
    const catalog::FunctionInfo& function = *choice.candidate.function;
    if (function.returns_set) throw SqlError("42804", fmt::format("function {} returns a set", signature));
    if (variadic == oid::any && function.variadic != oid::any)
      throw SqlError("42804", fmt::format("function {} must accept VARIADIC ANY to be used in this aggregate", signature));
    std::vector<Oid> declared = choice.candidate.arguments;
    const Oid result = enforce_generic(scope_, inputs, declared, function.result, true);
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (!is_binary_coercible(scope_, inputs[i], declared[i]))
        throw SqlError("42804", fmt::format("function {} requires run-time type coercion",
                                            function_signature(scope_, join_names(names), {}, declared)));
    return {&function, result, join_names(names)};
  }

  void require_result(const Found& found, const char* what, Oid type) {
    if (found.result != type)
      throw SqlError("42804", fmt::format("return type of {} function {} is not {}", what, found.name,
                                          type_name(scope_, type)));
  }

  // What the transition functions take: the state and the aggregated arguments.
  std::vector<Oid> transition_inputs(Oid state) const {
    std::vector<Oid> inputs{state};
    const auto direct = static_cast<std::size_t>(result_.direct_arguments);
    // A hypothetical or variadic ordered set's arguments stand for both, direct and aggregated ones.
    const bool shared = direct == arguments_.size() && variadic_ != 0;
    const std::size_t first = result_.kind == 'n' ? 0 : shared ? arguments_.size() - 1 : direct;
    inputs.insert(inputs.end(), arguments_.begin() + static_cast<std::ptrdiff_t>(first), arguments_.end());
    return inputs;
  }

  std::vector<Oid> final_inputs(const query::AggregateSteps& steps) const {
    std::vector<Oid> inputs{steps.state};
    const std::size_t count = steps.final_extra ? arguments_.size()
                              : result_.kind == 'n' ? 0 : static_cast<std::size_t>(result_.direct_arguments);
    inputs.insert(inputs.end(), arguments_.begin(), arguments_.begin() + static_cast<std::ptrdiff_t>(count));
    return inputs;
  }

  // The transition function, its strictness, and the final one; returns the aggregate's type.
  Oid resolve_steps(query::AggregateSteps& steps, const Element& transition, const Element* inverse, const Element* final) {
    const auto inputs = transition_inputs(steps.state);
    const Found step = find(transition, inputs, variadic_);
    require_result(step, "transition", steps.state);
    steps.transition = step.function->oid;
    if (step.function->strict && !steps.initial &&
        (arguments_.empty() || !is_binary_coercible(scope_, arguments_[0], steps.state)))
      refuse_definition("must not omit initial value when transition function is strict and transition type is not compatible "
             "with input type");
    if (inverse) {
      const Found back = find(*inverse, inputs, variadic_);
      require_result(back, "inverse transition", steps.state);
      if (back.function->strict != step.function->strict)
        refuse_definition("strictness of aggregate's forward and inverse transition functions must match");
      steps.inverse = back.function->oid;
    }
    if (!final) return steps.state;
    const Found last = find(*final, final_inputs(steps), steps.final_extra ? variadic_ : 0);
    if (steps.final_extra && last.function->strict)
      refuse_definition("final function with extra arguments must not be declared STRICT");
    steps.final = last.function->oid;
    return last.result;
  }

  void resolve_partial() {
    const Oid state = result_.plain.state;
    if (w_.combine) {
      const Found found = find(*w_.combine, {state, state}, 0);
      require_result(found, "combine", state);
      if (state == oid::internal && found.function->strict)
        refuse_definition("combine function with transition type internal must not be declared STRICT");
      result_.combine = found.function->oid;
    }
    if (!w_.serialize) return;
    const Found out = find(*w_.serialize, {oid::internal}, 0);
    require_result(out, "serialization", oid::bytea);
    const Found in = find(*w_.deserialize, {oid::bytea, oid::internal}, 0);
    require_result(in, "deserialization", oid::internal);
    result_.serialize = out.function->oid;
    result_.deserialize = in.function->oid;
  }

  void resolve_functions() {
    if (arguments_.size() > 99) throw SqlError("54023", "aggregates cannot have more than 99 arguments");
    if (result_.kind != 'n' && variadic_ != 0 && variadic_ != oid::any)
      throw SqlError("0A000", "a variadic ordered-set aggregate must use VARIADIC type ANY");
    if (w_.moving_state) moving_result_ = resolve_steps(moving_, *w_.moving_transition, w_.inverse, w_.moving_final);
    const Oid type = resolve_steps(result_.plain, *w_.transition, nullptr, w_.final);
    resolve_partial();
    if (auto detail = polymorphic_refusal(scope_, arguments_, type))
      throw SqlError("42P13", "cannot determine result data type").with_detail(*detail);
    if (type == oid::internal && std::ranges::find(arguments_, Oid{oid::internal}) == arguments_.end())
      throw SqlError("42P13", "unsafe use of pseudo-type \"internal\"")
          .with_detail("A result of type internal requires at least one input of type internal.");
    if (w_.moving_state) {
      if (moving_result_ != type)
        refuse_definition(fmt::format("moving-aggregate implementation returns type {}, but plain implementation returns type {}",
                           type_name(scope_, moving_result_), type_name(scope_, type)));
      result_.moving = std::move(moving_);
    }
    if (w_.sort_operator) {
      if (arguments_.size() != 1) refuse_definition("sort operator can only be specified for single-argument aggregates");
      result_.sort_operator =
          find_operator(scope_, name_argument(*w_.sort_operator), arguments_[0], arguments_[0], false, -1)->oid;
    }
    result_.routine.result = type_ref(scope_, type);
  }

  State& state_;
  const ast::Define& node_;
  query::Query query_;
  Scope scope_;
  Written w_;
  std::vector<std::string> warnings_;
  std::vector<Oid> arguments_;
  Oid variadic_ = 0;  // the element type; an array's own when that is polymorphic
  query::AggregateSteps moving_;
  Oid moving_result_ = 0;
  query::CreateAggregate result_;
};

}  // namespace

query::CreateAggregate define_aggregate(State& state, const ast::Define& node) { return Definition(state, node).analyze(); }

}  // namespace analyzer
