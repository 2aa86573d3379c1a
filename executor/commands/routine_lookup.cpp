#include "routine_lookup.h"

#include <algorithm>

#include "written_name.h"

namespace commands {
namespace {

using Kind = query::ObjectKind;

std::string signature_of(Ddl& ddl, std::string name, std::span<const Oid> arguments) {
  name += '(';
  for (std::size_t i = 0; i < arguments.size(); ++i)
    name += (i > 0 ? ", " : "") + ddl.catalog().format_type(arguments[i]);
  return name + ")";
}

std::string signature_of(Ddl& ddl, const query::ObjectReference& object) {
  return signature_of(ddl, written_name(object), object.arguments);
}

// A name without arguments means what is of that kind; with them the kind is checked afterwards.
bool may_be_meant(Kind kind, const catalog::FunctionInfo& f) {
  switch (kind) {
    case Kind::procedure: return f.kind == 'p';
    case Kind::routine: return true;
    default: return f.kind != 'p';
  }
}

[[noreturn]] void refuse_missing(Ddl& ddl, Kind kind, const query::ObjectReference& object) {
  const std::string what = kind == Kind::procedure ? "procedure" : kind == Kind::aggregate ? "aggregate" : "function";
  if (!object.has_arguments)
    throw SqlError("42883", "could not find " + std::string(kind == Kind::aggregate ? "an " : "a ") + what +
                                " named \"" + written_name(object) + "\"");
  if (kind == Kind::aggregate && object.arguments.empty())
    throw SqlError("42883", "aggregate " + written_name(object) + "(*) does not exist");
  throw SqlError("42883", what + " " + signature_of(ddl, object) + " does not exist");
}

void require_kind(Ddl& ddl, Kind kind, const query::ObjectReference& object, const catalog::FunctionInfo& f) {
  if (kind == Kind::function && f.kind == 'p')
    throw SqlError("42809", signature_of(ddl, object) + " is not a function");
  if (kind == Kind::procedure && f.kind != 'p')
    throw SqlError("42809", signature_of(ddl, object) + " is not a procedure");
  if (kind == Kind::aggregate && f.kind != 'a')
    throw SqlError("42809", "function " + signature_of(ddl, object) + " is not an aggregate");
}

}  // namespace

const catalog::FunctionInfo* find_routine(Ddl& ddl, Kind kind, const query::ObjectReference& object,
                                          bool missing_ok) {
  const catalog::FunctionInfo* found = nullptr;
  for (const catalog::FunctionInfo* f : ddl.catalog().find_functions(object.schema, object.name)) {
    if (object.has_arguments ? !std::ranges::equal(f->arguments, object.arguments) : !may_be_meant(kind, *f)) continue;
    if (found == nullptr) {
      found = f;
      if (object.has_arguments) break;
    } else if (!std::ranges::equal(f->arguments, found->arguments)) {
      // The same arguments again are of a schema further down the path.
      const std::string what(query::object_kind_name(kind));
      throw SqlError("42725", what + " name \"" + written_name(object) + "\" is not unique")
          .with_hint("Specify the argument list to select the " + what + " unambiguously.");
    }
  }
  // A procedure goes by all its arguments, too, those that it gives back among them.
  if (found == nullptr && object.has_arguments && (kind == Kind::procedure || kind == Kind::routine))
    for (const catalog::FunctionInfo* f : ddl.catalog().find_functions(object.schema, object.name))
      if (f->kind == 'p' && std::ranges::equal(f->all_arguments, object.arguments)) {
        found = f;
        break;
      }
  if (found == nullptr) {
    if (!missing_ok) refuse_missing(ddl, kind, object);
    return nullptr;
  }
  require_kind(ddl, kind, object, *found);
  return found;
}

Oid named_function(Ddl& ddl, const query::ObjectName& name, std::vector<Oid> arguments) {
  if (name.name.empty()) return 0;
  query::ObjectReference reference;
  reference.schema = name.schema;
  reference.name = name.name;
  reference.has_arguments = true;
  reference.arguments = std::move(arguments);
  return find_routine(ddl, Kind::function, reference, false)->oid;
}

void require_free_routine_name(Ddl& ddl, Oid schema, std::string_view name, std::span<const Oid> arguments) {
  const std::string schema_name = ddl.catalog().schema_name(schema);
  for (const catalog::FunctionInfo* f : ddl.catalog().find_functions(schema_name, name))
    if (std::ranges::equal(f->arguments, arguments))
      throw SqlError("42723", "function " + signature_of(ddl, std::string(name), arguments) + " already exists in schema \"" +
                                  schema_name + "\"");
}

}  // namespace commands
