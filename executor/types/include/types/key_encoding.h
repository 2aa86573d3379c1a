// Memory-comparable bytes: what B+tree keys are made of. Appended keys compare by memcmp as their
// values do, and no encoded value is a prefix of another of its type, so columns concatenate.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace types {

void append_key_u8(std::string& out, std::uint8_t value);
void append_key_u32(std::string& out, std::uint32_t value);
void append_key_u64(std::string& out, std::uint64_t value);
void append_key_i16(std::string& out, std::int16_t value);
void append_key_i32(std::string& out, std::int32_t value);
void append_key_i64(std::string& out, std::int64_t value);
// PostgreSQL's order: -0 = 0, NaN above infinity and equal to itself.
void append_key_f64(std::string& out, double value);
// Any bytes: 00 becomes 00 FF, the end is 00 00.
void append_key_bytes(std::string& out, std::string_view bytes);
// Bytes without zeros (text): the end is 00.
void append_key_text(std::string& out, std::string_view text);

}  // namespace types
