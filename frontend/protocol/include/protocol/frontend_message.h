// What clients send, decoded from bytes.
//
// Source: PostgreSQL 15 manual, chapter 55.7 (message formats). Integers are big endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace protocol {

// Every view points into the message's bytes.
struct QueryMessage {
  std::string_view text;
};
struct ParseMessage {
  std::string_view statement;
  std::string_view text;
  std::vector<std::uint32_t> parameter_types;  // 0: infer
};
struct BindMessage {
  std::string_view portal;
  std::string_view statement;
  std::vector<std::int16_t> parameter_formats;  // none, one for all, or one each
  std::vector<std::optional<std::span<const std::byte>>> parameters;
  std::vector<std::int16_t> result_formats;
};
enum class Target : char { statement = 'S', portal = 'P' };
struct DescribeMessage {
  Target target;
  std::string_view name;
};
struct CloseMessage {
  Target target;
  std::string_view name;
};
struct ExecuteMessage {
  std::string_view portal;
  std::int32_t row_limit;  // 0 or less: all
};
struct FunctionCallMessage {
  std::uint32_t function;
  std::vector<std::int16_t> argument_formats;  // as Bind's
  std::vector<std::optional<std::span<const std::byte>>> arguments;
  std::int16_t result_format;
};
// The format of value `i` of a message: text when none is given, one for all, or its own.
inline std::int16_t format_of(std::span<const std::int16_t> formats, std::size_t i) {
  return formats.empty() ? std::int16_t{0} : formats[formats.size() == 1 ? 0 : i];
}
struct SyncMessage {};
struct FlushMessage {};
struct TerminateMessage {};
struct CopyDataMessage {
  std::span<const std::byte> data;
};
struct CopyDoneMessage {};
struct CopyFailMessage {
  std::string_view reason;
};
// Password, SASLInitialResponse and SASLResponse share a type byte; authentication knows which.
struct PasswordMessage {
  std::span<const std::byte> body;
};

using FrontendMessage =
    std::variant<QueryMessage, ParseMessage, BindMessage, DescribeMessage, CloseMessage,
                 ExecuteMessage, FunctionCallMessage, SyncMessage, FlushMessage, TerminateMessage,
                 CopyDataMessage, CopyDoneMessage, CopyFailMessage, PasswordMessage>;

inline constexpr std::size_t kMessageHeaderSize = 5;  // type byte and length
// As PostgreSQL: what one palloc can hold for messages that carry data, 10,000 for the others.
inline constexpr std::size_t kLargeMessageLimit = 0x3fff'fffe;
inline constexpr std::size_t kSmallMessageLimit = 10'000;

// Length of the body that follows this header. Throws SqlError 08P01 for an unknown type or a
// length that is impossible or above the type's limit: the connection cannot go on after that.
std::size_t body_size(std::span<const std::byte, kMessageHeaderSize> header);

// Decodes one body. Throws SqlError 08P01 when it does not fit its type; then `message` is of the right
// kind, and no more. It is reused so that its vectors keep their memory from call to call.
void decode(char type, std::span<const std::byte> body, FrontendMessage& message);

}  // namespace protocol
