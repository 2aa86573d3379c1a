#include "host_port.h"

#include <CLI/Error.hpp>
#include <fmt/format.h>

namespace cli {

HostPort parse_host_port(const std::string& option, const std::string& text) {
  std::size_t colon = text.rfind(':');
  std::string host = colon == text.npos ? "" : text.substr(0, colon);
  std::string port = colon == text.npos ? text : text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) host = "127.0.0.1";
  std::size_t used = 0;
  unsigned long number = 0;
  try {
    number = std::stoul(port, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (port.empty() || used != port.size() || number > 65535)
    throw CLI::ValidationError(option, fmt::format("\"{}\" is not HOST:PORT", text));
  return {host, static_cast<std::uint16_t>(number)};
}

std::vector<HostPort> parse_host_ports(const std::string& option, const std::string& text) {
  std::vector<HostPort> addresses;
  std::size_t begin = 0;
  for (;;) {
    std::size_t comma = text.find(',', begin);
    addresses.push_back(parse_host_port(option, text.substr(begin, comma - begin)));
    if (comma == text.npos) return addresses;
    begin = comma + 1;
  }
}

std::string show(const HostPort& address) {
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", address.host, address.port)
                 : fmt::format("{}:{}", address.host, address.port);
}

}  // namespace cli
