#include "etcd_messages.h"

#include <charconv>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/evp.h>

#include "pagestore/wire_errc.h"

namespace pagestore {
namespace {

namespace json = boost::json;

// Longer than any message of etcd's about one small key.
constexpr std::size_t kErrorShownMax = 200;

std::string to_base64(const void* bytes, std::size_t size) {
  std::string text((size + 2) / 3 * 4 + 1, '\0');  // it is ended by a zero
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     static_cast<const unsigned char*>(bytes), static_cast<int>(size));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::optional<std::vector<std::byte>> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::vector<std::byte> bytes(text.size() / 4 * 3);
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  std::size_t padding = 0;  // decoded as zeros
  while (padding < 2 && text.size() > padding && text[text.size() - 1 - padding] == '=') ++padding;
  bytes.resize(bytes.size() - padding);
  return bytes;
}

const json::object* find_object(const json::value& value) { return value.if_object(); }

std::optional<json::object> parse_object(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error || find_object(value) == nullptr) return std::nullopt;
  return std::move(value.as_object());
}

std::optional<std::int64_t> read_number(const json::object& object, const char* name) {
  const json::value* const value = object.if_contains(name);
  if (value == nullptr) return 0;
  if (const auto* number = value->if_int64()) return *number;
  const json::string* const text = value->if_string();
  if (text == nullptr) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = text->data() + text->size();
  const auto [rest, failed] = std::from_chars(text->data(), end, number);
  if (failed != std::errc{} || rest != end) return std::nullopt;
  return number;
}

std::string show_key(std::string_view key) { return to_base64(key.data(), key.size()); }

}  // namespace

std::string make_range_request(std::string_view key) {
  return json::serialize(json::object{{"key", show_key(key)}});
}

wal::Result<EtcdValue> parse_range_answer(std::string_view text) {
  const auto answer = parse_object(text);
  if (!answer) return WireErrc::malformed;
  const json::value* const found = answer->if_contains("kvs");
  if (found == nullptr) {
    // Nothing there. (Whatever else answers here has no header.)
    if (!answer->contains("header")) return WireErrc::malformed;
    return EtcdValue{};
  }
  const json::array* const list = found->if_array();
  const json::object* const pair =
      list == nullptr || list->size() != 1 ? nullptr : find_object(list->front());
  if (pair == nullptr) return WireErrc::malformed;
  EtcdValue value;
  const auto revision = read_number(*pair, "mod_revision");
  if (!revision || *revision <= 0) return WireErrc::malformed;
  value.mod_revision = *revision;
  if (const json::value* bytes = pair->if_contains("value")) {
    const json::string* const coded = bytes->if_string();
    auto decoded = coded == nullptr ? std::nullopt
                                    : from_base64(std::string_view(coded->data(), coded->size()));
    if (!decoded) return WireErrc::malformed;
    value.bytes = *std::move(decoded);
  }
  return value;
}

std::string make_swap_request(std::string_view key, std::int64_t mod_revision,
                              const std::vector<std::byte>& value) {
  const std::string name = show_key(key);
  return json::serialize(json::object{
      {"compare", json::array{json::object{{"key", name},
                                           {"target", "MOD"},
                                           {"result", "EQUAL"},
                                           {"mod_revision", std::to_string(mod_revision)}}}},
      {"success", json::array{json::object{
                      {"request_put", json::object{{"key", name},
                                                   {"value", to_base64(value.data(), value.size())}}}}}}});
}

wal::Result<bool> parse_swap_answer(std::string_view text) {
  const auto answer = parse_object(text);
  if (!answer || !answer->contains("header")) return WireErrc::malformed;
  const json::value* const succeeded = answer->if_contains("succeeded");
  if (succeeded == nullptr) return false;
  const bool* const value = succeeded->if_bool();
  if (value == nullptr) return WireErrc::malformed;
  return *value;
}

std::string parse_error(std::string_view text) {
  if (const auto answer = parse_object(text)) {
    for (const char* name : {"error", "message"}) {
      const json::value* const words = answer->if_contains(name);
      if (words != nullptr && words->is_string()) return std::string(words->as_string());
    }
  }
  return std::string(text.substr(0, kErrorShownMax));
}

}  // namespace pagestore
