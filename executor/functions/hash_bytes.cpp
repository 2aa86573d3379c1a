#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "hash.h"

namespace functions {
namespace {

struct Jenkins {
  std::uint32_t a, b, c;

  Jenkins(std::size_t length, std::uint64_t seed) {
    a = b = c = 0x9e3779b9U + static_cast<std::uint32_t>(length) + 3923095U;
    if (seed != 0) {
      a += static_cast<std::uint32_t>(seed >> 32);
      b += static_cast<std::uint32_t>(seed);
      mix();
    }
  }
  void mix() {
    a -= c; a ^= std::rotl(c, 4); c += b;
    b -= a; b ^= std::rotl(a, 6); a += c;
    c -= b; c ^= std::rotl(b, 8); b += a;
    a -= c; a ^= std::rotl(c, 16); c += b;
    b -= a; b ^= std::rotl(a, 19); a += c;
    c -= b; c ^= std::rotl(b, 4); b += a;
  }
  std::uint64_t finish() {
    c ^= b; c -= std::rotl(b, 14);
    a ^= c; a -= std::rotl(c, 11);
    b ^= a; b -= std::rotl(a, 25);
    c ^= b; c -= std::rotl(b, 16);
    a ^= c; a -= std::rotl(c, 4);
    b ^= a; b -= std::rotl(a, 14);
    c ^= b; c -= std::rotl(b, 24);
    return std::uint64_t{b} << 32 | c;
  }
};

std::uint32_t word_of(const char* p, std::size_t size) {
  std::uint32_t word = 0;
  std::memcpy(&word, p, size);
  return word;
}

}  // namespace

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
  Jenkins h(bytes.size(), seed);
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  while (left >= 12) {
    h.a += word_of(p, 4);
    h.b += word_of(p + 4, 4);
    h.c += word_of(p + 8, 4);
    h.mix();
    p += 12;
    left -= 12;
  }
  // The lowest byte of c is kept for the length.
  if (left > 8) h.c += word_of(p + 8, left - 8) << 8;
  if (left > 4) h.b += word_of(p + 4, std::min<std::size_t>(left - 4, 4));
  if (left > 0) h.a += word_of(p, std::min<std::size_t>(left, 4));
  return h.finish();
}

std::uint64_t hash_word(std::uint32_t word, std::uint64_t seed) {
  Jenkins h(4, seed);
  h.a += word;
  return h.finish();
}

std::uint64_t hash_int64(std::int64_t value, std::uint64_t seed) {
  const auto low = static_cast<std::uint32_t>(value), high = static_cast<std::uint32_t>(value >> 32);
  return hash_word(low ^ (value >= 0 ? high : ~high), seed);
}

std::uint64_t hash_double(double value, std::uint64_t seed) {
  if (value == 0) return seed;
  if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
  char bytes[8];
  std::memcpy(bytes, &value, 8);
  return hash_bytes({bytes, 8}, seed);
}

}  // namespace functions
