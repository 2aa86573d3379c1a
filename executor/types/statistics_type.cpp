#include "statistics_type.h"

#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "types/extended_statistics.h"
#include "types/sql_error.h"

namespace types {
namespace {

template <typename T>
void put(std::string& out, T value) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  out.append(raw, sizeof(T));
}

// Reads fields in order. What is read was written here: a catalogue's row.
class StatisticsReader {
 public:
  explicit StatisticsReader(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T take() {
    T value;
    std::memcpy(&value, take_bytes(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string_view take_bytes(std::size_t size) {
    if (bytes_.size() < size) throw SqlError("XX001", "statistics are cut short");
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

 private:
  std::string_view bytes_;
};

template <typename Item>
std::string encode_items(const std::vector<Item>& list, double Item::*number) {
  std::string out;
  put(out, static_cast<std::uint32_t>(list.size()));
  for (const Item& item : list) {
    put(out, static_cast<std::uint32_t>(item.columns.size()));
    for (const std::int16_t column : item.columns) put(out, column);
    put(out, item.*number);
  }
  return out;
}

template <typename Item>
std::vector<Item> decode_items(std::string_view bytes, double Item::*number) {
  StatisticsReader reader(bytes);
  std::vector<Item> list(reader.take<std::uint32_t>());
  for (Item& item : list) {
    item.columns.resize(reader.take<std::uint32_t>());
    for (std::int16_t& column : item.columns) column = reader.take<std::int16_t>();
    item.*number = reader.take<double>();
  }
  return list;
}

[[noreturn]] void refuse_input(Oid type) {
  throw SqlError("0A000", fmt::format("cannot accept a value of type {}", type_support(type).name));
}

void distinct_out(EvalContext&, const Datum& value, std::string& out) {
  out += '{';
  bool first = true;
  for (const CombinedDistinct& item : decode_distinct(value.as<std::string_view>())) {
    out += std::exchange(first, false) ? "\"" : ", \"";
    for (std::size_t i = 0; i < item.columns.size(); ++i) out += fmt::format("{}{}", i == 0 ? "" : ", ", item.columns[i]);
    out += fmt::format("\": {}", static_cast<std::int64_t>(item.count));
  }
  out += '}';
}

void dependencies_out(EvalContext&, const Datum& value, std::string& out) {
  out += '{';
  bool first = true;
  for (const ColumnDependency& item : decode_dependencies(value.as<std::string_view>())) {
    out += std::exchange(first, false) ? "\"" : ", \"";
    for (std::size_t i = 0; i < item.columns.size(); ++i)
      out += fmt::format("{}{}", i == 0 ? "" : i + 1 == item.columns.size() ? " => " : ", ", item.columns[i]);
    out += fmt::format("\": {:.6f}", item.degree);
  }
  out += '}';
}

// As a bytea.
void common_rows_out(EvalContext&, const Datum& value, std::string& out) {
  out += "\\x";
  for (const char c : value.as<std::string_view>()) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
}

void raw_send(EvalContext&, const Datum& value, std::string& out) { out += value.as<std::string_view>(); }

constexpr Oid kNdistinct = 3361, kDependencies = 3402, kMcvList = 5017;

// Values that ANALYZE alone makes.
using Output = void (*)(EvalContext&, const Datum&, std::string&);
template <Oid kType>
constexpr TypeSupport output_only(const char* name, Output output) {
  return {.oid = kType,
          .name = name,
          .physical = PhysicalType::varlen,
          .input = [](EvalContext&, std::string_view, std::int32_t) -> Datum { refuse_input(kType); },
          .output = output,
          .receive = [](EvalContext&, std::span<const std::byte>, std::int32_t) -> Datum { refuse_input(kType); },
          .send = raw_send,
          .compare = nullptr,
          .hash = nullptr,
          .encode_key = nullptr};
}

constexpr TypeSupport kStatisticsTypes[] = {output_only<kNdistinct>("pg_ndistinct", distinct_out),
                                  output_only<kDependencies>("pg_dependencies", dependencies_out),
                                  output_only<kMcvList>("pg_mcv_list", common_rows_out)};

}  // namespace

std::string encode_distinct(const std::vector<CombinedDistinct>& list) { return encode_items(list, &CombinedDistinct::count); }
std::vector<CombinedDistinct> decode_distinct(std::string_view bytes) {
  return decode_items<CombinedDistinct>(bytes, &CombinedDistinct::count);
}
std::string encode_dependencies(const std::vector<ColumnDependency>& list) {
  return encode_items(list, &ColumnDependency::degree);
}
std::vector<ColumnDependency> decode_dependencies(std::string_view bytes) {
  return decode_items<ColumnDependency>(bytes, &ColumnDependency::degree);
}

std::string encode_common_rows(const CommonRows& common) {
  std::string out;
  put(out, static_cast<std::uint32_t>(common.types.size()));
  put(out, static_cast<std::uint32_t>(common.rows.size()));
  for (std::size_t i = 0; i < common.types.size(); ++i) {
    put(out, common.types[i]);
    put(out, static_cast<std::uint8_t>(common.physical[i]));
  }
  for (const CommonRows::Row& row : common.rows) {
    put(out, row.frequency);
    put(out, row.base_frequency);
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      const Datum& value = row.values[i];
      put(out, static_cast<std::uint8_t>(value.is_null));
      if (value.is_null) continue;
      if (common.physical[i] == PhysicalType::varlen) {
        const auto text = value.as<std::string_view>();
        put(out, static_cast<std::uint32_t>(text.size()));
        out += text;
      } else {
        out.append(reinterpret_cast<const char*>(&value.fixed16), width_of(common.physical[i]));
      }
    }
  }
  return out;
}

CommonRows decode_common_rows(std::string_view bytes) {
  CommonRows common;
  auto kept = std::make_shared<const std::string>(bytes);
  StatisticsReader reader(*kept);
  const auto columns = reader.take<std::uint32_t>(), rows = reader.take<std::uint32_t>();
  for (std::uint32_t i = 0; i < columns; ++i) {
    common.types.push_back(reader.take<Oid>());
    common.physical.push_back(static_cast<PhysicalType>(reader.take<std::uint8_t>()));
  }
  common.rows.resize(rows);
  for (CommonRows::Row& row : common.rows) {
    row.frequency = reader.take<double>();
    row.base_frequency = reader.take<double>();
    for (std::uint32_t i = 0; i < columns; ++i) {
      Datum value = Datum::null();
      if (reader.take<std::uint8_t>() == 0) {
        if (common.physical[i] == PhysicalType::varlen) {
          const auto size = reader.take<std::uint32_t>();
          value = Datum::of(reader.take_bytes(size));
        } else {
          const std::size_t width = width_of(common.physical[i]);
          value.is_null = false;
          std::memcpy(&value.fixed16, reader.take_bytes(width).data(), width);
        }
      }
      row.values.push_back(value);
    }
  }
  common.bytes = std::move(kept);
  return common;
}

std::span<const TypeSupport> statistics_types() { return kStatisticsTypes; }

}  // namespace types
