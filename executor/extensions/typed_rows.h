// A set of rows that are known when it begins: texts that become values of the columns that the call asks for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "functions/set_function.h"
#include "types/type_io.h"

namespace extensions {

class TypedRows final : public functions::SetFunctionRun {
 public:
  using Row = std::vector<std::optional<std::string>>;

  // Columns are those that FROM defines, or the result type's own.
  TypedRows(types::EvalContext& context, const functions::FunctionCall& call);

  TypedRows(types::EvalContext& context, std::vector<types::TypeRef> columns);

  const std::vector<types::TypeRef>& columns() const { return columns_; }
  void add(Row row) { rows_.push_back(std::move(row)); }

  // One of them, as a value.
  types::Datum row(types::EvalContext& context, std::size_t number) const;

  std::uint32_t next(types::EvalContext& context, std::span<types::Vector> out, std::uint32_t capacity) override;

 private:
  types::Datum value(types::EvalContext& context, std::size_t row, std::size_t column) const;

  std::vector<types::TypeRef> columns_;
  std::vector<const types::TypeSupport*> supports_;
  types::Oid row_type_ = 0;
  std::vector<Row> rows_;
  std::size_t at_ = 0;
};

}  // namespace extensions
