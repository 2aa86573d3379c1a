// The first packet of a connection, which has no type byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace protocol {

struct StartupMessage {
  int minor_version = 0;
  std::vector<std::pair<std::string, std::string>> parameters;  // user, database, options, ...

  // Empty when absent.
  std::string parameter(std::string_view name) const;
};
struct SslRequest {};
struct GssEncryptionRequest {};
struct CancelRequest {
  std::int32_t process_id;
  std::int32_t secret_key;
};

using FirstPacket = std::variant<StartupMessage, SslRequest, GssEncryptionRequest, CancelRequest>;

inline constexpr std::size_t kStartupHeaderSize = 4;  // the length
// Length of what follows the length word. Throws SqlError 08P01 ("invalid length of startup
// packet").
std::size_t startup_body_size(std::span<const std::byte, kStartupHeaderSize> header);

// Throws SqlError 08P01, or 0A000 for a protocol version that is not 3.x.
FirstPacket decode_startup(std::span<const std::byte> body);

// `options` as libpq sends it: "-c name=value --name=value", backslash escapes a space.
std::vector<std::pair<std::string, std::string>> parse_options(std::string_view options);

}  // namespace protocol
