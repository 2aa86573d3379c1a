#include "typed_rows.h"

#include "types/record.h"
#include "types/sql_error.h"
#include "types/user_type.h"

namespace extensions {

TypedRows::TypedRows(types::EvalContext& context, const functions::FunctionCall& call)
    : columns_(call.columns.begin(), call.columns.end()) {
  using Kind = types::UserType::Kind;
  const types::TypeSupport* row = context.names == nullptr ? nullptr : context.names->find_support(call.result.oid);
  if (row != nullptr && row->user != nullptr && row->user->definition().kind == Kind::composite) {
    row_type_ = call.result.oid;
    if (columns_.empty())
      for (const types::UserType::Field& field : row->user->fields()) columns_.push_back(field.type);
  }
  if (columns_.empty())
    throw types::SqlError("0A000", "function returning record called in context that cannot accept type record");
  for (const types::TypeRef& column : columns_) supports_.push_back(&types::type_support(context, column.oid));
}

TypedRows::TypedRows(types::EvalContext& context, std::vector<types::TypeRef> columns)
    : columns_(std::move(columns)), row_type_(types::oid::record) {
  for (const types::TypeRef& column : columns_) supports_.push_back(&types::type_support(context, column.oid));
}

types::Datum TypedRows::value(types::EvalContext& context, std::size_t row, std::size_t column) const {
  const std::optional<std::string>& text = rows_[row][column];
  return text ? supports_[column]->input(context, *text, columns_[column].typmod) : types::Datum::null();
}

std::uint32_t TypedRows::next(types::EvalContext& context, std::span<types::Vector> out, std::uint32_t capacity) {
  std::uint32_t count = 0;
  for (; count < capacity && at_ < rows_.size(); ++count, ++at_) {
    if (out.size() == columns_.size()) {
      for (std::size_t c = 0; c < out.size(); ++c) {
        const types::Datum one = value(context, at_, c);
        if (one.is_null) out[c].set_null(count);
        else out[c].set_datum(count, one);
      }
      continue;
    }
    out[0].set_datum(count, row(context, at_));
  }
  return count;
}

types::Datum TypedRows::row(types::EvalContext& context, std::size_t number) const {
  std::vector<types::Datum> values;
  std::vector<types::RecordField> layout;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    values.push_back(value(context, number, c));
    layout.push_back({columns_[c].oid, supports_[c]->physical});
  }
  return types::make_record(*context.arena, row_type_, layout, values);
}

}  // namespace extensions
