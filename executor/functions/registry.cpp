#include <boost/unordered/unordered_flat_map.hpp>

#include "bit_string.h"
#include "row_place.h"
#include "snapshot_functions.h"
#include "table_sample.h"
#include "unicode.h"
#include "function_table.h"
#include "small_families.h"
#include "functions/registry.h"

namespace functions {
namespace {

constexpr decltype(&bool_functions) kTables[] = {
    bool_functions,      bytea_functions,   cast_functions,
    float_functions,     integer_functions, integer_comparison_functions,
    like_functions, regexp_functions, text_functions, session_functions,
    datetime_compare_functions, datetime_arith_functions, datetime_field_functions, math_functions,
    array_functions, quote_functions, concat_functions, encode_functions, character_set_functions, hash_functions, misc_functions,
    in_range_functions,
    datetime_to_char_functions, datetime_from_char_functions,
    json_functions, json_build_functions, jsonpath_functions,
    number_to_char_functions,
    numeric_functions, text_comparison_functions,
    send_functions,
    pg_lsn_functions,
    text_search_functions,
    text_search_rank_functions,
    text_search_document_functions,
    text_search_query_functions,
    geometry_line_functions,
    geometry_path_functions,
    geometry_box_functions,
    record_functions,
    enum_functions,
    multirange_functions,
    range_functions,
    acl_functions,
    sequence_functions,
    object_identity_functions,
    absent_facility_functions,
    setting_flag_functions,
    ascii_functions,
    inet_functions,
    macaddr_functions,
    money_functions,
    bit_string_functions,
    unicode_functions,
    row_place_functions,
    snapshot_functions,
    table_sample_functions,
    transition_functions,
    parse_ident_functions,
    unknown_statistics_functions,
    xml_functions,
};

using Map = boost::unordered_flat_map<std::string_view, ScalarKernel>;

const Map& map() {
  static const Map built = [] {
    Map m;
    m.reserve(4096);
    for (auto table : kTables)
      for (const auto& function : table()) m.emplace(function.internal_name, function.kernel);
    return m;
  }();
  return built;
}

}  // namespace

ScalarKernel find_scalar(std::string_view internal_name) {
  auto found = map().find(internal_name);
  return found == map().end() ? nullptr : found->second;
}

std::vector<std::string_view> scalar_names() {
  std::vector<std::string_view> names;
  for (auto table : kTables)
    for (const auto& function : table()) names.push_back(function.internal_name);
  return names;
}

}  // namespace functions
