// One call of a function: its variables, and the running of its statements (exec_*.cpp).
#pragma once

#include <map>

#include "eval/compile.h"
#include "eval/environment.h"
#include "plpgsql/host.h"

namespace plpgsql {

// The fields of a record as it is now. Shared by values that came from the same place.
struct Shape {
  Oid row_type = types::oid::record;
  std::vector<Column> fields;
  bool operator==(const Shape& other) const;
};
using ShapePtr = std::shared_ptr<const Shape>;

struct Record {
  ShapePtr shape;             // null: never assigned
  bool is_null = true;        // as a whole
  std::vector<types::Datum> values;
  std::vector<std::string> bytes;
};

enum class Flow : std::uint8_t { next, exit, go_on, leave };

class Frame final : public analyzer::Variables {
 public:
  Frame(Interpreter& interpreter, const plpgsql::Function& function);
  ~Frame() override;

  const plpgsql::Function& function() const { return *function_; }
  // Ready for another call of the same function.
  void reset();
  void call(Oid oid, std::span<const types::Datum> arguments, Result& result);
  bool call_trigger(Oid oid, const TriggerCall& call, Result& result);

  // "PL/pgSQL function f(integer) line 3 at RAISE", after what it runs right now.
  std::string context() const;
  // Passes an error to the caller with this frame in its context.
  [[noreturn]] void leave_with(const types::SqlError& error);

  // analyzer::Variables
  std::optional<Found> find(std::span<const std::string_view> names) override;
  std::optional<std::vector<std::pair<std::string, TypeRef>>> fields(int parameter) override;
  Conflict conflict() const override;

  Frame* outer = nullptr;
  bool function_forgotten = false;  // while it ran: it is no more when the call is over

 private:
  friend class Interpreter;
  struct PreparedExpression;
  struct Value {
    types::Datum datum;
    TypeRef type;
  };

  // --- frame.cpp: variables
  const Variable& variable(int v) const { return function_->variables[static_cast<std::size_t>(v)]; }
  types::PhysicalType physical(Oid type);
  types::PhysicalType physical_of(int v);
  void initialise(const Variable& variable, int v);
  void store(int v, const types::Datum& value);
  void assign(int v, const Value& value);
  void assign(const Target& target, const Value& value);
  void require_field(const Assign& s);
  void set_text(int v, std::string_view text);
  void assign_record(int v, const types::Datum& value, TypeRef type);
  void assign_fields(int v, ShapePtr from, std::span<const types::Datum> values);
  // `values`: as many as `row` has fields; null: there was no row. A caller with many rows keeps the shape, so that
  // a record need not compare it with what it has.
  void assign_row(const std::vector<Target>& targets, const ShapePtr& row, const types::Datum* values);
  // 42804, or a warning, when that is asked for and the numbers differ.
  void check_assignment(std::size_t given, std::size_t wanted);
  std::size_t record_width(int record_variable);
  const ExtraChecks& extra_warnings();
  const ExtraChecks& extra_errors();
  ShapePtr shape_of(Oid row_type);
  ShapePtr make_shape(Oid row_type);
  static ShapePtr shape_of(std::span<const Column> columns);
  Record& record(int v);
  void need_shape(int v);
  types::Datum compose(const Record& record, types::Arena& arena);
  types::Datum value_of(int v, types::Arena& arena);
  Value read(int v);
  types::Datum cast(const Value& value, TypeRef to);
  int field_variable(int record, const std::string& name, TypeRef type);
  void grow();

  // --- expressions.cpp
  PreparedExpression& prepared(const Expression& e, TypeRef target, bool may_be_simple = false, bool for_cursor = false);
  void load(PreparedExpression& p);
  types::Datum field_value(const Variable& field, std::size_t& place);
  Value evaluate(const Expression& e, TypeRef target = {});
  // To a scalar variable, where the value comes of the variable's own type and takes nothing but steps; false: not done.
  bool assign_by_steps(int v, const Expression& e);
  // An element, to the array that a scalar variable holds, in its place; false: not done.
  bool assign_in_place(int v, const Expression& e, TypeRef target);
  bool condition(const Expression& e);
  std::int64_t integer(const Expression& e, const char* null_message, bool& is_null);
  std::string text(const Expression& e, bool& is_null);
  std::string output(const Value& value);
  [[noreturn]] void rethrow(const Expression& e, const types::SqlError& error);

