// Rows of catalogue tables: reading them by index, building and changing them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/relation.h"
#include "table/scan.h"
#include "table/table.h"
#include "types/arena.h"
#include "types/array.h"
#include "types/datum.h"
#include "types/vector.h"

namespace catalog {

// One row of a RowReader's batch. Views into it live until the reader's next().
class Row {
 public:
  Row(std::span<const types::Vector> columns, std::uint32_t row) : columns_(columns), row_(row) {}

  bool is_null(int column) const { return at(column).is_null(row_); }
  Oid oid(int column) const { return at(column).get<std::uint32_t>(row_); }
  std::int32_t int4(int column) const { return at(column).get<std::int32_t>(row_); }
  std::int16_t int2(int column) const { return at(column).get<std::int16_t>(row_); }
  std::int64_t int8(int column) const { return at(column).get<std::int64_t>(row_); }
  float float4(int column) const { return at(column).get<float>(row_); }
  bool flag(int column) const { return at(column).get<bool>(row_); }
  char letter(int column) const { return static_cast<char>(at(column).get<std::int8_t>(row_)); }
  // Empty when null.
  std::string_view text(int column) const {
    return is_null(column) ? std::string_view() : at(column).get<std::string_view>(row_);
  }
  std::string string(int column) const { return std::string(text(column)); }
  // Elements of an oidvector, int2vector, oid[], int2[], float4[]: empty when null.
  std::vector<Oid> oids(int column) const;
  std::vector<std::int16_t> int2s(int column) const;
  std::vector<float> float4s(int column) const;
  std::vector<std::string> strings(int column) const;  // text[], name[]
  types::Datum datum(int column) const { return at(column).datum(row_); }
  // Names the row for Writer and Table.
  std::string_view key() const { return columns_.back().get<std::string_view>(row_); }

 private:
  const types::Vector& at(int column) const { return columns_[static_cast<std::size_t>(column)]; }

  std::span<const types::Vector> columns_;
  std::uint32_t row_;
};

// The values that lead an index, for RowReader: {oid, "name"}.
class Key {
 public:
  Key(std::initializer_list<types::Datum> values) : values_(values) {}
  std::span<const types::Datum> values() const { return values_; }

 private:
  std::vector<types::Datum> values_;
};
inline types::Datum key_oid(Oid value) { return types::Datum::of(value); }
inline types::Datum key_int2(std::int16_t value) { return types::Datum::of(value); }
inline types::Datum key_text(std::string_view value) { return types::Datum::of(value); }

// Reads the rows of a catalogue whose index begins with a key.
//
//   RowReader rows(view, *pg_attribute, pg_attribute_relid_attnum_index, {key_oid(relation)});
//   while (rows.next()) use(rows.row());
class RowReader {
 public:
  // By pg_class.oid of the index; 0 or the clustered one: the table's own order.
  RowReader(const table::View& view, const RelationDescriptor& table, Oid index, Key key);
  // The same, keeping the view itself.
  RowReader(table::View&& view, const RelationDescriptor& table, Oid index, Key key);
  // OIDs from `from` on, of a table clustered by oid.
  static RowReader from_oid(const table::View& view, const RelationDescriptor& table, Oid from);

  bool next();
  Row row() const { return {columns_, at_}; }

 private:
  RowReader(const table::View& view, const RelationDescriptor& table, table::KeyRange range,
            int index);

  std::unique_ptr<table::View> own_view_;
  std::unique_ptr<types::Arena> arena_;
  std::vector<types::Vector> columns_;
  std::unique_ptr<table::Scan> scan_;
  std::uint32_t at_ = 0, count_ = 0, batch_;
};

// A new row, or changes to one. Values are copied.
class RowBuilder {
 public:
  // Every column null.
  explicit RowBuilder(const RelationDescriptor& table);

  const RelationDescriptor& table() const { return table_; }

  // An integer, flag or letter, stored as the column's type has it.
  RowBuilder& set(int column, std::int64_t value);
  RowBuilder& set(int column, int value) { return set(column, std::int64_t{value}); }
  RowBuilder& set(int column, Oid value) { return set(column, std::int64_t{value}); }
  RowBuilder& set(int column, bool value) { return set(column, std::int64_t{value}); }
  RowBuilder& set(int column, char value) { return set(column, std::int64_t{value}); }
  RowBuilder& set(int column, std::int16_t value) { return set(column, std::int64_t{value}); }
  RowBuilder& set(int column, float value);
  RowBuilder& set(int column, double value) { return set(column, static_cast<float>(value)); }
  // A name or text as it is.
  RowBuilder& set(int column, std::string_view text);
  RowBuilder& set(int column, const char* text) { return set(column, std::string_view(text)); }
  RowBuilder& set(int column, const std::string& text) { return set(column, std::string_view(text)); }
  // Arrays and vectors of the column's element type.
  RowBuilder& set(int column, std::span<const Oid> values);
  RowBuilder& set(int column, std::span<const std::int16_t> values);
  RowBuilder& set(int column, std::span<const std::string> values);
  RowBuilder& set_letters(int column, std::string_view letters);  // "char"[]
  RowBuilder& set_floats(int column, std::span<const float> values);
  RowBuilder& set_datum(int column, const types::Datum& value);
  // Through the type's input function; null when the type is not built yet.
  RowBuilder& parse(int column, std::string_view text);
  RowBuilder& set_null(int column);

  std::span<const types::Datum> values() const { return values_; }
  std::span<const bool> changed() const { return {changed_.get(), values_.size()}; }

 private:
  types::Datum& slot(int column);

  const RelationDescriptor& table_;
  types::Arena arena_;
  std::vector<types::Datum> values_;
  std::unique_ptr<bool[]> changed_;
};

// How values of a catalogue column's type lie in memory, built or not.
types::PhysicalType physical_type_of(Oid type);

}  // namespace catalog
