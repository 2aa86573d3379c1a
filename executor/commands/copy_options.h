// WITH (...) of COPY.
#pragma once

#include <string>
#include <vector>

#include "ddl.h"
#include "types/character_set.h"

namespace commands {

enum class CopyFormat : std::uint8_t { text, csv, binary };

struct CopyOptions {
  CopyFormat format = CopyFormat::text;
  char delimiter = '\t';
  std::string null_marker = "\\N";
  bool header = false;
  bool header_must_match = false;
  char quote = '"', escape = '"';
  bool force_quote_all = false;
  std::vector<std::string> force_quote, force_not_null, force_null;
  const types::CharacterSet* character_set = nullptr;  // ENCODING
};

// 42601, 22023, 0A000 with PostgreSQL's words.
CopyOptions parse_copy_options(const std::vector<query::Option>& options, bool from);

// Places of the columns copied, from 0: those named, or all that are neither dropped nor generated.
std::vector<int> copy_columns(const RelationDescriptor& table,
                              const std::vector<std::string>& names);

// One bool per copied column: whether `names` has it.
std::vector<bool> columns_in(const RelationDescriptor& table, const std::vector<int>& columns,
                             const std::vector<std::string>& names, const char* option);

// How values of a type are read and written: the type's own functions, or an enum's labels.
class ColumnIo {
 public:
  ColumnIo(catalog::CatalogView& catalog, const types::TypeRef& type);

  types::Datum input(types::EvalContext& context, std::string_view text) const;
  void output(types::EvalContext& context, const types::Datum& value, std::string& out) const;
  types::Datum receive(types::EvalContext& context, std::span<const std::byte> bytes) const;
  void send(types::EvalContext& context, const types::Datum& value, std::string& out) const;

  types::PhysicalType physical() const { return physical_; }
  Oid base() const { return base_; }
  std::int32_t typmod() const { return typmod_; }
  // The column's type where that is a domain, whose values have to be checked (nulls, too); else 0.
  Oid domain() const { return domain_; }

 private:
  const types::TypeSupport* support_ = nullptr;
  Oid base_ = 0, domain_ = 0;
  std::int32_t typmod_ = -1;
  types::PhysicalType physical_ = types::PhysicalType::varlen;
};

}  // namespace commands