  // --- exec_*.cpp
  Flow run(const Body& body);
  // Cancels and timeouts are seen now and then.
  void tick() {
    if ((++ticks_ & 63) == 0) host_.check();
  }
  Flow run(const Statement& s);
  Flow run_block(const Block& s);
  Flow run_guarded(const Block& s);
  Flow run_if(const If& s);
  Flow run_case(const Case& s);
  // After a loop's body: whether the loop ends, and how.
  bool loop_ends(const Loop& s, Flow& flow);
  Flow run_loop(const Loop& s);
  Flow run_while(const While& s);
  Flow run_for_integer(const ForInteger& s);
  Flow run_for_rows(const ForRows& s);
  Flow run_for_answer(const ForRows& s, Query& query, std::span<const types::Datum> parameters);
  Flow run_foreach(const Foreach& s);
  Flow run_return(const Return& s);
  void run_return_next(const Return& s);
  void run_return_query(const Return& s);
  void add_row(std::span<const types::Datum> values);
  void run_sql(const Sql& s);
  void run_execute(const Sql& s);
  void run_call(const Sql& s);
  void run_open(const Open& s);
  std::string open_bound(int cursor, const Expression* arguments);
  void run_fetch(const Fetch& s);
  void run_raise(const Raise& s);
  void run_assert(const Assert& s);
  void run_diagnostics(const Diagnostics& s);
  void run_end_transaction(const EndTransaction& s);
  std::shared_ptr<Query> dynamic(const Expression& e, const std::vector<ExpressionPtr>& arguments,
                                 std::vector<types::Datum>& values, std::string& text, Host::Use use,
                                 bool may_be_simple = false);
  void fetch_into(const Sql& s, PreparedExpression* p, Query& query, std::span<const types::Datum> parameters,
                  const std::string& text);
  void set_found(bool value);
  void finish_result(Result& result);
  types::Datum coerce_row(const types::Datum& value, TypeRef from, TypeRef to);

  Interpreter& interpreter_;
  Host& host_;
  std::optional<ExtraChecks> extra_warnings_, extra_errors_;  // in this call, once asked for
  const plpgsql::Function* function_;
  Oid oid_ = 0;
  std::vector<types::Datum> values_;       // what expressions see, by variable
  std::vector<std::string> bytes_;
  std::vector<std::optional<types::PhysicalType>> physical_;  // of scalars, once asked for
  std::vector<std::unique_ptr<Record>> records_;
  std::vector<std::pair<Oid, ShapePtr>> shapes_;  // of row types, as of shapes_version_
  std::uint64_t shapes_version_ = 0;
  types::Arena arena_{1024};
  types::EvalContext context_;
  eval::Environment environment_;
  const Names* scope_ = nullptr;           // while an expression is analysed
  PreparedExpression* preparing_ = nullptr;

  const Statement* at_ = nullptr;
  const char* during_ = nullptr;
  int during_line_ = 0;
  const std::string* statement_text_ = nullptr;
  std::string exit_label_;
  bool has_exit_label_ = false;
  std::uint64_t processed_ = 0;
  const types::SqlError* handled_ = nullptr;
  const types::SqlError* handled_partial_ = nullptr;  // its context up to this frame alone
  bool context_told_ = false;  // the error on its way has this frame in its context
  types::Datum result_;
  TypeRef result_type_;
  std::string result_bytes_;
  RowTarget* rows_ = nullptr;
  bool returned_ = false;
  const TriggerCall* trigger_ = nullptr;
  unsigned ticks_ = 0;
  int handler_depth_ = 0;
};

// Deep copy of a value into a buffer of its own.
types::Datum keep(std::string& bytes, types::PhysicalType physical, const types::Datum& value);

const char* statement_name(const Statement& s);

}  // namespace plpgsql
