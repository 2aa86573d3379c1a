// Values of any type by their hash classes, as PostgreSQL's hash partitions and hash functions see
// them; composed ones by what they are made of.
#include <bit>

#include <fmt/format.h>

#include "hash.h"
#include "types/array.h"
#include "types/datetime.h"
#include "types/json.h"
#include "types/numeric.h"
#include "types/range.h"
#include "types/record.h"
#include "types/sql_error.h"
#include "types/text.h"
#include "types/type_io.h"
#include "types/user_type.h"

namespace functions {
namespace {

using std::string_view;
using types::Datum;
using types::EvalContext;
using types::Oid;
using types::TypeSupport;
using Kind = types::UserType::Kind;

// Both halves turn by a bit of their own, so that the low one is what 32 bits would be.
std::uint64_t rotate_halves(std::uint64_t h) {
  const auto high = static_cast<std::uint32_t>(h >> 32), low = static_cast<std::uint32_t>(h);
  return std::uint64_t{std::rotl(high, 1)} << 32 | std::rotl(low, 1);
}

// By the base-10000 digits of the wire format, less zeros at either end.
std::uint64_t hash_numeric(EvalContext& ctx, const Datum& value, std::uint64_t seed) {
  const auto view = value.as<string_view>();
  if (types::numeric_is_nan(view) || types::numeric_is_infinite(view)) return seed;
  std::string wire;
  types::type_support(types::oid::numeric).send(ctx, value, wire);
  const auto short_at = [&](std::size_t at) {
    return static_cast<std::int16_t>(static_cast<std::uint8_t>(wire[at]) << 8 |
                                     static_cast<std::uint8_t>(wire[at + 1]));
  };
  std::vector<std::int16_t> digits;
  for (std::size_t at = 8; at + 1 < wire.size(); at += 2) digits.push_back(short_at(at));
  int weight = short_at(2);
  while (!digits.empty() && digits.back() == 0) digits.pop_back();
  std::size_t leading = 0;
  while (leading < digits.size() && digits[leading] == 0) ++leading;
  if (leading == digits.size()) return seed - 1;
  weight -= static_cast<int>(leading);
  const string_view bytes(reinterpret_cast<const char*>(digits.data() + leading), 2 * (digits.size() - leading));
  return hash_bytes(bytes, seed) ^ static_cast<std::uint64_t>(std::int64_t{weight});
}

// The first byte is the highest of the number.
std::uint64_t hash_hardware_address(std::uint64_t address, int size, std::uint64_t seed) {
  char bytes[8];
  for (int i = 0; i < size; ++i) bytes[i] = static_cast<char>(address >> (8 * (size - 1 - i)));
  return hash_bytes({bytes, static_cast<std::size_t>(size)}, seed);
}

class JsonHash {
 public:
  JsonHash(EvalContext& ctx, std::uint64_t seed) : ctx_(ctx), seed_(seed) {}

  std::uint64_t of(const types::JsonNode& root) {
    const bool composed = root.kind == types::JsonKind::array || root.kind == types::JsonKind::object;
    if (composed && root.children.empty()) return seed_;
    // A scalar stands in an array of its own.
    if (!composed) hash_ ^= kArray;
    add(root);
    return hash_;
  }

 private:
  static constexpr std::uint64_t kArray = 0x40000000'40000000u, kObject = 0x20000000'20000000u;

  void add(const types::JsonNode& node) {
    switch (node.kind) {
      case types::JsonKind::array:
        hash_ ^= kArray;
        for (const types::JsonNode& child : node.children) add(child);
        return;
      case types::JsonKind::object:
        hash_ ^= kObject;
        for (std::size_t i = 0; i < node.children.size(); ++i) {
          mix(hash_bytes(node.keys[i], seed_));
          add(node.children[i]);
        }
        return;
      case types::JsonKind::null: return mix(seed_ + 1);
      case types::JsonKind::string: return mix(hash_bytes(node.string, seed_));
      case types::JsonKind::number:
        return mix(hash_numeric(ctx_, Datum::of(types::parse_numeric(*ctx_.arena, node.raw)), seed_));
      case types::JsonKind::boolean:
        return mix(seed_ != 0 ? hash_word(node.boolean(), seed_) : node.boolean() ? 2 : 4);
    }
  }
  void mix(std::uint64_t h) { hash_ = rotate_halves(hash_) ^ h; }

