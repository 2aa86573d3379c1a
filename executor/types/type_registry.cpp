#include <array>

#include <fmt/format.h>

#include "statistics_type.h"
#include "type_table.h"
#include "types/array.h"
#include "types/bit_string.h"
#include "types/sql_error.h"
#include "types/wire.h"

namespace types {
namespace {

// Built-in types have OIDs below 8192; a direct table makes find_type one load.
constexpr std::size_t kTableSize = 8192;
using Table = std::array<const TypeSupport*, kTableSize>;

Table build() {
  Table table{};
  for (auto types : {acl_types(), array_types(), bit_types(), bool_types(), bytea_types(), datetime_types(), float_types(), inet_types(), integer_types(),
                     json_types(), jsonpath_types(), money_types(), macaddr_types(), range_types(), geometry_types(), tsvector_types(), tsquery_types(), misc_types(), numeric_types(), reg_types(), statistics_types(), text_types(), xml_types()})
    for (const auto& type : types) table[type.oid] = &type;
  // An array type is there when its element type is, and compares and hashes as far as that does.
  for (auto& support : table) {
    const Oid element_type = support != nullptr ? element_type_of(support->oid) : kInvalidOid;
    if (element_type == kInvalidOid) continue;
    const TypeSupport* element = table[element_type];
    if (element == nullptr) {
      support = nullptr;
      continue;
    }
    if (element->compare != nullptr && element->hash != nullptr && element->encode_key != nullptr) continue;
    auto* less = new TypeSupport(*support);  // lives as long as the table
    if (element->compare == nullptr) less->compare = nullptr;
    if (element->hash == nullptr) less->hash = nullptr;
    if (element->encode_key == nullptr) less->encode_key = nullptr;
    support = less;
  }
  return table;
}

}  // namespace

const TypeSupport* find_type(Oid oid) {
  static const Table table = build();
  return oid < kTableSize ? table[oid] : nullptr;
}

const TypeSupport& type_support(Oid oid) {
  const TypeSupport* support = find_type(oid);
  if (support == nullptr) throw SqlError::not_supported(fmt::format("type with OID {}", oid));
  return *support;
}

void throw_invalid_syntax(std::string_view type, std::string_view text) {
  throw SqlError("22P02", fmt::format("invalid input syntax for type {}: \"{}\"", type, text));
}

}  // namespace types
