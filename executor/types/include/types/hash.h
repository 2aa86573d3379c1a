// Hashing of values for hash joins, aggregation and sets. Not stored anywhere: free to change.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace types {

// Folds the 128-bit product: two rounds of it scatter all input bits (as wyhash does).
inline std::uint64_t hash_mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline std::uint64_t hash_u64(std::uint64_t value) {
  return hash_mix(value ^ 0x9e3779b97f4a7c15ULL, 0xd6e8feb86659fd93ULL ^ (value >> 32));
}

inline std::uint64_t hash_combine(std::uint64_t seed, std::uint64_t hash) {
  return hash_mix(seed ^ 0xa0761d6478bd642fULL, hash ^ 0xe7037ed1a0b428dbULL);
}

// Loads of fixed width that may overlap: keys are short, a copy of unknown size costs a call.
inline std::uint64_t hash_bytes(std::string_view bytes) {
  constexpr std::uint64_t kA = 0xa0761d6478bd642fULL, kB = 0xe7037ed1a0b428dbULL;
  const auto byte = [](const char* from) -> std::uint64_t { return static_cast<unsigned char>(*from); };
  const auto load4 = [](const char* from) -> std::uint64_t {
    std::uint32_t word;
    std::memcpy(&word, from, sizeof word);
    return word;
  };
  const auto load8 = [](const char* from) {
    std::uint64_t word;
    std::memcpy(&word, from, sizeof word);
    return word;
  };
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t h = kA ^ left;
  for (; left > 16; p += 16, left -= 16) h = hash_mix(load8(p) ^ kB, load8(p + 8) ^ h);
  std::uint64_t a = 0, b = 0;
  if (left >= 8) {
    a = load8(p);
    b = load8(p + left - 8);
  } else if (left >= 4) {
    a = load4(p);
    b = load4(p + left - 4);
  } else if (left > 0) {
    a = byte(p) | byte(p + left / 2) << 8 | byte(p + left - 1) << 16;
  }
  return hash_mix(a ^ kB, b ^ h);
}

}  // namespace types
