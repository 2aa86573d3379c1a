// Source: "Signature Version 4 signing process", AWS documentation.
#include "sigv4.h"

#include <array>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "wal/check.h"

namespace archive {
namespace {

using Digest = std::array<unsigned char, 32>;

std::string hex(const Digest& digest) {
  std::string out;
  for (const unsigned char byte : digest) fmt::format_to(std::back_inserter(out), "{:02x}", byte);
  return out;
}

Digest sha256(std::string_view bytes) {
  Digest digest;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1);
  return digest;
}

Digest hmac(std::string_view key, std::string_view bytes) {
  Digest digest;
  unsigned size = 0;
  CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data(),
             &size) != nullptr);
  return digest;
}

std::string_view view(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

std::string encode_path(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          c == '-' || c == '_' || c == '.' || c == '~' || c == '/';
    if (is_plain) out += c;
    else fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Headers sign(const Credentials& credentials, std::string_view method, std::string_view host,
             std::string_view path, std::string_view payload, std::int64_t time) {
  const std::tm utc = fmt::gmtime(static_cast<std::time_t>(time));
  const std::string date = fmt::format("{:%Y%m%d}", utc);
  const std::string timestamp = fmt::format("{:%Y%m%dT%H%M%SZ}", utc);
  const std::string payload_hash = hex(sha256(payload));

  // Ascending by name.
  Headers signed_headers{{"host", std::string(host)},
                         {"x-amz-content-sha256", payload_hash},
                         {"x-amz-date", timestamp}};
  if (!credentials.session_token.empty())
    signed_headers.emplace_back("x-amz-security-token", credentials.session_token);
  std::string names, lines;
  for (const auto& [name, value] : signed_headers) {
    if (!names.empty()) names += ';';
    names += name;
    lines += name + ':' + value + '\n';
  }
  const std::string request =
      fmt::format("{}\n{}\n\n{}\n{}\n{}", method, path, lines, names, payload_hash);
  const std::string scope = fmt::format("{}/{}/s3/aws4_request", date, credentials.region);
  const std::string to_sign =
      fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", timestamp, scope, hex(sha256(request)));
  const Digest by_date = hmac("AWS4" + credentials.secret_key, date);
  const Digest by_region = hmac(view(by_date), credentials.region);
  const Digest by_service = hmac(view(by_region), "s3");
  const Digest key = hmac(view(by_service), "aws4_request");

  Headers headers(signed_headers.begin() + 1, signed_headers.end());
  headers.emplace_back("authorization",
                       fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                                   credentials.access_key, scope, names,
                                   hex(hmac(view(key), to_sign))));
  return headers;
}

}  // namespace archive
