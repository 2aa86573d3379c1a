#include "inverted/extract.h"

#include <fmt/format.h>

#include <cstring>

#include "extensions/hstore.h"
#include "extensions/trigrams.h"
#include "hstore_keys.h"
#include "jsonb_keys.h"
#include "key_bytes.h"
#include "paths.h"
#include "trigram_search.h"
#include "value_keys.h"
#include "types/array.h"
#include "types/json.h"
#include "types/key_encoding.h"
#include "types/sql_error.h"

namespace inverted {

using types::Datum;
using types::JsonKind;
using types::JsonNode;

namespace {

void extract_array(const types::TypeSupport* element, std::uint8_t column, const Datum& value, KeySet& keys) {
  if (element == nullptr || element->encode_key == nullptr)
    throw types::SqlError::not_supported(
        fmt::format("an index over type {}", element != nullptr ? element->name : "with that OID"));
  const types::ArrayView array(value);
  if (array.size() == 0) {
    KeyWriter(keys.begin(), column, Form::empty);
    keys.end();
    return;
  }
  bool has_null = false;
  for (types::ArrayView::Cursor c(array); c.next();) {
    if (c.value().is_null) {
      has_null = true;
      continue;
    }
    KeyWriter writer(keys.begin(), column);
    element->encode_key(c.value(), writer.out());
    writer.finish();
    keys.end();
  }
  if (!has_null) return;
  KeyWriter(keys.begin(), column, Form::null);
  keys.end();
}

void extract_jsonb(const JsonNode& node, bool in_array, std::uint8_t column, types::Arena& scratch, KeySet& keys) {
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    if (node.kind == JsonKind::object) {
      append_json_key(keys.begin(), column, node.keys[i]);
      keys.end();
    }
    extract_jsonb(node.children[i], node.kind == JsonKind::array, column, scratch, keys);
  }
  if (node.kind == JsonKind::object || node.kind == JsonKind::array) return;
  std::string& out = keys.begin();
  if (node.kind == JsonKind::string && in_array)
    append_json_key(out, column, node.string);
  else
    append_json_scalar(out, column, node.kind, node.kind == JsonKind::string ? node.string : node.raw,
                       node.kind == JsonKind::boolean && node.boolean(), scratch);
  keys.end();
}

void extract_jsonb_path(const JsonNode& node, std::uint64_t path, std::uint8_t column, types::Arena& scratch,
                        KeySet& keys) {
  for (std::size_t i = 0; i < node.children.size(); ++i)
    extract_jsonb_path(node.children[i],
                       node.kind == JsonKind::object ? json_path_step(path, node.keys[i]) : path, column, scratch,
                       keys);
  if (node.kind == JsonKind::object || node.kind == JsonKind::array) return;
  append_json_path_key(keys.begin(), column, path, node.kind,
                       node.kind == JsonKind::string ? node.string : node.raw,
                       node.kind == JsonKind::boolean && node.boolean(), scratch);
  keys.end();
}

// Reads the value's bytes as they lie (types/text_search.h): positions are not asked for.
void extract_tsvector(std::uint8_t column, std::string_view bytes, KeySet& keys) {
  std::uint32_t count = 0;
  if (bytes.size() < sizeof count) return;
  std::memcpy(&count, bytes.data(), sizeof count);
  std::size_t at = sizeof count;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint16_t header[2];
    if (bytes.size() - at < sizeof header) return;
    std::memcpy(header, bytes.data() + at, sizeof header);
    at += sizeof header;
    if (bytes.size() - at < header[0] + header[1] * sizeof(std::uint16_t)) return;
    KeyWriter writer(keys.begin(), column);
    types::append_key_bytes(writer.out(), bytes.substr(at, header[0]));
    writer.finish();
    keys.end();
    at += header[0] + header[1] * sizeof(std::uint16_t);
  }
}

void extract_trigrams(std::uint8_t column, std::string_view text, KeySet& keys) {
  for (const extensions::Trigram& trigram : extensions::trigram_set(text)) {
    append_trigram_key(keys.begin(), column, trigram);
    keys.end();
  }
}

void extract_hstore(std::uint8_t column, std::string_view bytes, KeySet& keys) {
  const extensions::HstoreView hstore(bytes);
  for (std::uint32_t i = 0; i < hstore.size(); ++i) {
    append_hstore_key(keys.begin(), column, hstore.key(i));
    keys.end();
    append_hstore_pair(keys.begin(), column, hstore.key(i), hstore.value(i));
    keys.end();
  }
}

}  // namespace

void extract(Source source, const types::TypeSupport* element, std::uint8_t column, const Datum& value,
             types::Arena& scratch, KeySet& keys) {
  if (value.is_null) return;
  switch (source) {
    case Source::none: return;
    case Source::array:
    case Source::integers: return extract_array(element, column, value, keys);
    case Source::path_list: return extract_paths(column, value, keys);
    case Source::value: return append_value_key(element, column, value, keys);
    case Source::tsvector: return extract_tsvector(column, value.as<std::string_view>(), keys);
    case Source::trigrams: return extract_trigrams(column, value.as<std::string_view>(), keys);
    case Source::hstore: return extract_hstore(column, value.as<std::string_view>(), keys);
    case Source::jsonb:
    case Source::jsonb_path: break;
    default: return;  // placement.h
  }
  const JsonNode& root = types::parse_json(scratch, value.as<std::string_view>());
  // A scalar on its own counts as an array of one.
  if (source == Source::jsonb)
    extract_jsonb(root, true, column, scratch, keys);
  else
    extract_jsonb_path(root, 0, column, scratch, keys);
}

}  // namespace inverted
