#include "type_table.h"
#include "types/json.h"
#include "types/numeric.h"
#include "types/utf8.h"
#include "types/wire.h"

namespace types {
namespace {

void text_out(EvalContext&, const Datum& d, std::string& out) { out.append(d.as<std::string_view>()); }

Datum json_in(EvalContext& ctx, std::string_view text, std::int32_t) {
  check_json(text);
  return Datum::of(ctx.arena->copy(text));
}
Datum jsonb_in(EvalContext& ctx, std::string_view text, std::int32_t) {
  return Datum::of(to_jsonb(*ctx.arena, text));
}

// Numbers that are equal may be written differently (1 and 1.0).
std::uint64_t hash_node(const JsonNode& node) {
  std::uint64_t hash = hash_u64(static_cast<std::uint64_t>(node.kind));
  switch (node.kind) {
    case JsonKind::number: {
      Arena scratch(256);
      return hash_combine(hash, hash_numeric(parse_numeric(scratch, node.raw)));
    }
    case JsonKind::string:
      return hash_combine(hash, hash_bytes(node.string));
    case JsonKind::null:
    case JsonKind::boolean:
      return hash_combine(hash, hash_bytes(node.raw));
    default:
      break;
  }
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    if (node.kind == JsonKind::object) hash = hash_combine(hash, hash_bytes(node.keys[i]));
    hash = hash_combine(hash, hash_node(node.children[i]));
  }
  return hash;
}

// The order's ranks, sizes first.
void encode_node(const JsonNode& node, std::string& out) {
  bool empty_array = node.kind == JsonKind::array && node.children.empty();
  append_key_u8(out, empty_array ? 0 : static_cast<std::uint8_t>(1 + static_cast<int>(node.kind)));
  switch (node.kind) {
    case JsonKind::null:
      break;
    case JsonKind::boolean:
      append_key_u8(out, node.boolean() ? 1 : 0);
      break;
    case JsonKind::number: {
      Arena scratch(256);
      append_numeric_key(out, parse_numeric(scratch, node.raw));
      break;
    }
    case JsonKind::string:
      append_key_text(out, node.string);
      break;
    case JsonKind::array:
    case JsonKind::object:
      if (empty_array) break;
      append_key_u32(out, static_cast<std::uint32_t>(node.children.size()));
      for (std::size_t i = 0; i < node.children.size(); ++i) {
        if (node.kind == JsonKind::object) append_key_text(out, node.keys[i]);
        encode_node(node.children[i], out);
      }
  }
}

constexpr TypeSupport kJsonTypes[] = {
    {.oid = oid::json,
     .name = "json",
     .physical = PhysicalType::varlen,
     .input = json_in,
     .output = text_out,
     .receive =
         [](EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t) {
           check_utf8(as_text(bytes));
           return json_in(ctx, as_text(bytes), -1);
         },
     .send = text_out,
     .compare = nullptr,
     .hash = nullptr,
     .encode_key = nullptr},
    {.oid = oid::jsonb,
     .name = "jsonb",
     .physical = PhysicalType::varlen,
     .input = jsonb_in,
     .output = text_out,
     .receive =
         [](EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t) {
           WireReader reader(bytes);
           int version = reader.read<std::uint8_t>();
           if (version != 1)
             throw SqlError("XX000", "unsupported jsonb version number " + std::to_string(version));
           auto text = as_text(reader.read_bytes(reader.left()));
           check_utf8(text);
           return jsonb_in(ctx, text, -1);
         },
     .send =
         [](EvalContext& ctx, const Datum& d, std::string& out) {
           out += '\1';
           text_out(ctx, d, out);
         },
     .compare =
         [](const Datum& a, const Datum& b) {
           return compare_jsonb_text(a.as<std::string_view>(), b.as<std::string_view>());
         },
     .hash =
         [](const Datum& d) {
           Arena scratch;
           return hash_node(parse_json(scratch, d.as<std::string_view>()));
         },
     .encode_key =
         [](const Datum& d, std::string& out) {
           Arena scratch;
           encode_node(parse_json(scratch, d.as<std::string_view>()), out);
         }},
};

}  // namespace

std::span<const TypeSupport> json_types() { return kJsonTypes; }

}  // namespace types
