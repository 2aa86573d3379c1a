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

inline std::uint64_t hash_bytes(std::string_view bytes) {
  constexpr std::uint64_t kA = 0xa0761d6478bd642fULL, kB = 0xe7037ed1a0b428dbULL;
  auto load = [](const char* p, std::size_t n) {
    std::uint64_t word = 0;
    std::memcpy(&word, p, n);
    return word;
  };
  std::uint64_t h = kA ^ bytes.size();
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  while (left > 16) {
    h = hash_mix(load(p, 8) ^ kB, load(p + 8, 8) ^ h);
    p += 16;
    left -= 16;
  }
  std::uint64_t a = load(p, left < 8 ? left : 8);
  std::uint64_t b = left > 8 ? load(p + 8, left - 8) : 0;
  return hash_mix(kB ^ bytes.size(), hash_mix(a ^ kB, b ^ h));
}

}  // namespace types
