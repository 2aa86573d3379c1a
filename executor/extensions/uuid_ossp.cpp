// uuid-ossp: universally unique identifiers of RFC 4122.
#include <sys/random.h>
#include <time.h>

#include <atomic>

#include <openssl/evp.h>

#include "extension_table.h"
#include "functions/kernel.h"
#include "types/sql_error.h"

namespace extensions {
namespace {

using functions::strict;
using std::string_view;
using types::Uuid;

template <std::size_t N>
void fill_random(std::uint8_t (&bytes)[N]) {
  if (getrandom(bytes, N, 0) != static_cast<ssize_t>(N)) throw types::SqlError("XX000", "could not generate random values");
}

Uuid marked(Uuid uuid, int version) {
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0f) | version << 4);
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);
  return uuid;
}

// ---- by time

// 100 ns since the Gregorian calendar began; no value comes twice.
std::uint64_t next_time() {
  constexpr std::uint64_t kGregorianToUnix = 0x01b21dd213814000;
  static std::atomic<std::uint64_t> last{0};
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  std::uint64_t time = kGregorianToUnix + static_cast<std::uint64_t>(now.tv_sec) * 10'000'000 +
                       static_cast<std::uint64_t>(now.tv_nsec) / 100;
  std::uint64_t seen = last.load(std::memory_order_relaxed);
  do {
    if (time <= seen) time = seen + 1;
  } while (!last.compare_exchange_weak(seen, time, std::memory_order_relaxed));
  return time;
}

// Of this process, since a clone of a machine must not go on where the original is: clock sequence and a node with
// the multicast bit, which no network card has.
struct Node {
  std::uint8_t bytes[8];
  Node() {
    fill_random(bytes);
    bytes[2] |= 1;
  }
};

Uuid by_time(const Node& node) {
  const std::uint64_t time = next_time();
  Uuid uuid;
  const std::uint64_t fields = time << 32 | (time >> 32 & 0xffff) << 16 | time >> 48;
  for (int i = 0; i < 8; ++i) uuid.bytes[i] = static_cast<std::uint8_t>(fields >> (56 - 8 * i));
  std::memcpy(uuid.bytes + 8, node.bytes, 8);
  return marked(uuid, 1);
}

Uuid generate_v1() {
  static const Node node;
  return by_time(node);
}
Uuid generate_v1mc() { return by_time(Node()); }

// ---- by chance and by name

Uuid generate_v4() {
  Uuid uuid;
  fill_random(uuid.bytes);
  return marked(uuid, 4);
}

Uuid by_name(const EVP_MD* algorithm, int version, const Uuid& space, string_view name) {
  std::uint8_t digest[EVP_MAX_MD_SIZE];
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (context == nullptr || EVP_DigestInit_ex(context.get(), algorithm, nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), space.bytes, sizeof space.bytes) != 1 ||
      EVP_DigestUpdate(context.get(), name.data(), name.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), digest, nullptr) != 1)
    throw types::SqlError("XX000", "could not compute a digest");
  Uuid uuid;
  std::memcpy(uuid.bytes, digest, sizeof uuid.bytes);
  return marked(uuid, version);
}
Uuid generate_v3(Uuid space, string_view name) { return by_name(EVP_md5(), 3, space, name); }
Uuid generate_v5(Uuid space, string_view name) { return by_name(EVP_sha1(), 5, space, name); }

// ---- constants

// The name spaces of RFC 4122, appendix C, differ in one byte.
constexpr Uuid name_space(std::uint8_t which) {
  return {{0x6b, 0xa7, 0xb8, which, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}};
}
Uuid nil() { return {}; }
Uuid ns_dns() { return name_space(0x10); }
Uuid ns_url() { return name_space(0x11); }
Uuid ns_oid() { return name_space(0x12); }
Uuid ns_x500() { return name_space(0x14); }

constexpr functions::ScalarFunction kUuidOsspFunctions[] = {
    {"uuid_nil", strict<&nil>},
    {"uuid_ns_dns", strict<&ns_dns>},
    {"uuid_ns_url", strict<&ns_url>},
    {"uuid_ns_oid", strict<&ns_oid>},
    {"uuid_ns_x500", strict<&ns_x500>},
    {"uuid_generate_v1", strict<&generate_v1>},
    {"uuid_generate_v1mc", strict<&generate_v1mc>},
    {"uuid_generate_v3", strict<&generate_v3>},
    {"uuid_generate_v4", strict<&generate_v4>},
    {"uuid_generate_v5", strict<&generate_v5>},
};

constexpr Routine kUuidOsspRoutines[] = {
    {"uuid_nil", "", "uuid", "uuid_nil", "iss"},
    {"uuid_ns_dns", "", "uuid", "uuid_ns_dns", "iss"},
    {"uuid_ns_url", "", "uuid", "uuid_ns_url", "iss"},
    {"uuid_ns_oid", "", "uuid", "uuid_ns_oid", "iss"},
    {"uuid_ns_x500", "", "uuid", "uuid_ns_x500", "iss"},
    {"uuid_generate_v1", "", "uuid", "uuid_generate_v1", "vss"},
    {"uuid_generate_v1mc", "", "uuid", "uuid_generate_v1mc", "vss"},
    {"uuid_generate_v3", "namespace uuid, name text", "uuid", "uuid_generate_v3", "iss"},
    {"uuid_generate_v4", "", "uuid", "uuid_generate_v4", "vss"},
    {"uuid_generate_v5", "namespace uuid, name text", "uuid", "uuid_generate_v5", "iss"},
};

}  // namespace

const Extension& uuid_ossp() {
  static const Extension extension{.name = "uuid-ossp",
                                   .version = "1.1",
                                   .comment = "generate universally unique identifiers (UUIDs)",
                                   .trusted = true,
                                   .routines = kUuidOsspRoutines,
                                   .functions = kUuidOsspFunctions};
  return extension;
}

}  // namespace extensions
