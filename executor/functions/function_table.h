// Where each file of functions hands its table to the registry.
#pragma once

#include <span>

#include "functions/function.h"

namespace functions {

std::span<const ScalarFunction> acl_functions();
std::span<const ScalarFunction> sequence_functions();
std::span<const ScalarFunction> bool_functions();
std::span<const ScalarFunction> bytea_functions();
std::span<const ScalarFunction> cast_functions();
std::span<const ScalarFunction> float_functions();
std::span<const ScalarFunction> inet_functions();
std::span<const ScalarFunction> integer_functions();
std::span<const ScalarFunction> integer_comparison_functions();
std::span<const ScalarFunction> like_functions();
std::span<const ScalarFunction> regexp_functions();
std::span<const ScalarFunction> text_functions();
std::span<const ScalarFunction> session_functions();
std::span<const ScalarFunction> numeric_functions();
std::span<const ScalarFunction> number_to_char_functions();
std::span<const ScalarFunction> json_build_functions();
std::span<const ScalarFunction> json_functions();
std::span<const ScalarFunction> jsonpath_functions();
std::span<const ScalarFunction> datetime_from_char_functions();
std::span<const ScalarFunction> datetime_to_char_functions();
std::span<const ScalarFunction> misc_functions();
std::span<const ScalarFunction> hash_functions();
std::span<const ScalarFunction> in_range_functions();
std::span<const ScalarFunction> encode_functions();
std::span<const ScalarFunction> character_set_functions();
std::span<const ScalarFunction> concat_functions();
std::span<const ScalarFunction> quote_functions();
std::span<const ScalarFunction> array_functions();
std::span<const ScalarFunction> money_functions();
std::span<const ScalarFunction> macaddr_functions();
std::span<const ScalarFunction> range_functions();
std::span<const ScalarFunction> multirange_functions();
std::span<const ScalarFunction> enum_functions();
std::span<const ScalarFunction> record_functions();
std::span<const ScalarFunction> geometry_box_functions();
std::span<const ScalarFunction> geometry_line_functions();
std::span<const ScalarFunction> geometry_path_functions();
std::span<const ScalarFunction> text_search_functions();
std::span<const ScalarFunction> text_search_rank_functions();
std::span<const ScalarFunction> text_search_document_functions();
std::span<const ScalarFunction> text_search_query_functions();
std::span<const ScalarFunction> pg_lsn_functions();
std::span<const ScalarFunction> send_functions();
std::span<const ScalarFunction> math_functions();
std::span<const ScalarFunction> datetime_field_functions();
std::span<const ScalarFunction> datetime_arith_functions();
std::span<const ScalarFunction> datetime_compare_functions();
std::span<const ScalarFunction> text_comparison_functions();
std::span<const ScalarFunction> transition_functions();
std::span<const ScalarFunction> parse_ident_functions();
std::span<const ScalarFunction> unknown_statistics_functions();
std::span<const ScalarFunction> xml_functions();

}  // namespace functions
