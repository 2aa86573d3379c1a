// Making and checking single entries of the node log.
#pragma once

#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "log_format.h"
#include "pagestore/messages.h"

namespace pagestore {

// An entry waiting to be written: the fixed part inline, the body shared with whoever made it.
class OutgoingEntry {
 public:
  template <typename Fixed>
    requires std::is_trivially_copyable_v<Fixed>
  OutgoingEntry(EntryKind kind, const Fixed& fixed, SharedBytes body = nullptr)
      : kind_(kind), fixed_length_(sizeof fixed), body_(std::move(body)) {
    static_assert(sizeof fixed <= kFixedMax);
    std::memcpy(head_.data() + sizeof(EntryHeader), &fixed, sizeof fixed);
  }

  EntryKind kind() const { return kind_; }
  std::uint32_t payload_length() const {
    return fixed_length_ + (body_ ? static_cast<std::uint32_t>(body_->size()) : 0);
  }
  std::uint64_t size() const { return entry_size(payload_length()); }
  std::uint32_t fixed_length() const { return fixed_length_; }
  const SharedBytes& body() const { return body_; }

  // Fills the header in. Returns its CRC, which the next entry names.
  std::uint32_t seal(LogPosition position, LogPosition synced, std::uint32_t previous);

  // The entry's bytes; valid while this object lives and stays where it is.
  void append_slices(std::vector<std::span<const std::byte>>& slices) const;

 private:
  static constexpr std::size_t kFixedMax = 64;

  EntryKind kind_;
  std::uint32_t fixed_length_;
  std::array<std::byte, sizeof(EntryHeader) + kFixedMax> head_{};
  SharedBytes body_;
};

// An entry as found in the log: views into the bytes it was found in.
struct EntryView {
  EntryHeader header{};
  LogPosition position;
  std::span<const std::byte> payload;

  EntryKind kind() const { return static_cast<EntryKind>(header.kind); }
  std::uint64_t size() const { return entry_size(header.length); }
  LogPosition end() const {
    return {position.extent, static_cast<std::uint32_t>(position.offset + size())};
  }

  // The fixed header; nullopt when the payload is too short for one.
  template <typename Fixed>
  std::optional<Fixed> fixed() const {
    if (payload.size() < sizeof(Fixed)) return std::nullopt;
    Fixed fixed;
    std::memcpy(&fixed, payload.data(), sizeof fixed);
    return fixed;
  }
  template <typename Fixed>
  std::span<const std::byte> body() const {
    return payload.subspan(sizeof(Fixed));
  }
};

// The header at the start of `bytes` if it is one that says it stands at `position`.
std::optional<EntryHeader> read_header(std::span<const std::byte> bytes, LogPosition position);

// The whole entry at the start of `bytes`, header and payload verified.
std::optional<EntryView> read_entry(std::span<const std::byte> bytes, LogPosition position);

// The header of a padding entry that takes `size` bytes of the log, this header included. What it pads
// with is zeros.
EntryHeader padding_header(std::uint64_t size, LogPosition position, LogPosition synced,
                           std::uint32_t previous);
// `length` zeros, at most two blocks.
std::span<const std::byte> log_zeros(std::uint64_t length);

SharedBytes encode_truncations(const std::vector<Truncation>& truncations);
std::vector<Truncation> decode_truncations(std::span<const std::byte> bytes);
// Body of a horizon entry: u64 per pin, ascending.
SharedBytes encode_pins(const std::vector<Lsn>& pins);
std::vector<Lsn> decode_pins(std::span<const std::byte> bytes);

PartHeader part_header(const LogPart& part);
// Without records.
LogPart log_part(const PartHeader& header);

}  // namespace pagestore
