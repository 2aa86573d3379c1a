// Where each file of types hands its table to the registry.
#pragma once

#include <span>

#include "types/hash.h"
#include "types/key_encoding.h"
#include "types/type_io.h"

namespace types {

std::span<const TypeSupport> acl_types();
std::span<const TypeSupport> array_types();
std::span<const TypeSupport> bool_types();
std::span<const TypeSupport> bytea_types();
std::span<const TypeSupport> datetime_types();
std::span<const TypeSupport> float_types();
std::span<const TypeSupport> inet_types();
std::span<const TypeSupport> integer_types();
std::span<const TypeSupport> json_types();
std::span<const TypeSupport> jsonpath_types();
std::span<const TypeSupport> money_types();
std::span<const TypeSupport> macaddr_types();
std::span<const TypeSupport> range_types();
std::span<const TypeSupport> geometry_types();
std::span<const TypeSupport> tsvector_types();
std::span<const TypeSupport> tsquery_types();
std::span<const TypeSupport> misc_types();
std::span<const TypeSupport> numeric_types();
std::span<const TypeSupport> reg_types();
std::span<const TypeSupport> text_types();
std::span<const TypeSupport> xml_types();

}  // namespace types
