// The functions of schema sextant that ctid and WHERE CURRENT OF become: functions/row_place.cpp.
#pragma once

#include "types/oid.h"

namespace query {

inline constexpr types::Oid kRowPlaceFunction = 9042;    // row_place(key): ctid
inline constexpr types::Oid kRowIdAtFunction = 9043;     // row_id_at(place)
inline constexpr types::Oid kIntegerAtFunction = 9044;   // integer_at(place, bytes)
inline constexpr types::Oid kCursorRowFunction = 9045;   // cursor_row(cursor, relation)
inline constexpr types::Oid kRowIdsAtFunction = 9046;    // row_ids_at(places)
inline constexpr types::Oid kIntegersAtFunction = 9047;  // integers_at(places, bytes)

}  // namespace query
