#include "protocol/startup.h"

#include <cctype>
#include <cstring>

#include <fmt/format.h>

#include "types/sql_error.h"

namespace protocol {
namespace {

using types::SqlError;

constexpr std::uint32_t kSslCode = 80877103, kGssCode = 80877104, kCancelCode = 80877102;

std::uint32_t read32(std::span<const std::byte> bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + i]);
  return value;
}

}  // namespace

std::string StartupMessage::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters)
    if (key == name) return value;
  return {};
}

std::size_t startup_body_size(std::span<const std::byte, kStartupHeaderSize> header) {
  std::size_t length = read32(header, 0);
  if (length < 8 || length > 10'000) throw SqlError("08P01", "invalid length of startup packet");
  return length - 4;
}

FirstPacket decode_startup(std::span<const std::byte> body) {
  if (body.size() < 4) throw SqlError("08P01", "invalid length of startup packet");
  std::uint32_t code = read32(body, 0);
  if (code == kSslCode) return SslRequest{};
  if (code == kGssCode) return GssEncryptionRequest{};
  if (code == kCancelCode) {
    if (body.size() != 12) throw SqlError("08P01", "invalid length of startup packet");
    return CancelRequest{static_cast<std::int32_t>(read32(body, 4)),
                         static_cast<std::int32_t>(read32(body, 8))};
  }
  if (code >> 16 != 3)
    throw SqlError("0A000",
                   fmt::format("unsupported frontend protocol {}.{}: server supports 3.0 to 3.0",
                               code >> 16, code & 0xffff));
  StartupMessage message;
  message.minor_version = static_cast<int>(code & 0xffff);
  std::string_view rest(reinterpret_cast<const char*>(body.data()) + 4, body.size() - 4);
  const SqlError bad("08P01", "invalid startup packet layout: expected terminator as last byte");
  if (rest.empty() || rest.back() != '\0') throw bad;
  while (true) {
    std::size_t end = rest.find('\0');
    if (end == std::string_view::npos) throw bad;
    std::string_view name = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (name.empty()) break;
    end = rest.find('\0');
    if (end == std::string_view::npos) throw bad;
    message.parameters.emplace_back(name, rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  if (!rest.empty()) throw bad;
  return message;
}

std::vector<std::pair<std::string, std::string>> parse_options(std::string_view options) {
  std::vector<std::string> words;
  std::size_t i = 0;
  while (i < options.size()) {
    while (i < options.size() && std::isspace(static_cast<unsigned char>(options[i]))) ++i;
    if (i >= options.size()) break;
    std::string word;
    for (; i < options.size() && !std::isspace(static_cast<unsigned char>(options[i])); ++i) {
      if (options[i] == '\\' && i + 1 < options.size()) ++i;
      word += options[i];
    }
    words.push_back(std::move(word));
  }

  std::vector<std::pair<std::string, std::string>> settings;
  for (std::size_t w = 0; w < words.size(); ++w) {
    std::string_view setting;
    if (words[w] == "-c" && w + 1 < words.size())
      setting = words[++w];
    else if (words[w].starts_with("-c") && words[w].size() > 2)
      setting = std::string_view(words[w]).substr(2);
    else if (words[w].starts_with("--"))
      setting = std::string_view(words[w]).substr(2);
    else
      throw SqlError("42601", fmt::format("invalid command-line argument for server process: {}",
                                          words[w]));
    std::size_t equals = setting.find('=');
    if (equals == std::string_view::npos)
      throw SqlError("42601", fmt::format("-c {} requires a value", setting));
    std::string name(setting.substr(0, equals));
    for (char& c : name)
      if (c == '-') c = '_';
    settings.emplace_back(std::move(name), setting.substr(equals + 1));
  }
  return settings;
}

}  // namespace protocol
