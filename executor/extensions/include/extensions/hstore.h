// An hstore's value: keys with values that may be null.
//
//   u32 pairs | u32 end, per key and value: of its text, the highest bit where the value is null | texts
//
// Keys are there once, shorter ones before longer ones and then by their bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "types/arena.h"
#include "types/datum.h"

namespace extensions {

// Over bytes that a builder made.
class HstoreView {
 public:
  explicit HstoreView(std::string_view bytes);

  std::uint32_t size() const { return size_; }
  std::string_view key(std::uint32_t i) const { return text(2 * i); }
  std::optional<std::string_view> value(std::uint32_t i) const;
  // Where the key is; nullopt: nowhere.
  std::optional<std::uint32_t> find(std::string_view key) const;

  // All texts, and where the one of that number ends: what the order compares.
  std::string_view texts() const { return texts_; }
  std::uint32_t end(std::uint32_t number) const { return raw_end(number) & ~kNull; }
  bool is_null(std::uint32_t number) const { return (raw_end(number) & kNull) != 0; }

  static constexpr std::uint32_t kNull = 1U << 31;

 private:
  std::uint32_t raw_end(std::uint32_t number) const;
  std::string_view text(std::uint32_t number) const;

  const char* ends_;
  std::uint32_t size_;
  std::string_view texts_;
};

class HstoreBuilder {
 public:
  struct Pair {
    std::string_view key;
    std::optional<std::string_view> value;
  };

  // SqlError 22001 when one is too long. Texts are borrowed until finish().
  void add(std::string_view key, std::optional<std::string_view> value);
  // Of two with the same key, the first stays.
  types::Datum finish(types::Arena& arena);

 private:
  std::vector<Pair> pairs_;
};

}  // namespace extensions
