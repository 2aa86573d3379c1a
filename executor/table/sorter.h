// Sorting more keys than memory holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "btree/bytes.h"

namespace table {

using btree::Bytes;

// Collects (key, value) pairs, then gives them back in key order; equal keys in any order. When
// what it holds exceeds `memory_bytes`, a sorted run goes to a file of its own in the spill
// directory, deleted when the sorter goes. Throws SqlError 53100 when the disk is full. Not
// thread-safe.
class Sorter {
 public:
  Sorter(std::size_t memory_bytes, std::string spill_directory);
  ~Sorter();
  Sorter(const Sorter&) = delete;
  Sorter& operator=(const Sorter&) = delete;

  void add(std::string_view key, Bytes value);

  // After the last add(): the first, then each further pair. False at the end. Views are good until
  // the next call.
  bool next();
  std::string_view key() const { return key_; }
  Bytes value() const { return value_; }

 private:
  struct Item {
    std::size_t offset;
    std::uint32_t key_size, value_size;
    std::uint64_t lead = 0;  // the first bytes behind what all keys begin with: they decide most comparisons
  };
  class RunReader;

  std::string_view key_of(const Item& item) const {
    return {reinterpret_cast<const char*>(bytes_.data()) + item.offset, item.key_size};
  }
  void set_leads();
  void sort();
  void spill();
  void start_merge();

  const std::size_t memory_bytes_;
  const std::string directory_;
  std::vector<std::byte> bytes_;
  std::vector<Item> items_;
  bool reading_ = false;
  std::size_t at_ = 0;
  std::vector<std::unique_ptr<RunReader>> runs_;
  std::vector<RunReader*> heap_;
  std::string_view key_;
  Bytes value_;
};

}  // namespace table
