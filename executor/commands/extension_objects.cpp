#include "extension_objects.h"

#include <algorithm>

#include "extension.h"
#include "extensions/extension.h"
#include "operator_lookup.h"
#include "routine.h"
#include "type_commands.h"

namespace commands {
namespace {

// Up to the first of `separators`, which goes, too.
std::string_view take(std::string_view& rest, std::string_view separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + separator.size());
  return part;
}

bool take_word(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

class Maker {
 public:
  Maker(Ddl& ddl, const extensions::Extension& extension, Oid oid, const std::string& schema)
      : ddl_(ddl), e_(extension), self_(oid), schema_(schema) {}

  void run() {
    for (const extensions::Routine& routine : e_.routines) make_routine(routine);
    ddl_.transaction().next_command();
    for (const extensions::Operator& op : e_.operators) {
      make_operator(op);
      ddl_.transaction().next_command();
    }
  }

 private:
  void add_member(const ObjectAddress& object) {
    ddl_.depend(object, {catalog::pg_extension::kOid, self_, 0}, kMember);
  }

  types::TypeRef type(std::string_view name) {
    const catalog::TypeInfo* found = ddl_.catalog().find_type(schema_, name);
    if (found == nullptr) found = ddl_.catalog().find_type("pg_catalog", name);
    if (found == nullptr) throw SqlError("42704", "type \"" + std::string(name) + "\" does not exist");
    return {.oid = found->oid};
  }

  std::vector<query::FunctionParameter> parameters(std::string_view text) {
    std::vector<query::FunctionParameter> result;
    while (!text.empty()) {
      std::string_view one = take(text, ", ");
      query::FunctionParameter& parameter = result.emplace_back();
      if (take_word(one, "out ")) parameter.mode = 'o';
      else if (take_word(one, "table ")) parameter.mode = 't';
      else if (take_word(one, "variadic ")) parameter.mode = 'v';
      if (one.find(' ') != std::string_view::npos) parameter.name = take(one, " ");
      parameter.type = type(one);
    }
    return result;
  }

  void make_routine(const extensions::Routine& routine) {
    query::CreateFunction f;
    f.name = {schema_, std::string(routine.name)};
    f.parameters = parameters(routine.parameters);
    std::string_view result = routine.result;
    f.returns_set = take_word(result, "setof ");
    f.result = type(result);
    const bool internal = routine.attributes.ends_with('i') && routine.attributes.size() > 3;
    f.language = internal ? "internal" : "c";
    f.body = {std::string(routine.symbol)};
    if (!internal) f.body.insert(f.body.begin(), "$libdir/" + std::string(e_.name));
    f.volatility = routine.attributes[0];
    f.strict = routine.attributes[1] == 's';
    f.parallel = routine.attributes[2];
    add_member(define_routine(ddl_, f, 'f', internal ? kInternalLanguage : extensions::kLanguage));
  }

  Oid function(const std::string& schema, std::string_view name, std::span<const Oid> inputs) {
    for (const catalog::FunctionInfo* f : ddl_.catalog().find_functions(schema, name))
      if (std::ranges::equal(f->arguments, inputs)) return f->oid;
    throw SqlError("42883", "function " + std::string(name) + " does not exist");
  }

  Oid estimator(std::string_view name, bool of_join) {
    using namespace types::oid;
    constexpr Oid kRestriction[] = {internal, oid_, internal, int4}, kJoin[] = {internal, oid_, internal, int2, internal};
    if (name.empty()) return 0;
    return function("pg_catalog", name, of_join ? std::span<const Oid>(kJoin) : std::span<const Oid>(kRestriction));
  }

  void make_operator(const extensions::Operator& op) {
    query::CreateOperator o;
    o.name = {schema_, std::string(op.name)};
    std::vector<Oid> inputs;
    if (!op.left.empty()) inputs.push_back(o.left = type(op.left).oid);
    inputs.push_back(o.right = type(op.right).oid);
    o.function = function(schema_, op.function, inputs);
    o.result = ddl_.catalog().function(o.function)->result;
    o.restrict = estimator(op.restrict, false);
    o.join = estimator(op.join, true);
    o.hashes = op.hashes;
    o.merges = op.merges;
    if (!op.commutator.empty()) o.commutator = query::ObjectName{schema_, std::string(op.commutator)};
    if (!op.negator.empty()) o.negator = query::ObjectName{schema_, std::string(op.negator)};
    create_operator(ddl_, o);
    // A shell that another one asked for before is a member from now on.
    const catalog::OperatorInfo* made = find_operator(ddl_, ddl_.catalog().schema_oid(schema_), op.name, o.left, o.right);
    add_member({catalog::pg_operator::kOid, made->oid, 0});
  }

  Ddl& ddl_;
  const extensions::Extension& e_;
  const Oid self_;
  const std::string& schema_;
};

}  // namespace

void make_extension_objects(Ddl& ddl, const extensions::Extension& extension, Oid oid, const std::string& schema) {
  Maker(ddl, extension, oid, schema).run();
}

}  // namespace commands
