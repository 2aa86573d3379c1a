// ORDER BY, with a bound when only the first rows are wanted; and what works on sorted rows.
#pragma once

#include <optional>

#include "operator.h"
#include "planner/plan_node.h"
#include "row_store.h"

namespace operators {

// Keys of rows as bytes whose order is the rows' order, where every type can do that.
class SortKeys {
 public:
  explicit SortKeys(std::span<const planner::SortColumn> columns);
  // Whether encode() can be used; otherwise rows are compared value by value.
  bool encodable() const { return encodable_; }
  void encode(const types::Batch& batch, std::uint32_t row, std::string& out) const;
  // Of two kept rows; column c of the keys is column c.column of the layout.
  int compare(const RowLayout& layout, const std::byte* a, const std::byte* b) const;

 private:
  std::span<const planner::SortColumn> columns_;
  bool encodable_ = true;
  mutable std::string scratch_;
};

class Sort final : public Operator {
 public:
  Sort(const planner::SortNode& node, ExecutionState& state);
  void close() override;
  void set_bound(std::uint64_t rows) override {
    if (node_.filter.empty()) bound_ = rows;
  }

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  struct Item {
    std::uint64_t prefix;   // the key's first bytes, big-endian
    std::string_view key;   // the rest of them
    std::byte* row;
  };
  bool less(const Item& a, const Item& b) const;
  void read_all();
  void add(const types::Batch& batch);
  void prune();

  const planner::SortNode& sort_;
  SortKeys keys_;
  RowStore rows_;
  types::Arena key_arena_;
  std::vector<Item> items_;
  std::optional<std::uint64_t> bound_;
  bool sorted_ = false;
  std::size_t at_ = 0;
  types::Arena arena_;
  std::vector<types::Vector> out_;
  std::vector<const std::byte*> batch_rows_;
};

class Unique final : public Operator {
 public:
  Unique(const planner::UniqueNode& node, ExecutionState& state)
      : Operator(node, state), unique_(node), selected_(types::kBatchRows) {}

 protected:
  void do_open() override {
    child().open();
    first_ = true;
  }
  bool produce(types::Batch& raw) override;

 private:
  const planner::UniqueNode& unique_;
  types::Arena last_arena_;
  std::vector<types::Datum> last_;
  std::vector<std::uint16_t> selected_;
  bool first_ = true;
};

class Limit final : public Operator {
 public:
  Limit(const planner::LimitNode& node, ExecutionState& state);

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  bool tied(const types::Batch& batch, std::uint32_t row) const;

  const planner::LimitNode& limit_;
  eval::Evaluator count_, offset_;
  std::uint64_t skip_ = 0;
  std::optional<std::uint64_t> left_;
  std::vector<std::uint16_t> selected_;
  types::Arena last_arena_;
  std::vector<types::Datum> last_;
  bool in_ties_ = false, ended_ = false;
};

}  // namespace operators
