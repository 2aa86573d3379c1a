#include "networks.h"

#include <memory>
#include <string>

#include "types/inet.h"

namespace inverted {

Search network_search(std::string_view beginning, int strategy, const types::Datum& query) {
  const types::Inet asked = types::inet_of(query.as<std::string_view>());
  const bool around = strategy == kNetworkAround || strategy == kNetworkAroundEqual || strategy == kNetworkOverlaps;
  const bool inside = strategy == kNetworkInside || strategy == kNetworkInsideEqual || strategy == kNetworkOverlaps;
  if (!around && !inside) return {};
  auto ranges = std::make_shared<ListedRanges>();
  std::string lower, upper;
  const auto add = [&](const types::Inet& first, const types::Inet& last) {
    lower.assign(beginning).append(types::inet_key(first));
    upper.assign(beginning).append(types::inet_key(last));
    ranges->add(lower, above_prefix(upper));
  };
  if (around) {
    // Those of the asked one's own length are inside, too.
    const int most = asked.bits - (inside ? 1 : 0);
    for (int bits = 0; bits <= most; ++bits) {
      types::Inet network = asked;
      network.bits = static_cast<std::uint8_t>(bits);
      add(types::with_host_bits(network, false), types::with_host_bits(network, true));
    }
  }
  if (inside) {
    types::Inet last = types::with_host_bits(asked, true);
    last.bits = static_cast<std::uint8_t>(asked.max_bits());
    add(types::with_host_bits(asked, false), last);
  }
  Search search{.kind = Search::Kind::ranges};
  search.ranges = std::move(ranges);
  return search;
}

}  // namespace inverted
