// AWS Signature Version 4. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace archive {

struct Credentials {
  std::string access_key, secret_key;
  std::string session_token;  // empty: none
  std::string region;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

// The headers that make a request to service "s3" a signed one: x-amz-date, x-amz-content-sha256,
// x-amz-security-token, authorization. `path` is the encoded one; there is no query. `time`:
// seconds since the Unix epoch.
Headers sign(const Credentials& credentials, std::string_view method, std::string_view host,
             std::string_view path, std::string_view payload, std::int64_t time);

// Percent-encoded as the signature wants it; slashes stay.
std::string encode_path(std::string_view path);

}  // namespace archive
