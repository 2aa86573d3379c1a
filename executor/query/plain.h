// What a walk over the fields of a node copies, compares or writes as it stands.
#pragma once

#include <type_traits>

namespace query {

template <typename T>
concept Plain = std::is_arithmetic_v<T> || std::is_enum_v<T>;

}  // namespace query
