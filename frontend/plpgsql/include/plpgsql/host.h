// What the interpreter asks of the session: queries, subtransactions, cursors, notices.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/analyze.h"
#include "catalog/catalog_view.h"
#include "eval/program.h"
#include "eval/scalar_program.h"
#include "plpgsql/function.h"
#include "types/eval_context.h"
#include "types/sql_error.h"
#include "types/vector.h"

namespace plpgsql {

struct Column {
  std::string name;
  TypeRef type;
  types::PhysicalType physical = types::PhysicalType::int32;
};

// One statement, ready to run.
class Query {
 public:
  virtual ~Query() = default;
  // SELECT, INSERT, CREATE TABLE, ...; empty: none, or several statements.
  virtual std::string command() const = 0;
  std::vector<Column> columns;  // of its rows
  bool returns_rows = false;
  bool is_select = false;       // reads only
  bool is_query = false;        // planned: SELECT, INSERT, UPDATE, DELETE, MERGE
  bool is_call = false;
  // CALL: for each output column, the parameter that the argument is, or 0.
  std::vector<int> call_outputs;
  std::uint64_t version = 0;    // of the catalogue and settings it was made under
  // A SELECT of one expression over parameters alone: evaluated without an execution.
  bool simple = false;
  eval::Program program;
  std::optional<eval::ScalarProgram> scalar;  // the same in steps, where it has them
  // The same as an element that is put into an array, or behind it, where it is that: whoever owns the array does it in
  // place, instead of making another one.
  struct ArrayChange {
    int parameter = 0;     // the array
    bool appends = false;  // array || value; else array[subscript] := value
    Oid element = 0;
    types::PhysicalType physical = types::PhysicalType::int32;
    eval::Program parts;   // the value, and the subscript
  };
  std::optional<ArrayChange> array_change;
};

// 42P11, of one that gives no rows.
[[noreturn]] void refuse_as_cursor(const Query& query);

// Receives rows; false: no more are wanted.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual bool row(std::span<const types::Vector> columns, std::uint32_t row) = 0;
};

struct Message {
  RaiseLevel level;
  types::SqlError error;
};

class Host {
 public:
  virtual ~Host() = default;

  virtual catalog::CatalogView& catalog() = 0;
  virtual types::EvalContext context(types::Arena* arena) = 0;
  // Changes when prepared statements may have become stale.
  virtual std::uint64_t version() = 0;
  // A pending cancel, a full log, a stack that is nearly used up; lets others run.
  virtual void check() = 0;

  // Analyses and plans the one statement of `text`. Names are found by `variables` (may be null);
  // `parameters`: types of $1.. where there are no variables.
  // assigns_part: Expression::Kind::part. cursor: open() will be called with it, and WHERE CURRENT OF may ask for its rows.
  // once: it will not run again, so nothing is done for the sake of later runs.
  enum class Use : std::uint8_t { run, assigns_part, cursor, once };
  virtual std::shared_ptr<Query> prepare(const std::string& text, analyzer::Variables* variables,
                                         std::span<const Oid> parameters, TypeRef result,
                                         bool may_be_simple, Use use = Use::run) = 0;
  // An assignment cast from $1; null: nothing to do.
  virtual std::shared_ptr<Query> cast(TypeRef from, TypeRef to) = 0;
  // Locks what it reads; false: that has changed, it must be prepared anew.
  virtual bool lock(Query& query) = 0;
  // Runs it to the end, or until `limit` rows (0: all) have come; returns how many it processed.
  virtual std::uint64_t run(Query& query, std::span<const types::Datum> parameters, bool read_only,
                            Sink* sink, std::uint64_t limit) = 0;

  // --- cursors. An empty name: one is made up and returned.
  virtual std::string open(std::string name, std::shared_ptr<Query> query,
                           std::span<const types::Datum> parameters, std::optional<bool> scroll,
                           bool read_only) = 0;
  // 34000 when there is none of that name.
  virtual std::span<const Column> cursor_columns(const std::string& name) = 0;
  virtual std::uint64_t fetch(const std::string& name, Fetch::Direction direction, std::int64_t count,
                              bool all, Sink* sink) = 0;
  virtual void close(const std::string& name) = 0;

  // --- transactions
  virtual std::string savepoint() = 0;
  virtual void release(const std::string& savepoint) = 0;
  virtual void rollback_to(const std::string& savepoint) = 0;
  virtual bool may_end_transaction() = 0;
  virtual void end_transaction(bool commit, bool chain) = 0;

  virtual void message(RaiseLevel level, types::SqlError error) = 0;
  virtual std::string setting(std::string_view name) = 0;
  virtual Types& types() = 0;
};

// Where a set-returning function's rows go.
class RowTarget {
 public:
  virtual ~RowTarget() = default;
  // A value for each column; copied.
  virtual void add(std::span<const types::Datum> values) = 0;

  std::vector<Column> columns;  // known before the first row
  std::uint64_t rows = 0;       // so far
};

struct Result {
  types::Datum value;      // in `bytes` when varlen
  std::string bytes;
  RowTarget* rows = nullptr;
};

// What a trigger's function is told.
struct TriggerCall {
  std::string event, tag;  // of an event trigger: nothing else
  std::string name, when, level, op, table_name, table_schema;
  Oid relation = 0;
  std::vector<std::string> arguments;
  // Row triggers: the row's type and values; null when there is none.
  Oid row_type = 0;
  const types::Datum* new_row = nullptr;   // a record value
  const types::Datum* old_row = nullptr;
};

class Frame;
class Interpreter;

// All functions of one session run on one of these. Calls nest.
class Interpreter {
 public:
  explicit Interpreter(Host& host);
  ~Interpreter();

  // Calls it with its input arguments, in order. A set goes to result.rows, whose columns say what
  // is expected.
  void call(const Function& function, Oid oid, std::span<const types::Datum> arguments, Result& result);
  // False: the function returned null.
  bool call_trigger(const Function& function, Oid oid, const TriggerCall& call, Result& result);
  // The values of OUT parameters after a call of a procedure stand in result.value as a record.

  // Where calls stand now, from the inside out: what errors' contexts say.
  std::string context() const;

  // Before a function is thrown away.
  void forget(const Function& function);

  Host& host() { return host_; }

 private:
  friend class Frame;
  std::unique_ptr<Frame> take_frame(const Function& function);
  void give_back(std::unique_ptr<Frame> frame);

  Host& host_;
  Frame* top_ = nullptr;
  std::vector<std::unique_ptr<Frame>> idle_;
};

}  // namespace plpgsql