  EvalContext& ctx_;
  const std::uint64_t seed_;
  std::uint64_t hash_ = 0;
};

std::uint64_t hash_range(EvalContext& ctx, const types::UserType& type, const types::Range& r, std::uint64_t seed) {
  const std::uint32_t flags = (r.empty ? 1 : 0) | (r.lower_inclusive ? 2 : 0) | (r.upper_inclusive ? 4 : 0) |
                              (r.lower_infinite ? 8 : 0) | (r.upper_infinite ? 16 : 0);
  const auto bound = [&](const Datum& value, bool infinite) -> std::uint64_t {
    return r.empty || infinite ? 0 : hash_value(ctx, type.element().oid, value, seed);
  };
  const std::uint64_t lower = bound(r.lower, r.lower_infinite), upper = bound(r.upper, r.upper_infinite);
  return rotate_halves(hash_word(flags, seed) ^ lower) ^ upper;
}

std::uint64_t hash_array(EvalContext& ctx, const Datum& value, std::uint64_t seed) {
  const types::ArrayView array(value);
  std::uint64_t h = 1;
  for (types::ArrayView::Cursor element(array); element.next();) {
    h = h * 31 + (element.value().is_null ? 0 : hash_value(ctx, array.element_type(), element.value(), seed));
  }
  return h;
}

[[noreturn]] void has_no_class(EvalContext& ctx, Oid type) {
  throw types::SqlError("42883", fmt::format("could not identify a hash function for type {}",
                                             ctx.names != nullptr ? ctx.names->format_type(type, -1)
                                                                  : fmt::format("{}", type)));
}

std::uint64_t hash_composed(EvalContext& ctx, const TypeSupport& support, const Datum& value, std::uint64_t seed) {
  const types::UserType& type = *support.user;
  switch (type.definition().kind) {
    case Kind::enumeration: return hash_word(value.as<std::uint32_t>(), seed);
    case Kind::array: return hash_array(ctx, value, seed);
    case Kind::composite:
    case Kind::record: {
      const types::RecordView record(value);
      std::uint64_t h = 0;
      for (types::RecordView::Cursor field(record); field.next();) {
        const Oid of = record.field_type(field.index());
        if (of != 0) h = h * 31 + (field.value().is_null ? 0 : hash_value(ctx, of, field.value(), seed));
      }
      return h;
    }
    case Kind::range: return hash_range(ctx, type, types::read_range(value.as<string_view>()), seed);
    case Kind::multirange: {
      std::uint64_t h = 1;
      for (const types::Range& range : types::read_multirange(value.as<string_view>())) {
        h = h * 31 + hash_range(ctx, *type.element().user, range, seed);
      }
      return h;
    }
    case Kind::domain: return hash_value(ctx, type.element().oid, value, seed);
    case Kind::base: throw types::SqlError::not_supported(fmt::format("hash values of type {}", type.name()));
  }
  has_no_class(ctx, support.oid);
}

}  // namespace

std::uint64_t hash_value(EvalContext& ctx, Oid type, const Datum& value, std::uint64_t seed) {
  namespace oid = types::oid;
  switch (type) {
    case oid::bool_: return hash_word(value.as<bool>(), seed);
    case oid::char_: return hash_word(static_cast<std::uint32_t>(std::int32_t{value.as<std::int8_t>()}), seed);
    case oid::int2: return hash_word(static_cast<std::uint32_t>(std::int32_t{value.as<std::int16_t>()}), seed);
    case oid::int4:
    case oid::date: return hash_word(static_cast<std::uint32_t>(value.as<std::int32_t>()), seed);
    case oid::oid_:
    case oid::xid:
    case oid::cid:
    case oid::regproc:
    case oid::regprocedure:
    case oid::regoper:
    case oid::regoperator:
    case oid::regclass:
    case oid::regtype:
    case oid::regnamespace:
    case oid::regrole:
    case oid::regcollation: return hash_word(value.as<std::uint32_t>(), seed);
    case oid::int8:
    case oid::time:
    case oid::timestamp:
    case oid::timestamptz:
    case oid::xid8:
    case oid::pg_lsn: return hash_int64(value.as<std::int64_t>(), seed);
    case oid::float4: return hash_double(value.as<float>(), seed);
    case oid::float8: return hash_double(value.as<double>(), seed);
    case oid::numeric: return hash_numeric(ctx, value, seed);
    case oid::text:
    case oid::varchar:
    case oid::name:
    case oid::bytea:
    case oid::inet:
    case oid::cidr: return hash_bytes(value.as<string_view>(), seed);
    case oid::bpchar: return hash_bytes(types::trim_padding(value.as<string_view>()), seed);
    case oid::uuid: {
      const auto uuid = value.as<types::Uuid>();
      return hash_bytes({reinterpret_cast<const char*>(uuid.bytes), 16}, seed);
    }
    // Six bytes: the block's two halves, then the offset.
    case oid::tid: {
      const auto place = static_cast<std::uint64_t>(value.as<std::int64_t>());
      const std::uint16_t parts[] = {static_cast<std::uint16_t>(place >> 32), static_cast<std::uint16_t>(place >> 16),
                                     static_cast<std::uint16_t>(place)};
      return hash_bytes({reinterpret_cast<const char*>(parts), sizeof parts}, seed);
    }
    case oid::timetz: {
      const auto time = value.as<types::TimeTz>();
      return hash_int64(time.microseconds, seed) ^
             hash_word(static_cast<std::uint32_t>(time.zone_west_seconds), seed);
    }
    // The span's low half stands for the interval.
    case oid::interval:
      return hash_int64(static_cast<std::int64_t>(types::interval_span(value.as<types::Interval>())), seed);
    case oid::macaddr: return hash_hardware_address(static_cast<std::uint64_t>(value.as<std::int64_t>()), 6, seed);
    case oid::macaddr8: return hash_hardware_address(static_cast<std::uint64_t>(value.as<std::int64_t>()), 8, seed);
    case oid::jsonb: return JsonHash(ctx, seed).of(types::parse_json(*ctx.arena, value.as<string_view>()));
    default: break;
  }
  if (types::element_type_of(type) != 0) return hash_array(ctx, value, seed);
  const TypeSupport* support = types::find_type(type);
  if (support == nullptr && ctx.names != nullptr) support = ctx.names->find_support(type);
  if (support != nullptr && support->oid != type) return hash_value(ctx, support->oid, value, seed);  // a domain
  if (support == nullptr || support->user == nullptr) has_no_class(ctx, type);
  return hash_composed(ctx, *support, value, seed);
}

}  // namespace functions
