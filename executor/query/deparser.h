// The state of one deparse run, shared by expressions and queries.
#pragma once

#include "query/deparse.h"

namespace query {

class Deparser {
 public:
  Deparser(DeparseNames& names, const DeparseOptions& options) : names_(names), options_(options) {}

  // Columns that stand alone (no query around).
  void set_columns(std::span<const std::string> columns) { columns_ = columns; }

  void expression(const Expression& e);
  // With the parentheses that an argument of `parent` needs.
  void argument(const Expression& e, const Expression* parent);
  // As argument(), but an implicit cast is shown: without it another operator might be read.
  void operand(const Expression& e, const Expression* parent);
  void select(const Query& query, std::span<const std::string> output_names, int indent);

  std::string take() { return std::move(out_); }

 private:
  friend struct NodePrinter;

  void list(const std::vector<ExpressionPtr>& items);
  void constant(const Expression& e, const Constant& c);
  void column(const ColumnReference& c);
  void call(const Expression& e, const Call& c);
  void operator_call(Oid op, const std::vector<ExpressionPtr>& arguments, const Expression& e);
  void cast(const Expression& argument, const TypeRef& type, const Expression& e);
  void subquery(const Subquery& s);
  void sort_key(const SortKey& key);
  void window(const Window& w);

  void from_tree(const Query& q, const JoinTree& tree, int indent, bool top);
  void from_entry(const RangeTableEntry& entry, int indent);
  void set_tree(const SetTree& tree, std::span<const std::string> output_names, int indent);
  void new_line(int indent);
  void open() { if (!options_.pretty) out_ += '('; }
  void close() { if (!options_.pretty) out_ += ')'; }

  DeparseNames& names_;
  DeparseOptions options_;
  std::string out_;
  std::span<const std::string> columns_;
  std::vector<const Query*> queries_;
};

}  // namespace query
