#include "wire_reader.h"

#include <cstring>

#include "pagestore/blob_packer.h"

namespace pagestore {

std::uint8_t WireReader::byte() {
  if (!check(!rest_.empty())) return 0;
  const auto value = std::to_integer<std::uint8_t>(rest_[0]);
  rest_ = rest_.subspan(1);
  return value;
}

std::uint64_t WireReader::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint8_t read = byte();
    value |= std::uint64_t{read & 0x7fu} << shift;
    if ((read & 0x80) == 0) return ok_ ? value : 0;
  }
  ok_ = false;
  return 0;
}

std::span<const std::byte> WireReader::take(std::uint64_t size) {
  if (!check(size <= rest_.size())) return {};
  const auto taken = rest_.first(size);
  rest_ = rest_.subspan(size);
  return taken;
}

void WireReader::get(std::string& text) {
  const auto bytes = take(number());
  text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

void WireReader::get(SharedBytes& bytes) {
  bytes = nullptr;
  const std::uint8_t form = byte();
  if (!check(form <= 2) || form == 0) return;
  const std::uint64_t size = number();
  if (!check(size <= kBlobMax)) return;
  const auto sent = take(form == 2 ? number() : size);
  if (!ok_) return;
  bytes = form == 2 ? unpack_blob(sent, size)
                    : std::make_shared<const std::vector<std::byte>>(sent.begin(), sent.end());
  check(bytes != nullptr);
}

void WireReader::get(std::shared_ptr<const wal::Page>& page) {
  page = nullptr;
  const std::uint8_t form = byte();
  if (!check(form <= 1) || form == 0) return;
  const auto bytes = take(wal::kPageSize);
  if (!ok_) return;
  auto read = std::make_shared<wal::Page>();
  std::memcpy(read->bytes.data(), bytes.data(), bytes.size());
  page = std::move(read);
}

}  // namespace pagestore
