#include "catalog/rows.h"

#include "catalog/builtin.h"
#include "types/sql_error.h"
#include "types/type_io.h"
#include "wal/check.h"

namespace catalog {

types::PhysicalType physical_type_of(Oid type) {
  // A dropped column's: always null, so any will do.
  if (type == types::kInvalidOid) return types::PhysicalType::int32;
  if (const types::TypeSupport* support = types::find_type(type)) return support->physical;
  const TypeInfo* info = Builtins::get().type(type);
  // A type that a user made, where only PostgreSQL's own are known.
  if (info == nullptr)
    throw types::SqlError::not_supported("a value of the user-defined type " + std::to_string(type) + " here");
  if (info->kind == 'd') return physical_type_of(info->base_type);
  switch (info->length) {
    case 1: return types::PhysicalType::int8;
    case 2: return types::PhysicalType::int16;
    case 4: return types::PhysicalType::int32;
    case 8: return types::PhysicalType::int64;
    default: return types::PhysicalType::varlen;
  }
}

namespace {

template <typename T, typename Element>
std::vector<T> elements(const Row& row, int column) {
  std::vector<T> values;
  if (row.is_null(column)) return values;
  types::ArrayView array(row.text(column));
  values.reserve(array.size());
  for (types::ArrayView::Cursor c(array); c.next();)
    values.push_back(c.value().is_null ? T{} : T(c.value().as<Element>()));
  return values;
}

int index_number(const RelationDescriptor& table, Oid index) {
  if (index == 0) return table::kClusteredIndex;
  const IndexDescriptor* found = table.index(index);
  CHECK(found != nullptr);
  return found->storage_index;
}

table::KeyRange range_of(const RelationDescriptor& table, Oid index, const Key& key) {
  if (key.values().empty()) return table::KeyRange::all();
  const table::TableSchema& schema = table.storage->schema();
  return table::make_range(schema, schema.index(index_number(table, index)), key.values());
}

// Most lookups find a handful of rows.
constexpr std::uint32_t kSmallBatch = 16;

}  // namespace

std::vector<Oid> Row::oids(int column) const { return elements<Oid, Oid>(*this, column); }
std::vector<std::int16_t> Row::int2s(int column) const {
  return elements<std::int16_t, std::int16_t>(*this, column);
}
std::vector<float> Row::float4s(int column) const { return elements<float, float>(*this, column); }
std::vector<std::string> Row::strings(int column) const {
  return elements<std::string, std::string_view>(*this, column);
}

RowReader::RowReader(const table::View& view, const RelationDescriptor& table,
                     table::KeyRange range, int index)
    : arena_(std::make_unique<types::Arena>()), batch_(kSmallBatch) {
  table::ScanRequest request;
  request.index = index;
  request.range = std::move(range);
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    request.columns.push_back(static_cast<std::int32_t>(i));
    columns_.push_back(types::Vector::allocate(
        *arena_, table.storage->schema().columns[i].physical, batch_));
  }
  request.columns.push_back(table::kRowKey);
  columns_.push_back(types::Vector::allocate(*arena_, types::PhysicalType::varlen, batch_));
  scan_ = std::make_unique<table::Scan>(*table.storage, view, std::move(request));
}

RowReader::RowReader(const table::View& view, const RelationDescriptor& table, Oid index, Key key)
    : RowReader(view, table, range_of(table, index, key), index_number(table, index)) {}

RowReader::RowReader(table::View&& view, const RelationDescriptor& table, Oid index, Key key)
    : arena_(nullptr), batch_(0) {
  auto kept = std::make_unique<table::View>(std::move(view));
  *this = RowReader(*kept, table, index, std::move(key));
  own_view_ = std::move(kept);
}

RowReader RowReader::from_oid(const table::View& view, const RelationDescriptor& table, Oid from) {
  const table::TableSchema& schema = table.storage->schema();
  table::Bound lower{key_oid(from), true};
  return RowReader(view, table, table::make_range(schema, schema.clustered, {}, &lower),
                   table::kClusteredIndex);
}

bool RowReader::next() {
  if (++at_ < count_) return true;
  for (types::Vector& column : columns_) column.clear();
  count_ = scan_->next(columns_, batch_, *arena_);
  at_ = 0;
  return count_ > 0;
}

