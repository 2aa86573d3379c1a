#include "authentication.h"

#include <array>
#include <cstring>

#include <fmt/format.h>

#include "protocol/scram.h"
#include "types/sql_error.h"

namespace server {
namespace {

constexpr std::string_view kMechanism = "SCRAM-SHA-256";

// SASLInitialResponse: mechanism, then a length-prefixed first message.
std::string_view initial_response(std::string_view body) {
  std::size_t end = body.find('\0');
  if (end == body.npos || body.size() < end + 5)
    throw types::SqlError("08P01", "malformed SASL initial response");
  if (body.substr(0, end) != kMechanism)
    throw types::SqlError("08P01", "client selected an invalid SASL authentication mechanism");
  std::string_view rest = body.substr(end + 5);
  std::uint32_t length = 0;
  for (int i = 0; i < 4; ++i)
    length = length << 8 | static_cast<unsigned char>(body[end + 1 + static_cast<std::size_t>(i)]);
  if (length != rest.size()) throw types::SqlError("08P01", "malformed SASL initial response");
  return rest;
}

}  // namespace

void authenticate(Authentication method, const std::string& user, const std::string& verifier,
                  protocol::BackendMessages& messages, const std::function<void()>& send,
                  const std::function<std::string()>& receive) {
  if (method == Authentication::scram_sha_256) {
    protocol::ScramExchange exchange(verifier, user);
    const std::array mechanisms{kMechanism};
    messages.authentication_sasl(mechanisms);
    send();
    std::string body = receive();
    messages.authentication_sasl_continue(exchange.first(initial_response(body)));
    send();
    auto server_final = exchange.final(receive());
    if (!server_final)
      throw types::SqlError("28P01",
                            fmt::format("password authentication failed for user \"{}\"", user));
    messages.authentication_sasl_final(*server_final);
  }
  messages.authentication_ok();
}

}  // namespace server
