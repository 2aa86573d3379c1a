// Names of the fields of a record of no declared type, which travel behind its value: a row of a
// subquery keeps its columns' names for JSON. Fields alone decide how records compare.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "types/arena.h"
#include "types/datum.h"

namespace types {

// As they are kept: per name u32 size, bytes. Empty when all are those that ROW() gives (f1, f2, ..).
std::string encode_record_names(std::span<const std::string> names);

// The record with names behind its fields, copied into the arena.
Datum with_record_names(Arena& arena, const Datum& record, std::string_view encoded);

// One name per field; borrows `record`'s bytes. f1, f2, .. come from the arena.
std::vector<std::string_view> record_names(Arena& arena, std::string_view record);

}  // namespace types
