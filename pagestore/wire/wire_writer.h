// Fields to bytes. The counterpart of wire_reader.h: both are called by the same field lists.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "pagestore/blob_packer.h"
#include "pagestore/messages.h"
#include "pagestore/wire_bytes.h"

namespace pagestore {

class WireWriter {
 public:
  // `reserved` bytes at the front are left for a header. No packer: blobs go as they are.
  explicit WireWriter(std::size_t reserved, BlobPacker* packer) : packer_(packer) {
    out_.head.resize(reserved);
  }

  template <typename... Fields>
  void operator()(const Fields&... fields) {
    (put(fields), ...);
  }
  WireBytes take() { return std::move(out_); }

  // Always true of what we hold ourselves; see WireReader.
  bool check(bool) { return true; }

 private:
  // Copied below this; a piece of its own costs an entry in two lists and a reference count.
  static constexpr std::size_t kShareFrom = 512;

  void byte(std::uint8_t value) { out_.head.push_back(static_cast<std::byte>(value)); }
  void number(std::uint64_t value);
  void copy(const void* bytes, std::size_t size);
  void piece(std::shared_ptr<const void> owner, std::span<const std::byte> bytes);

  void put(std::uint64_t value) { number(value); }
  void put(std::uint32_t value) { number(value); }
  void put(bool value) { byte(value ? 1 : 0); }
  void put(Lsn value) { number(value.value()); }
  void put(const std::string& text);
  void put(const SharedBytes& bytes);
  void put(const std::shared_ptr<const wal::Page>& page);
  template <typename Enum>
    requires std::is_enum_v<Enum>
  void put(Enum value) { number(static_cast<std::uint64_t>(value)); }
  template <typename T>
  void put(const std::vector<T>& values) {
    number(values.size());
    for (const T& value : values) put(value);
  }
  template <typename T>
    requires std::is_class_v<T>
  void put(const T& value) { fields(*this, value); }

  BlobPacker* packer_;
  WireBytes out_;
};

}  // namespace pagestore
