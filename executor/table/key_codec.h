// Key bytes of one index, with everything about its columns looked up once.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "table/schema.h"
#include "types/datum.h"
#include "types/type_io.h"

namespace table {

class KeyCodec {
 public:
  KeyCodec(const TableSchema& table, const IndexSchema& index);

  std::size_t size() const { return columns_.size(); }
  // The value's column, or kFirstExpression + its number.
  ColumnNumber column(std::size_t i) const { return columns_[i].column; }

  // Appends key column `i`. Throws SqlError 0A000 for a type without key encoding.
  void append(std::size_t i, const types::Datum& value, std::string& out) const;
  // Only the marker: what all (not) null values of the column begin with.
  void append_marker(std::size_t i, bool is_null, std::string& out) const;

  const types::TypeSupport* support(std::size_t i) const { return columns_[i].support; }
  bool descending(std::size_t i) const { return columns_[i].descending; }
  bool hashed(std::size_t i) const { return columns_[i].hashed; }
  bool nulls_first(std::size_t i) const { return columns_[i].nulls_first; }

 private:
  struct Column {
    ColumnNumber column;
    bool descending;
    bool nulls_first;
    bool hashed;
    const types::TypeSupport* support;
  };
  std::vector<Column> columns_;
};

// Throws SqlError 54000 when a key of that size cannot be stored.
void check_key_size(std::size_t size);

}  // namespace table
