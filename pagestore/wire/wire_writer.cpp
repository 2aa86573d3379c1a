#include "wire_writer.h"

#include <cstring>

namespace pagestore {

void WireWriter::number(std::uint64_t value) {
  while (value >= 0x80) {
    byte(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  byte(static_cast<std::uint8_t>(value));
}

void WireWriter::copy(const void* bytes, std::size_t size) {
  if (size == 0) return;
  const std::size_t at = out_.head.size();
  out_.head.resize(at + size);
  std::memcpy(out_.head.data() + at, bytes, size);
}

void WireWriter::piece(std::shared_ptr<const void> owner, std::span<const std::byte> bytes) {
  if (bytes.size() < kShareFrom) return copy(bytes.data(), bytes.size());
  out_.pieces.push_back({out_.head.size(), std::move(owner), bytes});
}

void WireWriter::put(const std::string& text) {
  number(text.size());
  copy(text.data(), text.size());
}

// 0: null. 1: size, bytes. 2: size, packed size, zstd frame.
void WireWriter::put(const SharedBytes& bytes) {
  if (!bytes) return byte(0);
  const SharedBytes packed = packer_ != nullptr ? packer_->pack(bytes) : nullptr;
  byte(packed ? 2 : 1);
  number(bytes->size());
  if (packed) number(packed->size());
  const SharedBytes& sent = packed ? packed : bytes;
  piece(sent, *sent);
}

void WireWriter::put(const std::shared_ptr<const wal::Page>& page) {
  byte(page ? 1 : 0);
  if (page) piece(page, std::as_bytes(std::span(page->bytes)));
}

}  // namespace pagestore
