// Columns and constraints of a table that is made or altered, brought into PostgreSQL's parse-time
// form: column constraints become table constraints, serial and identity get their sequences.
#pragma once

#include "statements.h"

namespace analyzer {

class TableBuilder {
 public:
  TableBuilder(State& state, query::RelationName name);

  // A column that the table has already (ALTER TABLE) or inherits: in reach of expressions.
  void add_existing(std::string name, TypeRef type, bool dropped);

  // Column and constraints as written; duplicates are errors. Expressions wait for finish().
  void add_column(const ast::ColumnDefinition& node);
  void add_definition(query::ColumnDefinition column);
  // CHECK, keys and references that a column written again brings to its inherited definition.
  void add_merged_constraints(const ast::ColumnDefinition& node);
  void add_constraint(const ast::Constraint& node);
  // A list of table constraints, deferrability attributes folded into the one before them.
  void add_constraints(ast::NodeList nodes);

  // Analyses defaults, checks and generation expressions, now that every column is known.
  void finish();

  // Over the columns known so far.
  ExpressionPtr default_expression(const ast::Node* node, std::string_view column, const TypeRef& type);
  ExpressionPtr expression(const ast::Node* node, Place place);
  ExpressionPtr condition(const ast::Node* node, Place place, const char* construct);
  Scope& scope() { return scope_; }
  // Of a new column; -1: none of this name.
  int position(std::string_view name) const;
  bool is_generated(std::string_view name) const;
  // The first generated column that an expression reads, also by the whole row; empty: none.
  std::string generated_column_in(const Expression& expression) const;
  // Type of a column in reach; null: no such one.
  const TypeRef* column_type(std::string_view name) const;
  void change_type(std::string_view name, const TypeRef& type);

  std::vector<query::ColumnDefinition> columns;   // the new ones
  std::vector<query::Constraint> constraints;
  std::vector<std::string> existing_generated;    // of ALTER TABLE
  std::vector<std::string> conflicting_defaults;  // columns whose parents have different ones
  bool is_partitioned = false;

 private:
  struct Pending {
    enum class What : std::uint8_t { default_, generated, check, exclusion } what;
    const ast::Node* node;              // exclusion: the constraint
    std::size_t index;  // into columns or constraints
  };

  void column_constraints(const ast::ColumnDefinition& node, std::size_t index);
  void set_sequence(query::ColumnDefinition& column, ast::NodeList options);
  query::Constraint make_constraint(const ast::Constraint& node);
  query::ColumnDefinition* find(std::string_view name);
  void key_columns(query::Constraint& constraint, const ast::Constraint& node);
  void analyze_exclusion(query::Constraint& constraint, const ast::Constraint& node);

  State& state_;
  query::RelationName name_;
  query::Query query_;
  Scope scope_;
  NamespaceItemPtr item_;
  std::vector<Pending> pending_;
  bool has_primary_key_ = false;
};

// serial, bigserial, ...: the integer type behind it.
std::optional<Oid> serial_type(const ast::TypeName& name);
// The bound of a partition of `parent`, its values brought to the keys' types.
query::PartitionBound analyze_bound(State& state, const ast::PartitionBound& node,
                                    const catalog::RelationDescriptor& parent);

}  // namespace analyzer
