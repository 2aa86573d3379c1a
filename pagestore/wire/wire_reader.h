// Bytes to fields, for bytes that anybody may have sent.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "pagestore/messages.h"

namespace pagestore {

// After the first impossible byte everything reads as empty and ok() is false. Memory is spent in
// proportion to the bytes at hand (unpacked blobs: to kBlobMax), whatever sizes they name.
class WireReader {
 public:
  explicit WireReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <typename... Fields>
  void operator()(Fields&... fields) {
    (get(fields), ...);
  }
  // For field lists: what must hold of the fields read so far.
  bool check(bool holds) { return ok_ = ok_ && holds; }

  bool ok() const { return ok_; }
  // Everything read, and nothing wrong.
  bool complete() const { return ok_ && rest_.empty(); }

 private:
  static constexpr std::uint64_t kBlobMax = std::uint64_t{256} << 20;

  std::uint8_t byte();
  std::uint64_t number();
  std::span<const std::byte> take(std::uint64_t size);

  void get(std::uint64_t& value) { value = number(); }
  void get(std::uint32_t& value) {
    const std::uint64_t wide = number();
    check(wide <= std::numeric_limits<std::uint32_t>::max());
    value = static_cast<std::uint32_t>(wide);
  }
  void get(bool& value) {
    const std::uint8_t read = byte();
    check(read <= 1);
    value = read == 1;
  }
  void get(Lsn& value) { value = Lsn(number()); }
  void get(std::string& text);
  void get(SharedBytes& bytes);
  void get(std::shared_ptr<const wal::Page>& page);
  template <typename Enum>
    requires std::is_enum_v<Enum>
  void get(Enum& value) {
    const std::uint64_t wide = number();
    check(wide <= std::numeric_limits<std::underlying_type_t<Enum>>::max());
    value = static_cast<Enum>(wide);
  }
  template <typename T>
  void get(std::vector<T>& values) {
    values.clear();
    std::uint64_t count = number();
    if (!check(count <= rest_.size())) return;  // each takes a byte at least
    while (count-- > 0 && ok_) get(values.emplace_back());
  }
  template <typename T>
    requires std::is_class_v<T>
  void get(T& value) { fields(*this, value); }

  std::span<const std::byte> rest_;
  bool ok_ = true;
};

}  // namespace pagestore
