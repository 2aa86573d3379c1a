#include "log_entry.h"

#include "wal/check.h"
#include "wal/crc32c.h"

namespace pagestore {
namespace {

constexpr std::array<std::byte, 2 * kBlockBytesMax> kZeros{};

std::uint32_t header_crc(const EntryHeader& header) {
  return wal::crc32c(std::as_bytes(std::span(&header, 1)).subspan(sizeof header.header_crc));
}

}  // namespace

std::uint32_t OutgoingEntry::seal(LogPosition position, LogPosition synced,
                                  std::uint32_t previous) {
  CHECK(position.offset % kEntryAlignment == 0);
  EntryHeader header{};
  const auto fixed = std::span<const std::byte>(head_).subspan(sizeof header, fixed_length_);
  header.payload_crc = wal::crc32c(fixed);
  if (body_) header.payload_crc = wal::crc32c(*body_, header.payload_crc);
  header.length = payload_length();
  header.previous = previous;
  header.position = position.packed();
  header.synced = synced.packed();
  header.kind = static_cast<std::uint8_t>(kind_);
  header.header_crc = header_crc(header);
  std::memcpy(head_.data(), &header, sizeof header);
  return header.header_crc;
}

void OutgoingEntry::append_slices(std::vector<std::span<const std::byte>>& slices) const {
  slices.emplace_back(head_.data(), sizeof(EntryHeader) + fixed_length_);
  if (body_ && !body_->empty()) slices.emplace_back(*body_);
  const auto unpadded = sizeof(EntryHeader) + payload_length();
  if (size() > unpadded) slices.emplace_back(log_zeros(size() - unpadded));
}

EntryHeader padding_header(std::uint64_t size, LogPosition position, LogPosition synced,
                           std::uint32_t previous) {
  EntryHeader header{};
  header.length = static_cast<std::uint32_t>(size - sizeof header);
  header.payload_crc = wal::crc32c(log_zeros(header.length));
  header.previous = previous;
  header.position = position.packed();
  header.synced = synced.packed();
  header.kind = static_cast<std::uint8_t>(EntryKind::padding);
  header.header_crc = header_crc(header);
  return header;
}

std::span<const std::byte> log_zeros(std::uint64_t length) {
  return std::span<const std::byte>(kZeros).first(length);
}

std::optional<EntryHeader> read_header(std::span<const std::byte> bytes, LogPosition position) {
  if (bytes.size() < sizeof(EntryHeader)) return std::nullopt;
  EntryHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.position != position.packed()) return std::nullopt;
  if (header_crc(header) != header.header_crc) return std::nullopt;
  if (header.kind == 0 || header.kind > kLastEntryKind) return std::nullopt;
  return header;
}

std::optional<EntryView> read_entry(std::span<const std::byte> bytes, LogPosition position) {
  const auto header = read_header(bytes, position);
  if (!header || header->length > bytes.size() - sizeof *header) return std::nullopt;
  EntryView view{*header, position, bytes.subspan(sizeof *header, header->length)};
  if (wal::crc32c(view.payload) != header->payload_crc) return std::nullopt;
  return view;
}

SharedBytes encode_truncations(const std::vector<Truncation>& truncations) {
  std::vector<std::byte> bytes(truncations.size() * sizeof(TruncationRange));
  for (std::size_t i = 0; i < truncations.size(); ++i) {
    const TruncationRange range{wal::raw(truncations[i].epoch), truncations[i].after.value(),
                                truncations[i].to.value()};
    std::memcpy(bytes.data() + i * sizeof range, &range, sizeof range);
  }
  return std::make_shared<const std::vector<std::byte>>(std::move(bytes));
}

std::vector<Truncation> decode_truncations(std::span<const std::byte> bytes) {
  std::vector<Truncation> truncations(bytes.size() / sizeof(TruncationRange));
  for (std::size_t i = 0; i < truncations.size(); ++i) {
    TruncationRange range;
    std::memcpy(&range, bytes.data() + i * sizeof range, sizeof range);
    truncations[i] = {Epoch{range.epoch}, Lsn(range.after), Lsn(range.to)};
  }
  return truncations;
}

SharedBytes encode_pins(const std::vector<Lsn>& pins) {
  static_assert(sizeof(Lsn) == sizeof(std::uint64_t));
  const auto bytes = std::as_bytes(std::span(pins));
  return std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
}

std::vector<Lsn> decode_pins(std::span<const std::byte> bytes) {
  std::vector<Lsn> pins;
  for (; bytes.size() >= sizeof(std::uint64_t); bytes = bytes.subspan(sizeof(std::uint64_t))) {
    std::uint64_t pin;
    std::memcpy(&pin, bytes.data(), sizeof pin);
    pins.emplace_back(pin);
  }
  return pins;
}

PartHeader part_header(const LogPart& part) {
  return {.timeline = wal::raw(part.group.timeline),
          .epoch = wal::raw(part.epoch),
          .prev_part_end = part.prev_part_end.value(),
          .begin = part.begin.value(),
          .end = part.end.value(),
          .vdl = part.vdl.value(),
          .group = wal::raw(part.group.group),
          .parts = part.parts};
}

LogPart log_part(const PartHeader& header) {
  LogPart part;
  part.group = {TimelineId{header.timeline}, GroupNo{header.group}};
  part.epoch = Epoch{header.epoch};
  part.prev_part_end = Lsn(header.prev_part_end);
  part.begin = Lsn(header.begin);
  part.end = Lsn(header.end);
  part.vdl = Lsn(header.vdl);
  part.parts = header.parts;
  return part;
}

}  // namespace pagestore
