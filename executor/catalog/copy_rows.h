// Reading rows in COPY's text format out of a buffer that stays.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace catalog {

// Strings that need not be views of the data itself. Stable addresses.
using StringPool = std::deque<std::string>;

// The value of one field: nullopt for \N; unescaped into `pool` only when it has a backslash.
std::optional<std::string_view> unescape(std::string_view field, StringPool& pool);

// Walks rows; fields() is valid until the next call of next().
class CopyRows {
 public:
  explicit CopyRows(std::string_view rows) : rest_(rows) {}

  // False at the end.
  bool next();
  const std::vector<std::string_view>& fields() const { return fields_; }

 private:
  std::string_view rest_;
  std::vector<std::string_view> fields_;
};

}  // namespace catalog
