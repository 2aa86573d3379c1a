// Columns of a row read from the key of a secondary index's entry.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "table_impl.h"

namespace table {

// An entry that a view sees belongs to the version of its row that the view sees, so what the entry's key holds need not
// be looked for there. Only types whose values can be told from the bytes of their keys are read so: not those that have
// equal values which look different (numeric's 1.0 and 1.00), nor those under another collation's sort keys.
class EntryValues {
 public:
  // nullopt: an entry does not hold all the columns. The table outlives it.
  static std::optional<EntryValues> of(const Table::Impl& table, const IndexImpl& index, Projection columns);

  // Fills row `at`; varlen bytes go to `arena`.
  void read(std::string_view entry_key, std::string_view row_key, std::span<types::Vector> out, std::uint32_t at,
            types::Arena& arena);

 private:
  enum class Form : std::uint8_t { opaque, boolean, int16, int32, int64, uint32, uint64, uuid, text };
  struct Part {
    Form form;
    bool descending;
  };
  struct Source {
    enum class From : std::uint8_t { entry, row_key, whole_row_key } from;
    std::size_t part;   // of the key
  };
  static Form form_of(const types::TypeSupport* support);
  static std::vector<Part> parts_of(const KeyCodec& codec);
  // Where each of the first `count` parts begins.
  static void find_parts(std::string_view key, const std::vector<Part>& parts, std::size_t count, std::vector<std::size_t>& begins);
  void read_part(std::string_view key, std::size_t begin, Part part, types::Vector& out, std::uint32_t at, types::Arena& arena);

  std::vector<Part> own_, clustered_;
  std::vector<Source> sources_;
  std::size_t own_count_ = 0, clustered_count_ = 0;  // parts to find
  std::vector<std::size_t> own_begins_, clustered_begins_;
  std::string scratch_;
};

}  // namespace table
