// Errors of the B+tree unit.
#pragma once

#include <boost/system/error_code.hpp>
#include <cstddef>
#include <stdexcept>

namespace btree {

enum class Errc {
  not_a_volume = 1,  // page 0 lacks the magic
  unknown_format,    // written by another version
  corrupt_page,      // a page's structure contradicts itself
  corrupt_value,     // an overflow chain is cut, or does not decompress
};

const boost::system::error_category& error_category();
inline boost::system::error_code make_error_code(Errc errc) {
  return {static_cast<int>(errc), error_category()};
}

// A key longer than kMaxKeySize, or a value longer than max_inline_value(): the caller's user
// error (54000), found before anything was changed.
class EntryTooLarge : public std::length_error {
 public:
  EntryTooLarge(std::size_t size, std::size_t limit);
  std::size_t size() const { return size_; }
  std::size_t limit() const { return limit_; }

 private:
  std::size_t size_;
  std::size_t limit_;
};

}  // namespace btree

template <>
struct boost::system::is_error_code_enum<btree::Errc> : std::true_type {};
