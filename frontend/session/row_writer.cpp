#include "row_writer.h"

#include <charconv>

#include <fmt/format.h>

#include "parameter_value.h"
#include "types/sql_error.h"

namespace session {
namespace {

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

template <typename Integer>
void append_decimal(std::string& out, Integer value) {
  char buffer[24];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  out.append(buffer, end);
}

}  // namespace

RowWriter::RowWriter(std::span<const planner::ResultColumn> columns,
                     std::span<const std::int16_t> formats) {
  if (formats.size() > 1 && formats.size() != columns.size())
    throw types::SqlError("08P01", fmt::format("bind message has {} result formats but query has "
                                               "{} columns", formats.size(), columns.size()));
  columns_.reserve(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::int16_t format = formats.empty() ? std::int16_t{0} : formats[formats.size() == 1 ? 0 : i];
    if (format != 0 && format != 1)
      throw types::SqlError("22023", fmt::format("unsupported format code: {}", format));
    const types::TypeSupport* support = columns[i].support;
    if (support == nullptr) support = &types::type_support(columns[i].type.oid);
    columns_.push_back({&columns[i], support, format});
  }
}

void RowWriter::describe(protocol::BackendMessages& messages, catalog::CatalogView& catalog) const {
  std::vector<protocol::FieldDescription> fields;
  fields.reserve(columns_.size());
  for (const auto& column : columns_) {
    const auto* type = catalog.type(column.source->type.oid);
    fields.push_back({.name = column.source->name,
                      .table = column.source->source_table,
                      .column = static_cast<std::int16_t>(column.source->source_column),
                      .type = column.source->type.oid,
                      .type_size = type != nullptr ? type->length : std::int16_t{-1},
                      .type_modifier = column.source->type.typmod,
                      .format = column.format});
  }
  messages.row_description(fields);
}

void RowWriter::write(types::EvalContext& context, std::span<const types::Vector> columns,
                      std::uint32_t row, protocol::BackendMessages& messages) const {
  messages.begin_data_row(static_cast<std::int16_t>(columns_.size()));
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto& vector = columns[i];
    if (vector.is_null(row)) {
      messages.null_value();
      continue;
    }
    const auto& column = columns_[i];
    std::string& out = messages.bytes();
    // The types of most result columns, without the detour through a Datum.
    switch (column.source->type.oid) {
      case types::oid::int4:
        messages.begin_value();
        if (column.format == 0) append_decimal(out, vector.get<std::int32_t>(row));
        else append_big_endian(out, static_cast<std::uint32_t>(vector.get<std::int32_t>(row)), 4);
        messages.end_value();
        continue;
      case types::oid::int8:
        messages.begin_value();
        if (column.format == 0) append_decimal(out, vector.get<std::int64_t>(row));
        else append_big_endian(out, static_cast<std::uint64_t>(vector.get<std::int64_t>(row)), 8);
        messages.end_value();
        continue;
      case types::oid::text:
      case types::oid::varchar:
      case types::oid::bpchar:
        messages.text_value(vector.get<std::string_view>(row));
        continue;
      default:
        break;
    }
    messages.begin_value();
    auto datum = vector.datum(row);
    if (column.format == 0) column.support->output(context, datum, out);
    else column.support->send(context, datum, out);
    if (column.format == 0 || sends_text(column.source->type.oid)) messages.end_text_value();
    else messages.end_value();
  }
  messages.end_data_row();
}

}  // namespace session
