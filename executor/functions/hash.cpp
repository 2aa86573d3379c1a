// The hash functions that SQL can call (hashtext and kin): PostgreSQL's values, which people use
// for advisory lock keys and sharding. They are Bob Jenkins' lookup3 with PostgreSQL's seed.
#include <bit>
#include <cmath>
#include <cstring>

#include "function_table.h"
#include "kernel.h"
#include "types/datetime.h"
#include "types/text.h"

namespace functions {
namespace {

using std::string_view;

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
  void finish() {
    c ^= b; c -= std::rotl(b, 14);
    a ^= c; a -= std::rotl(c, 11);
    b ^= a; b -= std::rotl(a, 25);
    c ^= b; c -= std::rotl(b, 16);
    a ^= c; a -= std::rotl(c, 4);
    b ^= a; b -= std::rotl(a, 14);
    c ^= b; c -= std::rotl(b, 24);
  }
};

Jenkins over_bytes(string_view bytes, std::uint64_t seed) {
  Jenkins h(bytes.size(), seed);
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  auto word = [](const char* q, std::size_t n) {
    std::uint32_t w = 0;
    std::memcpy(&w, q, n);
    return w;
  };
  while (left >= 12) {
    h.a += word(p, 4);
    h.b += word(p + 4, 4);
    h.c += word(p + 8, 4);
    h.mix();
    p += 12;
    left -= 12;
  }
  // The lowest byte of c is kept for the length.
  if (left > 8) h.c += word(p + 8, left - 8) << 8;
  if (left > 4) h.b += word(p + 4, std::min<std::size_t>(left - 4, 4));
  if (left > 0) h.a += word(p, std::min<std::size_t>(left, 4));
  h.finish();
  return h;
}
Jenkins over_word(std::uint32_t word, std::uint64_t seed) {
  Jenkins h(4, seed);
  h.a += word;
  h.finish();
  return h;
}

std::int32_t narrow(const Jenkins& h) { return static_cast<std::int32_t>(h.c); }
std::int64_t wide(const Jenkins& h) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(h.b) << 32 | h.c);
}

// Each key type's bytes; the plain function has seed 0.
Jenkins key(std::int16_t v, std::uint64_t seed) { return over_word(static_cast<std::uint32_t>(std::int32_t{v}), seed); }
Jenkins key(std::int32_t v, std::uint64_t seed) { return over_word(static_cast<std::uint32_t>(v), seed); }
Jenkins key(std::uint32_t v, std::uint64_t seed) { return over_word(v, seed); }
Jenkins key(std::int8_t v, std::uint64_t seed) { return over_word(static_cast<std::uint32_t>(std::int32_t{v}), seed); }
// Values that fit in 32 bits hash as they do there.
Jenkins key(std::int64_t v, std::uint64_t seed) {
  auto low = static_cast<std::uint32_t>(v), high = static_cast<std::uint32_t>(v >> 32);
  return over_word(low ^ (v >= 0 ? high : ~high), seed);
}
Jenkins key(double v, std::uint64_t seed) {
  if (std::isnan(v)) v = std::numeric_limits<double>::quiet_NaN();
  char bytes[8];
  std::memcpy(bytes, &v, 8);
  return over_bytes({bytes, 8}, seed);
}
Jenkins key(float v, std::uint64_t seed) { return key(static_cast<double>(v), seed); }
Jenkins key(string_view v, std::uint64_t seed) { return over_bytes(v, seed); }
Jenkins key(types::Uuid v, std::uint64_t seed) {
  return over_bytes({reinterpret_cast<const char*>(v.bytes), 16}, seed);
}

template <typename T>
constexpr bool kIsFloat = std::is_floating_point_v<T>;

template <typename T>
std::int32_t hash(T v) {
  if constexpr (kIsFloat<T>)
    if (v == 0) return 0;  // both zeros
  return narrow(key(v, 0));
}
template <typename T>
std::int64_t hash_extended(T v, std::int64_t seed) {
  if constexpr (kIsFloat<T>)
    if (v == 0) return seed;
  return wide(key(v, static_cast<std::uint64_t>(seed)));
}
std::int32_t hash_bpchar(string_view v) { return hash(types::trim_padding(v)); }
std::int64_t hash_bpchar_extended(string_view v, std::int64_t seed) {
  return hash_extended(types::trim_padding(v), seed);
}
// The span's low half stands for the interval.
std::int32_t hash_interval(types::Interval v) {
  return hash(static_cast<std::int64_t>(types::interval_span(v)));
}

constexpr ScalarFunction kFunctions[] = {
    {"hashint2", strict<&hash<std::int16_t>>},
    {"hashint4", strict<&hash<std::int32_t>>},
    {"hashint8", strict<&hash<std::int64_t>>},
    {"hashoid", strict<&hash<std::uint32_t>>},
    {"hashchar", strict<&hash<std::int8_t>>},
    {"hashfloat4", strict<&hash<float>>},
    {"hashfloat8", strict<&hash<double>>},
    {"hashtext", strict<&hash<string_view>>},
    {"hashname", strict<&hash<string_view>>},
    {"hashvarlena", strict<&hash<string_view>>},
    {"hashbpchar", strict<&hash_bpchar>},
    {"hashinet", strict<&hash<string_view>>},
    {"uuid_hash", strict<&hash<types::Uuid>>},
    {"timestamp_hash", strict<&hash<std::int64_t>>},
    {"time_hash", strict<&hash<std::int64_t>>},
    {"interval_hash", strict<&hash_interval>},
    {"hashint2extended", strict<&hash_extended<std::int16_t>>},
    {"hashint4extended", strict<&hash_extended<std::int32_t>>},
    {"hashint8extended", strict<&hash_extended<std::int64_t>>},
    {"hashoidextended", strict<&hash_extended<std::uint32_t>>},
    {"hashcharextended", strict<&hash_extended<std::int8_t>>},
    {"hashfloat4extended", strict<&hash_extended<float>>},
    {"hashfloat8extended", strict<&hash_extended<double>>},
    {"hashtextextended", strict<&hash_extended<string_view>>},
    {"hashnameextended", strict<&hash_extended<string_view>>},
    {"hashvarlenaextended", strict<&hash_extended<string_view>>},
    {"hashbpcharextended", strict<&hash_bpchar_extended>},
    {"hashinetextended", strict<&hash_extended<string_view>>},
    {"uuid_hash_extended", strict<&hash_extended<types::Uuid>>},
    {"timestamp_hash_extended", strict<&hash_extended<std::int64_t>>},
    {"time_hash_extended", strict<&hash_extended<std::int64_t>>},
};

}  // namespace

std::span<const ScalarFunction> hash_functions() { return kFunctions; }

}  // namespace functions
