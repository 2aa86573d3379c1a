// Byte strings that belong together: an index's keys of one row, the row keys of a posting list.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inverted {

// Back to back in one buffer, so that a set that is reused does not allocate. Not thread-safe.
class KeySet {
 public:
  void clear() {
    bytes_.clear();
    places_.clear();
  }

  // The buffer to append one key's bytes to; then end().
  std::string& begin() {
    start_ = bytes_.size();
    return bytes_;
  }
  void end() { places_.push_back({start_, bytes_.size() - start_, first_bytes(std::string_view(bytes_).substr(start_))}); }
  void add(std::string_view key) {
    begin().append(key);
    end();
  }

  // Ascending, each once.
  void sort() {
    if (places_.size() < 2) return;
    const auto less = [this](const Place& a, const Place& b) {
      return a.first != b.first ? a.first < b.first : at(a) < at(b);
    };
    if (!std::is_sorted(places_.begin(), places_.end(), less)) std::sort(places_.begin(), places_.end(), less);
    const auto same = [this](const Place& a, const Place& b) { return a.first == b.first && at(a) == at(b); };
    places_.erase(std::unique(places_.begin(), places_.end(), same), places_.end());
  }

  std::size_t size() const { return places_.size(); }
  bool empty() const { return places_.empty(); }
  std::string_view operator[](std::size_t i) const { return at(places_[i]); }
  // What it holds from the heap.
  std::size_t footprint() const { return bytes_.capacity() + places_.capacity() * sizeof(Place); }

  bool operator==(const KeySet& other) const {
    if (size() != other.size()) return false;
    for (std::size_t i = 0; i < size(); ++i)
      if ((*this)[i] != other[i]) return false;
    return true;
  }

 private:
  struct Place {
    std::size_t offset, size;
    std::uint64_t first;  // first_bytes(): most keys differ there
  };
  // Big-endian, filled up with zeros: where two differ, they tell the order.
  static std::uint64_t first_bytes(std::string_view key) {
    std::uint64_t first = 0;
    for (std::size_t i = 0; i < 8; ++i)
      first = first << 8 | (i < key.size() ? static_cast<unsigned char>(key[i]) : std::uint64_t{0});
    return first;
  }
  std::string_view at(const Place& place) const { return std::string_view(bytes_).substr(place.offset, place.size); }

  std::string bytes_;
  std::vector<Place> places_;
  std::size_t start_ = 0;
};

}  // namespace inverted
