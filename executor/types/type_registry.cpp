#include <array>

#include <fmt/format.h>

#include "type_table.h"
#include "types/array.h"
#include "types/bit_string.h"
#include "types/sql_error.h"
#include "wire.h"

namespace types {
namespace {

// Built-in types have OIDs below 8192; a direct table makes find_type one load.
constexpr std::size_t kTableSize = 8192;
using Table = std::array<const TypeSupport*, kTableSize>;

Table build() {
  Table table{};
  for (auto types : {acl_types(), array_types(), bit_types(), bool_types(), bytea_types(), datetime_types(), float_types(), inet_types(), integer_types(),
                     json_types(), jsonpath_types(), money_types(), macaddr_types(), range_types(), geometry_types(), tsvector_types(), tsquery_types(), misc_types(), numeric_types(), reg_types(), text_types()})
    for (const auto& type : types) table[type.oid] = &type;
  // An array type is there when its element type is.
  for (auto& support : table)
    if (support != nullptr && element_type_of(support->oid) != kInvalidOid &&
        table[element_type_of(support->oid)] == nullptr)
      support = nullptr;
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
