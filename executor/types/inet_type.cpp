// inet and cidr as types: one value, two ways to read and write it.
#include <cstring>

#include <fmt/format.h>

#include "type_table.h"
#include "types/inet.h"
#include "types/sql_error.h"
#include "types/wire.h"

namespace types {
namespace {

template <InetType Type>
Datum input(EvalContext& ctx, std::string_view text, std::int32_t) {
  return Datum::of(inet_value(*ctx.arena, parse_inet(text, Type)));
}
template <InetType Type>
void output(EvalContext&, const Datum& d, std::string& out) {
  out += format_inet(inet_of(d.as<std::string_view>()), Type);
}

// family, bits, is_cidr, bytes of address, address.
template <InetType Type>
Datum receive(EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t) {
  const char* const name = Type == InetType::cidr ? "cidr" : "inet";
  auto wrong = [&](const char* what) {
    throw SqlError("22P03", fmt::format("invalid {} in external \"{}\" value", what, name));
  };
  WireReader reader(bytes);
  Inet inet;
  inet.family = reader.read<std::uint8_t>();
  if (inet.family != Inet::kV4 && inet.family != Inet::kV6) wrong("address family");
  inet.bits = reader.read<std::uint8_t>();
  if (inet.bits > inet.max_bits()) wrong("bits");
  (void)reader.read<std::uint8_t>();
  if (reader.read<std::int8_t>() != inet.size()) wrong("length");
  std::memcpy(inet.address, reader.read_bytes(static_cast<std::size_t>(inet.size())).data(),
              static_cast<std::size_t>(inet.size()));
  reader.finish();
  if (Type == InetType::cidr && !is_network(inet))
    throw SqlError("22P03", "invalid external \"cidr\" value").with_detail("Value has bits set to right of mask.");
  return Datum::of(inet_value(*ctx.arena, inet));
}
template <InetType Type>
void send(EvalContext&, const Datum& d, std::string& out) {
  const auto value = d.as<std::string_view>();
  out.append(value.substr(0, 2));
  append_wire(out, static_cast<std::uint8_t>(Type == InetType::cidr));
  append_wire(out, static_cast<std::uint8_t>(value.size() - 2));
  out.append(value.substr(2));
}

int compare(const Datum& a, const Datum& b) {
  return compare_inet(inet_of(a.as<std::string_view>()), inet_of(b.as<std::string_view>()));
}
std::uint64_t hash(const Datum& d) { return hash_bytes(d.as<std::string_view>()); }
// Two of one family have the same length, so no key is a prefix of another.
void encode(const Datum& d, std::string& out) { out += inet_key(inet_of(d.as<std::string_view>())); }

template <InetType Type>
constexpr TypeSupport network(Oid oid, std::string_view name) {
  return {.oid = oid,
          .name = name,
          .physical = PhysicalType::varlen,
          .input = input<Type>,
          .output = output<Type>,
          .receive = receive<Type>,
          .send = send<Type>,
          .compare = compare,
          .hash = hash,
          .encode_key = encode};
}

constexpr TypeSupport kInetTypes[] = {network<InetType::inet>(oid::inet, "inet"),
                                  network<InetType::cidr>(oid::cidr, "cidr")};

}  // namespace

std::span<const TypeSupport> inet_types() { return kInetTypes; }

}  // namespace types
