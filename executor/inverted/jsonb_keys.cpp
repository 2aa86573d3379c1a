#include "jsonb_keys.h"

#include "key_bytes.h"
#include "types/key_encoding.h"
#include "types/numeric.h"

namespace inverted {

using types::JsonKind;

namespace {

constexpr char kKey = 'k', kNull = 'n', kBoolean = 'b', kNumber = 'd', kString = 's';

// Equal scalars give equal bytes: 1 and 1.00 are one number.
void append_scalar(std::string& out, JsonKind kind, std::string_view text, bool boolean, types::Arena& scratch) {
  switch (kind) {
    case JsonKind::null: out.push_back(kNull); break;
    case JsonKind::boolean:
      out.push_back(kBoolean);
      out.push_back(boolean ? 1 : 0);
      break;
    case JsonKind::number:
      out.push_back(kNumber);
      types::append_numeric_key(out, types::parse_numeric(scratch, text));
      break;
    default:
      out.push_back(kString);
      types::append_key_bytes(out, text);
  }
}

}  // namespace

void append_json_key(std::string& out, std::uint8_t column, std::string_view key) {
  KeyWriter writer(out, column);
  out.push_back(kKey);
  types::append_key_bytes(out, key);
  writer.finish();
}

void append_json_scalar(std::string& out, std::uint8_t column, JsonKind kind, std::string_view text, bool boolean,
                        types::Arena& scratch) {
  KeyWriter writer(out, column);
  append_scalar(out, kind, text, boolean, scratch);
  writer.finish();
}

std::uint64_t json_path_step(std::uint64_t path, std::string_view key) { return stored_hash(key, path + 1); }

void append_json_path_key(std::string& out, std::uint8_t column, std::uint64_t path, JsonKind kind,
                          std::string_view text, bool boolean, types::Arena& scratch) {
  KeyWriter writer(out, column);
  const std::size_t start = out.size();
  append_scalar(out, kind, text, boolean, scratch);
  const std::uint64_t hash = stored_hash(std::string_view(out).substr(start), path);
  out.resize(start);
  types::append_key_u64(out, hash);
  writer.finish();
}

}  // namespace inverted
