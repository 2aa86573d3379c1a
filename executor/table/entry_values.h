// Columns of a row read from a secondary index's entry.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "table_impl.h"

namespace table {

// An entry that a view sees belongs to the version of its row that the view sees, so what the entry holds need not be looked
// for there: values of its key, where they can be told from it (key_parts.h), those of the table's key behind it, and those
// of INCLUDE's columns in its payload (entry_payload.h).
class EntryValues {
 public:
  // nullopt: entries do not hold all the columns. The table outlives it.
  static std::optional<EntryValues> of(const Table::Impl& table, const IndexImpl& index, Projection columns);

  // Fills row `at`; varlen bytes go to `arena`. `payload`: the entry's, of the version that the view sees. False: this
  // entry does not tell all of it, and its row is to be read; then row `at` is filled in part.
  [[nodiscard]] bool read(std::string_view entry_key, Bytes payload, std::span<types::Vector> out, std::uint32_t at,
                          types::Arena& arena);

 private:
  struct Source {
    enum class From : std::uint8_t { entry, row_key, whole_row_key, payload } from;
    std::size_t part;  // of the key, or column of the payload
  };

  const Table::Impl* table_ = nullptr;
  const IndexImpl* index_ = nullptr;
  std::vector<Source> sources_;
  std::size_t own_count_ = 0, clustered_count_ = 0;  // parts to find
  std::vector<std::size_t> own_begins_, clustered_begins_;
  std::string scratch_;
};

}  // namespace table
