// A frame as it arrives: one stretch of bytes.
#pragma once

#include <vector>

#include "pagestore/frame.h"

namespace pagestore {

inline std::vector<std::byte> flat(const WireBytes& frame) {
  std::vector<std::byte> bytes;
  frame.each(0, [&](std::span<const std::byte> piece) {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
  });
  return bytes;
}

inline std::span<const std::byte> body_of(const std::vector<std::byte>& frame) {
  return std::span(frame).subspan(kFrameHeaderBytes);
}

inline FrameHeader header_of(const std::vector<std::byte>& frame) {
  return read_frame_header(frame, kFrameBodyMax).value().value();
}

}  // namespace pagestore
