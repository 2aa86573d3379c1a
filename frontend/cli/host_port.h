// HOST:PORT as options have it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cli {

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

// "HOST:PORT", "[IPV6]:PORT", ":PORT" or "PORT" (127.0.0.1). Throws CLI::ValidationError naming
// `option`.
HostPort parse_host_port(const std::string& option, const std::string& text);
// Separated by commas.
std::vector<HostPort> parse_host_ports(const std::string& option, const std::string& text);

std::string show(const HostPort& address);

}  // namespace cli
