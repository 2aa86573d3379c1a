// Bytes on their way to a peer: small ones copied together, large ones shared with who owns them.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace pagestore {

// `head` with each piece inserted before head[at]; pieces in ascending order. What one writer sends
// to six nodes exists once.
struct WireBytes {
  struct Piece {
    std::size_t at = 0;
    std::shared_ptr<const void> owner;
    std::span<const std::byte> bytes;
  };

  std::vector<std::byte> head;
  std::vector<Piece> pieces;

  std::size_t size() const {
    std::size_t total = head.size();
    for (const Piece& piece : pieces) total += piece.bytes.size();
    return total;
  }

  // Calls take(span) for every stretch from head[skip] on, in order. Requires skip <= the first
  // piece's place.
  template <typename Take>
  void each(std::size_t skip, Take take) const {
    const std::span<const std::byte> all(head);
    std::size_t from = skip;
    for (const Piece& piece : pieces) {
      if (piece.at > from) take(all.subspan(from, piece.at - from));
      take(piece.bytes);
      from = piece.at;
    }
    if (from < head.size()) take(all.subspan(from));
  }
};

}  // namespace pagestore
