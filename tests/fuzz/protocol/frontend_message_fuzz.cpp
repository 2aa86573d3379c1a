// Any byte sequence is a message or a SqlError, never anything else.
#include <cstddef>
#include <cstdint>

#include "protocol/frontend_message.h"
#include "protocol/startup.h"
#include "types/sql_error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  auto body = std::as_bytes(std::span(data + 1, size - 1));
  static protocol::FrontendMessage message;  // reused, as a connection does
  try {
    protocol::decode(static_cast<char>(data[0]), body, message);
  } catch (const types::SqlError&) {
  }
  try {
    protocol::decode_startup(body);
  } catch (const types::SqlError&) {
  }
  try {
    protocol::parse_options(
        std::string_view(reinterpret_cast<const char*>(body.data()), body.size()));
  } catch (const types::SqlError&) {
  }
  return 0;
}
