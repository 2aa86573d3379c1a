// The rows of one statement, on their way into one table.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "table/table.h"

namespace table {

// Rows for a table that the transaction has just made (CREATE or TRUNCATE) and that come in key
// order build its tree bottom-up: pages are logged as packed images, there are no undo records,
// and a page is written once. All others go through Table::insert_batch(), and so does the rest
// once a row is out of order. Nobody else may write to the table meanwhile, this transaction by
// another statement included; readers are welcome, and see what View tells them.
//
// Not thread-safe. `view` and `scratch` outlive it.
class BatchInsert {
 public:
  BatchInsert(const Table& table, const View& view, Scratch& scratch);
  ~BatchInsert();
  BatchInsert(const BatchInsert&) = delete;
  BatchInsert& operator=(const BatchInsert&) = delete;

  // As Table::insert_batch(). Rows may be in no tree yet: nothing finds them before finish().
  Outcome add(std::span<const types::Vector> columns, types::Selection rows,
              std::uint32_t* failed_row = nullptr);

  // Every row added is in the table. Parks. Without it the statement must fail, and its
  // transaction (or savepoint) take the table away again.
  void finish();

 private:
  class Load;
  std::uint32_t load(std::span<const types::Vector> columns, types::Selection rows);

  const Table& table_;
  const View& view_;
  Scratch& scratch_;
  bool first_ = true;
  std::unique_ptr<Load> load_;  // while the tree is built bottom-up
};

}  // namespace table
