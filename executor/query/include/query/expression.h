// Analysed expressions: every name resolved, every type known, every implicit cast explicit.
//
// Made by the analyser (frontend), consumed by the planner, stored in the catalogue for defaults,
// checks, views and index expressions (query/serialize.h), turned back into SQL by
// query/deparse.h. The node kinds are PostgreSQL's (primnodes.h), since its rules are ours.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "types/datum.h"
#include "types/oid.h"

namespace query {

using types::Oid;
using types::TypeRef;

struct Query;
struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

// A literal. Owns its varlen bytes: a varlen value is the whole of `bytes`, wherever the constant
// is copied or moved to.
struct Constant {
  types::Datum value;
  std::string bytes;

  Constant() = default;
  explicit Constant(const types::Datum& fixed) : value(fixed) {}  // not varlen, or null
  static Constant varlen(std::string bytes);
  bool is_varlen() const { return owns_value_; }

  Constant(const Constant& other) : value(other.value), bytes(other.bytes) { repoint(other); }
  Constant(Constant&& other) noexcept : value(other.value), bytes(std::move(other.bytes)) {
    repoint(other);
  }
  Constant& operator=(Constant other) noexcept;

 private:
  void repoint(const Constant& other) {
    owns_value_ = other.owns_value_;
    if (owns_value_) value.varlen = {bytes.data(), bytes.size()};
  }
  bool owns_value_ = false;
};

// $1 is number 1. Literals lifted out of simple-protocol text become parameters, too.
struct Parameter {
  int number;
};

// A column of a range-table entry. levels_up 0 is this query, 1 the one around it, ...
// column -1 is the whole row as a composite; kRowKeyColumn the clustered key (ctid's stand-in).
struct ColumnReference {
  int range_table_index;  // from 0, into Query::range_table
  int column;             // from 0
  int levels_up = 0;
};
inline constexpr int kWholeRowColumn = -1;
inline constexpr int kRowKeyColumn = -2;
inline constexpr int kTableOidColumn = -3;

enum class CallForm : std::uint8_t {
  function,       // f(x)
  operator_,      // a + b
  explicit_cast,  // x::t written by the user
  implicit_cast,  // added by analysis, not shown when deparsed
  sql_syntax,     // EXTRACT(..), OVERLAY(..), ...: special grammar
};

// A function or operator call.
struct Call {
  Oid function = 0;          // pg_proc.oid
  Oid operator_ = 0;         // pg_operator.oid when written as an operator
  CallForm form = CallForm::function;
  bool variadic_array = false;
  bool returns_set = false;
  Oid input_collation = 0;
  std::vector<ExpressionPtr> arguments;
};

// Same bits, another type: int4 -> oid, varchar -> text. Or COLLATE: the same type, another
// collation (in Expression::type).
struct Relabel {
  ExpressionPtr argument;
  CallForm form;
  bool collate = false;
};

// A cast through text output and input.
struct CoerceViaIo {
  ExpressionPtr argument;
  CallForm form;
};

// A cast of every element of an array; `element` is an expression over CaseValue.
struct ArrayCoerce {
  ExpressionPtr argument;
  ExpressionPtr element;
  CallForm form;
};

// Checks a domain's constraints.
struct CoerceToDomain {
  ExpressionPtr argument;
  CallForm form;
};

enum class BooleanOp : std::uint8_t { and_, or_, not_ };
struct BooleanExpression {
  BooleanOp op;
  std::vector<ExpressionPtr> arguments;
};

enum class TestKind : std::uint8_t {
  is_null, is_not_null, is_true, is_not_true, is_false, is_not_false, is_unknown, is_not_unknown
};
struct Test {
  TestKind kind;
  ExpressionPtr argument;
};

// CASE [argument] WHEN .. THEN ..; with an argument the conditions compare CaseValue.
struct Case {
  ExpressionPtr argument;  // null for the searched form
  struct When {
    ExpressionPtr condition;
    ExpressionPtr result;
  };
  std::vector<When> whens;
  ExpressionPtr otherwise;  // never null: a null constant when not written
};
struct CaseValue {};

struct Coalesce {
  std::vector<ExpressionPtr> arguments;
};
enum class Extreme : std::uint8_t { greatest, least };
struct MinMax {
  Extreme op;
  Oid input_collation = 0;
  std::vector<ExpressionPtr> arguments;
};
// a = b ? null : a, by the operator's function.
struct NullIf {
  Call equality;
};
// NOT (a = b) with nulls comparable.
struct IsDistinct {
  Call equality;
};
// argument op ANY/ALL (array)
struct ScalarArrayOp {
  Oid operator_ = 0;
  Oid function = 0;
  bool use_or = true;  // ANY
  Oid input_collation = 0;
  ExpressionPtr argument;
  ExpressionPtr array;
};
// (a, b) < (c, d): the operators of each pair decide in order.
enum class RowCompareOp : std::uint8_t { lt = 1, le = 2, eq = 3, ge = 4, gt = 5, ne = 6 };
struct RowCompare {
  RowCompareOp op;
  std::vector<Oid> operators;
  std::vector<Oid> input_collations;
  std::vector<ExpressionPtr> left, right;
};
struct RowConstructor {
  std::vector<ExpressionPtr> fields;
  std::vector<std::string> names;
};
struct ArrayConstructor {
  Oid element_type = 0;
  bool multidimensional = false;  // the elements are arrays themselves
  std::vector<ExpressionPtr> elements;
};
struct FieldSelect {
  ExpressionPtr argument;
  int field;  // from 0
};
// array[i], array[l:u]; null bounds in a slice are open.
struct Subscript {
  ExpressionPtr container;
  std::vector<ExpressionPtr> upper;
  std::vector<ExpressionPtr> lower;  // empty unless a slice
  ExpressionPtr assignment;          // UPDATE SET a[i] = ..
};

enum class SubqueryKind : std::uint8_t { exists, any, all, scalar, array, cte_scan };
struct Subquery {
  SubqueryKind kind;
  std::unique_ptr<Query> query;
  // any/all: the left-hand side and, per column, the operator; combined by AND (OR for <>).
  std::vector<ExpressionPtr> left;
  std::vector<Oid> operators;
  std::vector<Oid> input_collations;
};

struct SortKey {
  ExpressionPtr expression;
  Oid less_than = 0;       // operators of the type's btree class
  Oid equals = 0;
  bool descending = false;
  bool nulls_first = false;
  // Which column of Query::output the key is (hidden ones are added for keys that are not in the
  // SELECT list), so that a volatile expression is computed once. -1 where there is no output:
  // window definitions, aggregates' ORDER BY.
  int output = -1;
};

struct Aggregate {
  Oid function = 0;
  Oid input_collation = 0;
  std::vector<ExpressionPtr> direct_arguments;  // ordered-set aggregates
  std::vector<ExpressionPtr> arguments;
  std::vector<SortKey> order_by;
  bool distinct = false;
  bool star = false;        // count(*)
  bool variadic_array = false;
  ExpressionPtr filter;
  int levels_up = 0;
};

struct WindowCall {
  Oid function = 0;
  Oid input_collation = 0;
  std::vector<ExpressionPtr> arguments;
  ExpressionPtr filter;
  bool star = false;
  bool is_aggregate = false;
  int window = 0;  // into Query::windows
};

// GROUPING(..): indexes into Query::group_by.
struct Grouping {
  std::vector<int> keys;
  int levels_up = 0;
};

enum class SqlValue : std::uint8_t {
  current_date, current_time, current_timestamp, localtime, localtimestamp,
  current_role, current_user, user, session_user, current_catalog, current_schema
};
struct SqlValueFunction {
  SqlValue value;
};

// DEFAULT in VALUES or SET.
struct SetToDefault {};

// How a query's text names a column, where that is not what the node says: a column of a join with
// an alias, or one that USING made of two. Only deparsing looks at it.
struct WrittenAs {
  int range_table_index = -1;  // of a join's entry; -1: as the node says
  int column = 0;
  int levels_up = 0;
};

// A stored expression over one relation's row (a check, an index expression) refers to it as range
// table entry 0.
struct Expression {
  TypeRef type;
  int location = -1;  // byte offset into the statement's text, for errors
  WrittenAs written_as;
  std::variant<Constant, Parameter, ColumnReference, Call, Relabel, CoerceViaIo, ArrayCoerce,
               CoerceToDomain, BooleanExpression, Test, Case, CaseValue, Coalesce, MinMax, NullIf,
               IsDistinct, ScalarArrayOp, RowCompare, RowConstructor, ArrayConstructor,
               FieldSelect, Subscript, Subquery, Aggregate, WindowCall, Grouping,
               SqlValueFunction, SetToDefault>
      node;
};

// Deep copy.
ExpressionPtr clone(const Expression& expression);
// Same meaning, locations aside (GROUP BY matching).
bool equal(const Expression& a, const Expression& b);

}  // namespace query
