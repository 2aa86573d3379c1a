// The state of one deparse run, shared by expressions and queries.
#pragma once

#include <cstdint>
#include <memory>

#include "query/deparse.h"
#include "query/routine_body.h"

namespace query {

// The names that one range-table entry's columns are printed with. An empty name is a column that
// has been dropped. `new_` names are those that the entry has when its text is read back: columns
// that were added to a table since are among them.
struct EntryColumns {
  std::vector<std::string> names;
  std::vector<std::string> new_names;
  std::vector<bool> is_new;
  bool print_aliases = false;
  // Joins.
  int left = -1, right = -1;              // the two sides' entries
  std::vector<int> left_of, right_of;     // for each column: which one of a side's, or -1
  std::vector<std::string> using_names;
  std::vector<std::string> parent_using;  // names of merged columns of the joins around
};

// One query that is being printed, with the names of its entries: unique, also among those of the
// queries around it.
struct DeparseLevel {
  const Query* query;
  std::vector<std::string> entries;
  std::vector<EntryColumns> columns;
  // Some merged column can only be named without a table, so names of USING must be unique.
  bool unique_using = false;
  std::vector<std::string> using_names;
};

class Deparser {
 public:
  Deparser(DeparseNames& names, const DeparseOptions& options) : names_(names), options_(options) {}

  // Columns that stand alone (no query around).
  void set_columns(std::span<const std::string> columns);
  // Those of plans: see deparse_planned().
  void set_plan(std::span<const Query* const> queries, PrefixText prefix);
  void set_subplan_text(SubplanText text) { subplan_text_ = std::move(text); }

  // Without `show_implicit` a cast that analysis added at the top is left out.
  void expression(const Expression& e, bool show_implicit = true);
  // With the parentheses that an argument of `parent` needs.
  void argument(const Expression& e, const Expression* parent, bool show_implicit = true);
  // At the top of a list: a whole row is printed with its type.
  void top_expression(const Expression& e);
  // `hide_unnamed`: ?column? is not printed as a name, nobody can see it.
  void select(const Query& query, std::span<const std::string> output_names,
              bool hide_unnamed = false);

  void condition(const Query& query);
  void rule(const RuleText& rule);
  void body(const RoutineText& routine);
  // `word` and the one value.
  void return_statement(const Query& query, std::string_view word);

  std::string take() { return std::move(out_); }

 private:
  friend struct NodePrinter;

  void list(const std::vector<ExpressionPtr>& items);
  void constant(const Expression& e, const Constant& c);
  // The bare name of what is printed; empty for a whole row.
  // Null: it is no column. ctid is one, although it is computed from the row's key.
  static const ColumnReference* column_of(const Expression& e);
  std::string column(const ColumnReference& c);
  std::string written_column(const WrittenAs& w);
  void call(const Expression& e, const Call& c, bool show_implicit);
  bool special_syntax(const Expression& e, const Call& c);
  // deparse_xml.cpp; false: it is none of SQL/XML's expressions.
  bool xml_syntax(const Expression& e, const Call& c);
  // `columns`: of its entry; empty: by the types of their defaults.
  void xml_table(const Call& c, std::span<const RangeColumn> columns);
  void operator_call(Oid op, const std::vector<ExpressionPtr>& arguments, const Expression& e);
  void cast(const Expression& argument, const TypeRef& type, const Expression& e);
  void subquery(const Subquery& s);
  void window(const Window& w);

  // deparse_query.cpp
  void keyword(std::string_view text, int before, int after, int plus);
  void with_clause(const Query& q);
  void basic_select(const Query& q, std::span<const std::string> output_names, bool hide_unnamed);
  void target_list(const Query& q, std::span<const std::string> output_names, bool hide_unnamed);
  void group_by(const Query& q);
  void set_tree(const SetTree& tree, std::span<const std::string> output_names, bool hide_unnamed);
  void key_expression(const Expression& e);
  void sort_keys(const std::vector<SortKey>& keys, bool by_number = false);
  void values(const std::vector<std::vector<ExpressionPtr>>& rows);
  DeparseLevel& level_of(int levels_up) {
    return *levels_.at(levels_.size() - 1 - static_cast<std::size_t>(levels_up));
  }

  // deparse_rule.cpp
  void change(const Query& q);
  void insert(const Query& q, const RangeTableEntry& target, const std::string& relation);
  void values_of(const RangeTableEntry& source, int index, std::span<const TargetColumn* const> targets);
  void assignments(const std::vector<TargetColumn>& targets, Oid relation);

  // deparse_from.cpp
  // FROM or USING, less the table that the query changes.
  void from_items(const Query& q, std::string_view word);
  void from_tree(const Query& q, const JoinTree& tree);
  void from_join(const Query& q, const JoinNode& join);
  void from_entry(const Query& q, int index);
  void sample(const Expression& condition);
  void from_function(const Expression& e);
  void column_aliases(const EntryColumns& columns);
  // An item of a list: every one but the first begins a line, as PostgreSQL's default wrapping
  // column (0) has it.
  void wrapped_item(std::string text, bool first);
  // What a query within another text begins with.
  void begin_query() { if (!flat_) out_ += ' '; }
  void parameter(int number);

  // deparse_names.cpp
  std::string field_name(const Expression& row, int field);
  void push_level(const Query& q);
  void pop_level() { levels_.pop_back(); }

  void open() { if (!options_.pretty) out_ += '('; }
  void close() { if (!options_.pretty) out_ += ')'; }

  DeparseNames& names_;
  DeparseOptions options_;
  std::string out_;
  int indent_ = 0;
  bool flat_ = false;                       // all on one line
  const RoutineText* routine_ = nullptr;    // whose parameters have names
  std::span<const std::string> columns_;
  enum class Plan : std::uint8_t { no, yes } plan_ = Plan::no;
  PrefixText prefix_text_;          // of plans
  SubplanText subplan_text_;
  std::unique_ptr<Query> outside_;  // the table of `columns_` as subqueries see it: levels_[0]
  std::vector<std::unique_ptr<DeparseLevel>> levels_;
};

}  // namespace query
