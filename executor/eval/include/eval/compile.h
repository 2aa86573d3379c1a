// From analysed expressions to programs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "catalog/catalog_view.h"
#include "eval/call_site.h"
#include "eval/node.h"
#include "eval/program.h"
#include "query/expression.h"
#include "types/type_io.h"

namespace eval {

// What an expression stands for in the place where it is compiled.
struct InputColumn {
  int column;
};
struct ExecutionParameterReference {
  int number;
};
// A subquery: before it runs, each execution parameter gets the value of an expression.
struct SubplanReference {
  int subplan;
  std::vector<std::pair<int, const query::Expression*>> arguments;
};
using Resolved = std::variant<InputColumn, ExecutionParameterReference, SubplanReference>;

// Knows the input of a program: the planner's side of compiling.
class Resolver {
 public:
  virtual ~Resolver() = default;
  // Asked for every node from the top down; nothing: compile the node itself. Column references,
  // aggregates, window calls, groupings and subqueries must be resolved.
  virtual std::optional<Resolved> resolve(const query::Expression& expression) = 0;
};

// Compiles expressions into one program. The catalogue and the resolver outlive the compiler,
// not the program. Throws SqlError 0A000 for functions without a kernel.
class Compiler {
 public:
  Compiler(catalog::CatalogView& catalog, Resolver* resolver)
      : catalog_(catalog), resolver_(resolver) {}

  // Adds an expression to the program.
  void add(const query::Expression& expression);
  void add(NodePtr node) { program_.expressions.push_back(std::move(node)); }
  NodePtr compile(const query::Expression& expression);
  std::uint32_t take_slots(std::uint32_t count) {
    const std::uint32_t first = program_.slots;
    program_.slots += count;
    return first;
  }
  Program finish() { return std::move(program_); }

 private:
  friend struct NodeCompiler;
  catalog::CatalogView& catalog_;
  Resolver* resolver_;
  Program program_;
};

// The input's column itself.
NodePtr make_input_column(types::TypeRef type, types::PhysicalType physical, int column);

// A function with its kernel, or SqlError 0A000 "function lower(text) is not supported yet".
ResolvedCall resolve_call(catalog::CatalogView& catalog, types::Oid function,
                          std::vector<types::TypeRef> arguments, types::TypeRef result,
                          types::Oid collation, bool variadic_array = false);

// What values of a type look like and how they compare, domains and user types included.
types::PhysicalType physical_type(catalog::CatalogView& catalog, types::Oid type);
const types::TypeSupport& type_support(catalog::CatalogView& catalog, types::Oid type);
std::string function_signature(catalog::CatalogView& catalog, types::Oid function);

// Properties of an expression, subqueries included.
bool contains_volatile(catalog::CatalogView& catalog, const query::Expression& expression);

}  // namespace eval
