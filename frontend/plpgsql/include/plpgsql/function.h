// A PL/pgSQL function as its text says it: blocks, variables, statements. Expressions and queries
// stay text; the interpreter has them prepared when they run first.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "types/oid.h"
#include "types/sql_error.h"

namespace plpgsql {

using types::Oid;
using types::TypeRef;

// What an expression's names can mean at one place: the innermost declaration first.
struct Name {
  enum class Kind : std::uint8_t { block, loop, other_label, variable } kind;
  std::string name;
  int variable = -1;
  std::shared_ptr<const Name> outer;
};
using Names = std::shared_ptr<const Name>;

// What the interpreter keeps of an expression between runs.
class Prepared {
 public:
  virtual ~Prepared() = default;
};

struct Expression {
  // part: "value, (variable)[i].f", the whole variable after that assignment.
  enum class Kind : std::uint8_t { value, assignment, part, query } kind = Kind::value;
  std::string text;       // a value's without SELECT
  std::string shown;      // as errors quote it: of an assignment, the whole of it
  int shown_offset = 0;   // where `text` starts in `shown`
  Names names;
  mutable std::unique_ptr<Prepared> prepared;
};
using ExpressionPtr = std::unique_ptr<Expression>;

// $1 is variable 0. Fields are added as expressions name them.
struct Variable {
  enum class Kind : std::uint8_t { scalar, record, field } kind = Kind::scalar;
  std::string name;
  int line = 0;
  TypeRef type;                // record: record, or a row type
  bool constant = false, not_null = false;
  ExpressionPtr initial;
  int record = -1;             // field: of this record
  // A bound cursor.
  ExpressionPtr cursor_query;
  std::vector<int> cursor_arguments;
  bool is_cursor = false;
  std::optional<bool> scroll;
};

// Where a value goes: a variable, a field of one, an element of either.
struct Target {
  int variable = -1;
  std::vector<std::string> fields;     // after a record variable
  // The rest of the target as written, "[i][j].f": assigned by an expression of its own.
  std::string rest;
};

struct Statement {
  enum class Kind : std::uint8_t {
    block, assign, if_, case_, loop, while_, for_integer, for_query, for_cursor, for_execute, foreach,
    exit_, return_, return_next, return_query, raise, assert_, sql, execute, perform, call, diagnostics,
    open, fetch, close, commit, rollback, null
  };
  explicit Statement(Kind k) : kind(k) {}
  virtual ~Statement() = default;
  Kind kind;
  int line = 0;
};
using StatementPtr = std::unique_ptr<Statement>;
using Body = std::vector<StatementPtr>;

struct Condition {
  std::string sqlstate;  // empty: OTHERS; a class: xx000 of ..._exception names matches the class
};
struct Handler {
  int line = 0;
  std::vector<Condition> conditions;
  Body body;
};
struct Block : Statement {
  Block() : Statement(Kind::block) {}
  std::string label;
  std::vector<int> variables;  // to initialise
  Body body;
  std::vector<Handler> handlers;
  bool catches = false;
  int sqlstate = -1, sqlerrm = -1;  // variables of the handlers
};
struct Assign : Statement {
  Assign() : Statement(Kind::assign) {}
  Target target;
  ExpressionPtr value;
};
struct If : Statement {
  If() : Statement(Kind::if_) {}
  struct Arm {
    ExpressionPtr condition;
    Body body;
  };
  std::vector<Arm> arms;
  Body otherwise;
};
struct Case : Statement {
  Case() : Statement(Kind::case_) {}
  ExpressionPtr value;  // may be null
  int variable = -1;    // that holds it
  std::vector<If::Arm> arms;
  bool has_else = false;
  Body otherwise;
};
struct Loop : Statement {
  explicit Loop(Kind k) : Statement(k) {}
  std::string label;
  Body body;
};
struct While : Loop {
  While() : Loop(Kind::while_) {}
  ExpressionPtr condition;
};
struct ForInteger : Loop {
  ForInteger() : Loop(Kind::for_integer) {}
  int variable = -1;
  ExpressionPtr from, to, by;
  bool reverse = false;
};
struct ForRows : Loop {  // for_query, for_cursor, for_execute
  explicit ForRows(Kind k) : Loop(k) {}
  std::vector<Target> targets;
  ExpressionPtr query;               // text or what yields it
  std::vector<ExpressionPtr> arguments;  // USING
  int cursor = -1;
  ExpressionPtr cursor_arguments;
};
struct Foreach : Loop {
  Foreach() : Loop(Kind::foreach) {}
  std::vector<Target> targets;
  int slice = 0;
  ExpressionPtr array;
};
struct Exit : Statement {
  Exit() : Statement(Kind::exit_) {}
  bool is_exit = true;
  std::string label;
  ExpressionPtr condition;
};
struct Return : Statement {
  explicit Return(Kind k) : Statement(k) {}
  ExpressionPtr value;               // return, return_next; return_query: the query
  ExpressionPtr dynamic;             // return_query: EXECUTE
  std::vector<ExpressionPtr> arguments;
  int variable = -1;                 // a plain variable: no evaluation
};
enum class RaiseLevel : std::uint8_t { debug, log, info, notice, warning, exception };
struct Raise : Statement {
  Raise() : Statement(Kind::raise) {}
  RaiseLevel level = RaiseLevel::exception;
  bool reraise = false;
  std::string condition;             // a name or an SQLSTATE
  bool has_message = false;
  std::string message;
  std::vector<ExpressionPtr> parameters;
  enum class Option : std::uint8_t {
    errcode, message, detail, hint, column, constraint, datatype, table, schema
  };
  std::vector<std::pair<Option, ExpressionPtr>> options;
};
struct Assert : Statement {
  Assert() : Statement(Kind::assert_) {}
  ExpressionPtr condition, message;
};
struct Sql : Statement {
  explicit Sql(Kind k) : Statement(k) {}  // sql, execute, perform, call
  ExpressionPtr query;
  bool into = false, strict = false;
  std::vector<Target> targets;
  std::vector<ExpressionPtr> arguments;  // USING
};
struct Diagnostics : Statement {
  Diagnostics() : Statement(Kind::diagnostics) {}
  bool stacked = false;
  enum class Item : std::uint8_t {
    row_count, routine_oid, context, error_context, error_detail, error_hint, returned_sqlstate,
    column_name, constraint_name, datatype_name, message_text, table_name, schema_name
  };
  std::vector<std::pair<Target, Item>> items;
};
struct Open : Statement {
  Open() : Statement(Kind::open) {}
  int cursor = -1;
  std::optional<bool> scroll;
  ExpressionPtr query, dynamic, bound_arguments;
  std::vector<ExpressionPtr> arguments;
};
struct Fetch : Statement {
  Fetch() : Statement(Kind::fetch) {}
  int cursor = -1;
  bool move = false;
  enum class Direction : std::uint8_t { forward, backward, absolute, relative } direction = Direction::forward;
  std::int64_t count = 1;
  bool all = false;
  ExpressionPtr count_expression;
  std::vector<Target> targets;
};
struct Close : Statement {
  Close() : Statement(Kind::close) {}
  int cursor = -1;
};
struct EndTransaction : Statement {
  explicit EndTransaction(Kind k) : Statement(k) {}
  bool chain = false;
};
struct Null : Statement {
  Null() : Statement(Kind::null) {}
};

enum class VariableConflict : std::uint8_t { error, variable, column };

// One declared parameter or what stands for it.
struct Parameter {
  std::string name;  // may be empty
  TypeRef type;
  char mode = 'i';
};

enum class Trigger : std::uint8_t { no, yes };

// What plpgsql.extra_warnings or plpgsql.extra_errors ask for.
struct ExtraChecks {
  bool shadowed_variables = false, too_many_rows = false, strict_multi_assignment = false;
  static ExtraChecks of(std::string_view setting);
};

struct Function {
  std::string name;        // for RETURN's checks and labels
  std::string signature;   // f(integer): as contexts show it
  std::vector<Variable> variables;
  std::vector<int> inputs;    // variables of the input parameters, in order
  std::vector<int> outputs;   // OUT parameters' variables
  int found = -1;
  int row = -1;               // OUT parameters together, when there are several
  TypeRef result;
  bool returns_set = false, is_procedure = false, is_trigger = false, is_event_trigger = false, is_do = false;
  bool has_outputs = false, returns_row = false;
  std::vector<std::pair<std::string, int>> trigger_variables;  // new, old, tg_name, ...
  VariableConflict conflict = VariableConflict::error;
  bool print_strict_params = false;
  std::unique_ptr<Block> body;
  bool read_only = false;
  std::vector<types::SqlError> warnings;  // about the text; positions count in it
};

// What the parser asks about types.
class Types {
 public:
  virtual ~Types() = default;
  // "numeric(10,2)[]"; throws 42704.
  virtual TypeRef by_text(std::string_view text) = 0;
  // t.c%TYPE; t%ROWTYPE. Throw 42P01, 42703.
  virtual TypeRef of_column(const std::vector<std::string>& names) = 0;
  virtual TypeRef of_row(const std::vector<std::string>& names) = 0;
  virtual bool is_row(Oid type) = 0;      // composite, through domains
  virtual TypeRef of(Oid type) = 0;
  virtual void check_collation(std::string_view name, TypeRef& type) = 0;
  // Syntax errors in SQL text; positions count in it.
  virtual void check_syntax(std::string_view text) = 0;
  // Throws 54001 when the stack is nearly used up: asked wherever statements nest.
  virtual void check_stack() = 0;
  // "1, b => 2": names (or none) and texts of a cursor's arguments.
  virtual std::vector<std::pair<std::string, std::string>> split_arguments(std::string_view text) = 0;
};

struct Source {
  std::string_view name, signature, text;
  std::vector<Parameter> parameters;
  TypeRef result;
  bool returns_set = false, is_procedure = false, is_trigger = false, is_event_trigger = false, is_do = false;
  VariableConflict conflict = VariableConflict::error;
  bool check_syntax = false, print_strict_params = false;
  ExtraChecks extra_warnings, extra_errors;
};

// Throws SqlError 42601 and others; positions count in the text.
std::unique_ptr<Function> parse(const Source& source, Types& types);

// The SQLSTATEs that a condition's name stands for; empty: no such name.
std::vector<std::string_view> sqlstates_of(std::string_view condition);

// Names as an expression sees them.
struct Found {
  int variable;
  std::size_t names;  // taken
};
std::optional<Found> lookup(const Name* names, std::span<const std::string_view> parts);

}  // namespace plpgsql
