// CRC-32C (Castagnoli), by the SSE4.2 instruction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace wal {

// The CRC of `bytes`; to continue one, pass the CRC of what came before.
// crc32c("123456789") == 0xe3069283.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0);

}  // namespace wal
