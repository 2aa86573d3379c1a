#include "copy_options.h"

#include <algorithm>

#include "relation_rows.h"
#include "types/type_io.h"

namespace commands {
namespace {

bool as_bool(const query::Option& option) {
  if (!option.has_value) return true;
  const std::string& v = option.value();
  if (v == "true" || v == "on" || v == "1") return true;
  if (v == "false" || v == "off" || v == "0") return false;
  throw SqlError("42601", option.name + " requires a Boolean value" + (option.name == "header" ? " or \"match\"" : ""));
}

char one_byte(const query::Option& option, const char* what) {
  if (option.value().size() != 1)
    throw SqlError("0A000", std::string("COPY ") + what + " must be a single one-byte character");
  return option.value()[0];
}

std::vector<std::string> list_of(const query::Option& option) { return option.values; }

}  // namespace

CopyOptions parse_copy_options(const std::vector<query::Option>& options, bool from) {
  CopyOptions result;
  bool delimiter = false, null_marker = false, quote = false, escape = false;
  for (const query::Option& option : options) {
    const std::string& name = option.name;
    if (name == "format") {
      if (option.value() == "text") result.format = CopyFormat::text;
      else if (option.value() == "csv") result.format = CopyFormat::csv;
      else if (option.value() == "binary") result.format = CopyFormat::binary;
      else throw SqlError("22023", "COPY format \"" + option.value() + "\" not recognized");
    } else if (name == "binary") {
      result.format = CopyFormat::binary;
    } else if (name == "csv") {
      result.format = CopyFormat::csv;
    } else if (name == "delimiter") {
      result.delimiter = one_byte(option, "delimiter");
      delimiter = true;
    } else if (name == "null") {
      result.null_marker = option.value();
      null_marker = true;
    } else if (name == "header") {
      if (option.has_value && option.value() == "match") {
        if (!from) throw SqlError("42601", "cannot use \"match\" with HEADER in COPY TO");
        result.header = result.header_must_match = true;
      } else {
        result.header = as_bool(option);
      }
    } else if (name == "quote") {
      result.quote = one_byte(option, "quote");
      quote = true;
    } else if (name == "escape") {
      result.escape = one_byte(option, "escape");
      escape = true;
    } else if (name == "force_quote") {
      if (option.values.size() == 1 && option.values[0] == "*")
        result.force_quote_all = true;
      else
        result.force_quote = list_of(option);
    } else if (name == "force_not_null") {
      result.force_not_null = list_of(option);
    } else if (name == "force_null") {
      result.force_null = list_of(option);
    } else if (name == "encoding") {
      result.character_set = types::CharacterSet::find(option.value());
      if (result.character_set == nullptr)
        throw SqlError("22023", "argument to option \"encoding\" must be a valid encoding name").at(option.location);
    } else if (name == "freeze") {
      as_bool(option);
    } else {
      throw SqlError("42601", "option \"" + name + "\" not recognized").at(option.location);
    }
  }
  bool csv = result.format == CopyFormat::csv;
  if (result.format == CopyFormat::binary && delimiter)
    throw SqlError("42601", "cannot specify DELIMITER in BINARY mode");
  if (result.format == CopyFormat::binary && null_marker)
    throw SqlError("42601", "cannot specify NULL in BINARY mode");
  if (result.format == CopyFormat::binary && result.header)
    throw SqlError("0A000", "cannot specify HEADER in BINARY mode");
  if (csv && !delimiter) result.delimiter = ',';
  if (csv && !null_marker) result.null_marker.clear();
  if (!csv && quote) throw SqlError("0A000", "COPY quote available only in CSV mode");
  if (!csv && escape) throw SqlError("0A000", "COPY escape available only in CSV mode");
  if (csv && !escape) result.escape = result.quote;
  if (csv && result.delimiter == result.quote)
    throw SqlError("22023", "COPY delimiter and quote must be different");
  if (!csv && (!result.force_quote.empty() || result.force_quote_all))
    throw SqlError("0A000", "COPY force quote available only in CSV mode");
  if (!csv && !result.force_not_null.empty())
    throw SqlError("0A000", "COPY force not null available only in CSV mode");
  if (!csv && !result.force_null.empty())
    throw SqlError("0A000", "COPY force null available only in CSV mode");
  if (result.delimiter == '\n' || result.delimiter == '\r')
    throw SqlError("22023", "COPY delimiter cannot be newline or carriage return");
  return result;
}

std::vector<int> copy_columns(const RelationDescriptor& table,
                              const std::vector<std::string>& names) {
  std::vector<int> columns;
  if (names.empty()) {
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      if (!table.columns[i].dropped && !table.columns[i].generated)
        columns.push_back(static_cast<int>(i));
    return columns;
  }
  for (const std::string& name : names) {
    int column = table.column_index(name);
    if (column < 0)
      throw SqlError("42703", "column \"" + name + "\" of relation \"" + table.name +
                                  "\" does not exist");
    if (table.columns[static_cast<std::size_t>(column)].generated)
      throw SqlError("42P10", "column \"" + name + "\" is a generated column")
          .with_detail("Generated columns cannot be used in COPY.");
    if (std::find(columns.begin(), columns.end(), column) != columns.end())
      throw SqlError("42701", "column \"" + name + "\" specified more than once");
    columns.push_back(column);
  }
  return columns;
}

std::vector<bool> columns_in(const RelationDescriptor& table, const std::vector<int>& columns,
                             const std::vector<std::string>& names, const char* option) {
  std::vector<bool> flags(columns.size());
  for (const std::string& name : names) {
    int column = table.column_index(name);
    auto at = std::find(columns.begin(), columns.end(), column);
    if (column < 0)
      throw SqlError("42703", "column \"" + name + "\" of relation \"" + table.name +
                                  "\" does not exist");
    if (at == columns.end())
      throw SqlError("42P10", std::string(option) + " column \"" + name +
                                  "\" not referenced by COPY");
    flags[static_cast<std::size_t>(at - columns.begin())] = true;
  }
  return flags;
}

ColumnIo::ColumnIo(catalog::CatalogView& catalog, const types::TypeRef& type) {
  typmod_ = type.typmod;
  base_ = catalog.base_type(type.oid, &typmod_);
  if (base_ != type.oid) domain_ = type.oid;
  physical_ = column_storage(catalog, base_).physical;
  support_ = catalog.find_support(base_);
  if (support_ == nullptr)
    throw SqlError::not_supported("reading and writing values of type " + catalog.format_type(base_));
}

types::Datum ColumnIo::input(types::EvalContext& context, std::string_view text) const {
  return support_->input(context, text, typmod_);
}
void ColumnIo::output(types::EvalContext& context, const types::Datum& value,
                      std::string& out) const {
  support_->output(context, value, out);
}
types::Datum ColumnIo::receive(types::EvalContext& context,
                               std::span<const std::byte> bytes) const {
  return support_->receive(context, bytes, typmod_);
}
void ColumnIo::send(types::EvalContext& context, const types::Datum& value,
                    std::string& out) const {
  support_->send(context, value, out);
}

}  // namespace commands
