#include "types/record_names.h"

#include <cstring>

#include <fmt/format.h>

#include "types/record.h"

namespace types {

std::string encode_record_names(std::span<const std::string> names) {
  std::string encoded;
  bool told = false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string given = fmt::format("f{}", i + 1);
    const std::string& name = names[i].empty() ? given : names[i];
    told = told || name != given;
    const auto size = static_cast<std::uint32_t>(name.size());
    encoded.append(reinterpret_cast<const char*>(&size), sizeof size);
    encoded += name;
  }
  return told ? encoded : std::string();
}

Datum with_record_names(Arena& arena, const Datum& record, std::string_view encoded) {
  const auto bytes = record.as<std::string_view>();
  auto* start = static_cast<char*>(arena.allocate(bytes.size() + encoded.size(), 1));
  std::memcpy(start, bytes.data(), bytes.size());
  std::memcpy(start + bytes.size(), encoded.data(), encoded.size());
  return Datum::of(std::string_view(start, bytes.size() + encoded.size()));
}

std::vector<std::string_view> record_names(Arena& arena, std::string_view record) {
  const RecordView view(record);
  std::size_t end = 8 + 6 * std::size_t{view.size()};
  for (RecordView::Cursor field(view); field.next();)
    if (!field.value().is_null)
      end += view.physical(field.index()) == PhysicalType::varlen ? 4 + field.value().varlen.size
                                                                  : width_of(view.physical(field.index()));
  std::string_view rest = record.substr(end);
  std::vector<std::string_view> names;
  for (std::uint32_t i = 0; i < view.size(); ++i) {
    std::uint32_t size = 0;
    if (rest.size() >= sizeof size) std::memcpy(&size, rest.data(), sizeof size);
    if (rest.size() < sizeof size || size > rest.size() - sizeof size) {
      names.push_back(arena.copy(fmt::format("f{}", i + 1)));
      continue;
    }
    names.push_back(rest.substr(sizeof size, size));
    rest.remove_prefix(sizeof size + size);
  }
  return names;
}

}  // namespace types