RowBuilder::RowBuilder(const RelationDescriptor& table)
    : table_(table), values_(table.columns.size()),
      changed_(std::make_unique<bool[]>(table.columns.size())) {}

types::Datum& RowBuilder::slot(int column) {
  changed_[static_cast<std::size_t>(column)] = true;
  return values_[static_cast<std::size_t>(column)];
}

RowBuilder& RowBuilder::set(int column, std::int64_t value) {
  types::Datum& datum = slot(column);
  switch (table_.storage->schema().columns[static_cast<std::size_t>(column)].physical) {
    case types::PhysicalType::boolean: datum = types::Datum::of(value != 0); break;
    case types::PhysicalType::int8: datum = types::Datum::of(static_cast<std::int8_t>(value)); break;
    case types::PhysicalType::int16: datum = types::Datum::of(static_cast<std::int16_t>(value)); break;
    case types::PhysicalType::int32: datum = types::Datum::of(static_cast<std::int32_t>(value)); break;
    case types::PhysicalType::int64: datum = types::Datum::of(value); break;
    case types::PhysicalType::float32: datum = types::Datum::of(static_cast<float>(value)); break;
    default: CHECK(false && "not an integer column");
  }
  return *this;
}
RowBuilder& RowBuilder::set(int column, float value) {
  slot(column) = types::Datum::of(value);
  return *this;
}
RowBuilder& RowBuilder::set(int column, std::string_view text) {
  slot(column) = types::Datum::of(arena_.copy(text));
  return *this;
}

RowBuilder& RowBuilder::set(int column, std::span<const Oid> values) {
  types::ArrayBuilder builder(types::oid::oid_, types::PhysicalType::int32);
  for (Oid value : values) builder.add(types::Datum::of(value));
  bool is_vector = table_.columns[static_cast<std::size_t>(column)].type.oid == types::oid::oidvector;
  slot(column) = builder.finish(arena_, is_vector ? 0 : 1);
  return *this;
}
RowBuilder& RowBuilder::set(int column, std::span<const std::int16_t> values) {
  types::ArrayBuilder builder(types::oid::int2, types::PhysicalType::int16);
  for (std::int16_t value : values) builder.add(types::Datum::of(value));
  bool is_vector = table_.columns[static_cast<std::size_t>(column)].type.oid == types::oid::int2vector;
  slot(column) = builder.finish(arena_, is_vector ? 0 : 1);
  return *this;
}
RowBuilder& RowBuilder::set(int column, std::span<const std::string> values) {
  types::ArrayBuilder builder(types::oid::text, types::PhysicalType::varlen);
  for (const std::string& value : values) builder.add(types::Datum::of(std::string_view(value)));
  slot(column) = builder.finish(arena_);
  return *this;
}
RowBuilder& RowBuilder::set_letters(int column, std::string_view letters) {
  types::ArrayBuilder builder(types::oid::char_, types::PhysicalType::int8);
  for (char letter : letters) builder.add(types::Datum::of(static_cast<std::int8_t>(letter)));
  slot(column) = builder.finish(arena_);
  return *this;
}
RowBuilder& RowBuilder::set_floats(int column, std::span<const float> values) {
  types::ArrayBuilder builder(types::oid::float4, types::PhysicalType::float32);
  for (float value : values) builder.add(types::Datum::of(value));
  slot(column) = builder.finish(arena_);
  return *this;
}

RowBuilder& RowBuilder::set_datum(int column, const types::Datum& value) {
  slot(column) = types::copy_datum(
      arena_, table_.storage->schema().columns[static_cast<std::size_t>(column)].physical, value);
  return *this;
}

RowBuilder& RowBuilder::parse(int column, std::string_view text) {
  Oid type = table_.columns[static_cast<std::size_t>(column)].type.oid;
  const TypeInfo* info = Builtins::get().type(type);
  while (info != nullptr && info->kind == 'd') info = Builtins::get().type(info->base_type);
  const types::TypeSupport* support = info ? types::find_type(info->oid) : nullptr;
  if (support == nullptr) return set_null(column);
  types::FormatSettings format;
  types::EvalContext context;
  context.arena = &arena_;
  context.format = &format;
  slot(column) = types::copy_datum(arena_, support->physical, support->input(context, text, -1));
  return *this;
}

RowBuilder& RowBuilder::set_null(int column) {
  slot(column) = types::Datum::null();
  return *this;
}

}  // namespace catalog
