#include "protocol/frontend_message.h"

#include <cstring>

#include <fmt/format.h>

#include "types/sql_error.h"

namespace protocol {
namespace {

using types::SqlError;

// Reads one body front to back; every read is checked.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> body) : rest_(body) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(take(1)[0]); }

  std::int16_t i16() {
    auto b = take(2);
    return static_cast<std::int16_t>(std::to_integer<unsigned>(b[0]) << 8 |
                                     std::to_integer<unsigned>(b[1]));
  }

  std::uint32_t u32() {
    auto b = take(4);
    return std::to_integer<std::uint32_t>(b[0]) << 24 | std::to_integer<std::uint32_t>(b[1]) << 16 |
           std::to_integer<std::uint32_t>(b[2]) << 8 | std::to_integer<std::uint32_t>(b[3]);
  }

  std::string_view string() {
    const void* end = rest_.empty() ? nullptr : std::memchr(rest_.data(), 0, rest_.size());
    if (end == nullptr) throw SqlError("08P01", "invalid string in message");
    auto length = static_cast<std::size_t>(static_cast<const std::byte*>(end) - rest_.data());
    std::string_view text(reinterpret_cast<const char*>(rest_.data()), length);
    rest_ = rest_.subspan(length + 1);
    return text;
  }

  std::span<const std::byte> take(std::size_t count) {
    if (count > rest_.size()) throw SqlError("08P01", "insufficient data left in message");
    auto bytes = rest_.first(count);
    rest_ = rest_.subspan(count);
    return bytes;
  }

  std::span<const std::byte> rest() const { return rest_; }

  void finish() const {
    if (!rest_.empty()) throw SqlError("08P01", "invalid message format");
  }

 private:
  std::span<const std::byte> rest_;
};

// The variant's alternative, made anew only when another type came before.
template <typename T>
T& as(FrontendMessage& message) {
  if (auto* existing = std::get_if<T>(&message)) return *existing;
  return message.emplace<T>();
}

std::size_t count16(Reader& in) { return static_cast<std::uint16_t>(in.i16()); }

Target target(Reader& in, const char* what) {
  auto kind = static_cast<char>(in.u8());
  if (kind != 'S' && kind != 'P')
    throw SqlError("08P01", fmt::format("invalid {} message subtype {}", what, int{kind}));
  return static_cast<Target>(kind);
}

void decode_parse(Reader& in, ParseMessage& m) {
  m.statement = in.string();
  m.text = in.string();
  m.parameter_types.clear();
  for (std::size_t n = count16(in); n > 0; --n) m.parameter_types.push_back(in.u32());
}

void decode_values(Reader& in, std::vector<std::optional<std::span<const std::byte>>>& values, const char* bad_length) {
  values.clear();
  for (std::size_t n = count16(in); n > 0; --n) {
    auto length = static_cast<std::int32_t>(in.u32());
    if (length < -1) throw SqlError("08P01", bad_length);
    if (length < 0)
      values.push_back(std::nullopt);
    else
      values.push_back(in.take(static_cast<std::size_t>(length)));
  }
}

void decode_bind(Reader& in, BindMessage& m) {
  m.portal = in.string();
  m.statement = in.string();
  m.parameter_formats.clear();
  for (std::size_t n = count16(in); n > 0; --n) m.parameter_formats.push_back(in.i16());
  decode_values(in, m.parameters, "invalid parameter length in Bind message");
  m.result_formats.clear();
  for (std::size_t n = count16(in); n > 0; --n) m.result_formats.push_back(in.i16());
}

void decode_function_call(Reader& in, FunctionCallMessage& m) {
  m.function = in.u32();
  m.argument_formats.clear();
  for (std::size_t n = count16(in); n > 0; --n) m.argument_formats.push_back(in.i16());
  decode_values(in, m.arguments, "invalid argument size in function call message");
  m.result_format = in.i16();
}

}  // namespace

std::size_t body_size(std::span<const std::byte, kMessageHeaderSize> header) {
  auto type = static_cast<char>(header[0]);
  std::size_t limit;
  switch (type) {
    case 'Q': case 'P': case 'B': case 'F': case 'd':
      limit = kLargeMessageLimit;
      break;
    case 'p':
      limit = 65'535;
      break;
    case 'D': case 'C': case 'E': case 'S': case 'H': case 'X': case 'c': case 'f':
      limit = kSmallMessageLimit;
      break;
    default:
      throw SqlError("08P01", fmt::format("invalid frontend message type {}",
                                          static_cast<unsigned char>(type)));
  }
  std::size_t length = 0;
  for (int i = 1; i < 5; ++i) length = length << 8 | std::to_integer<std::size_t>(header[i]);
  if (length < 4 || length - 4 > limit) throw SqlError("08P01", "invalid message length");
  return length - 4;
}

void decode(char type, std::span<const std::byte> body, FrontendMessage& message) {
  Reader in(body);
  switch (type) {
    case 'Q':
      as<QueryMessage>(message).text = in.string();
      break;
    case 'P':
      decode_parse(in, as<ParseMessage>(message));
      break;
    case 'B':
      decode_bind(in, as<BindMessage>(message));
      break;
    case 'D': {
      auto& m = as<DescribeMessage>(message);
      m.target = target(in, "DESCRIBE");
      m.name = in.string();
      break;
    }
    case 'C': {
      auto& m = as<CloseMessage>(message);
      m.target = target(in, "CLOSE");
      m.name = in.string();
      break;
    }
    case 'E': {
      auto& m = as<ExecuteMessage>(message);
      m.portal = in.string();
      m.row_limit = static_cast<std::int32_t>(in.u32());
      break;
    }
    case 'F':
      decode_function_call(in, as<FunctionCallMessage>(message));
      break;
    case 'S':
      as<SyncMessage>(message);
      break;
    case 'H':
      as<FlushMessage>(message);
      break;
    case 'X':
      as<TerminateMessage>(message);
      break;
    case 'd':
      as<CopyDataMessage>(message).data = in.rest();
      return;
    case 'c':
      as<CopyDoneMessage>(message);
      break;
    case 'f':
      as<CopyFailMessage>(message).reason = in.string();
      break;
    case 'p':
      as<PasswordMessage>(message).body = in.rest();
      return;
    default:
      throw SqlError("08P01", fmt::format("invalid frontend message type {}",
                                          static_cast<unsigned char>(type)));
  }
  in.finish();
}

}  // namespace protocol
