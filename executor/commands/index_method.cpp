#include "index_method.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "catalog/access_methods.h"
#include "relation_rows.h"
#include "types/bool.h"
#include "types/type_io.h"

namespace commands {

Oid require_method(const query::CreateIndex& statement) {
  const std::string& name = statement.access_method;
  const Oid method = catalog::method_by_name(name);
  if (method == 0) throw SqlError("42704", "access method \"" + name + "\" does not exist");
  const catalog::MethodAbilities abilities = catalog::abilities_of(method);
  const auto refuse = [&](const char* what) {
    throw SqlError("0A000", "access method \"" + name + "\" does not support " + what);
  };
  if (statement.unique && !abilities.unique) refuse("unique indexes");
  if (!statement.include.empty() && !abilities.include) refuse("included columns");
  if (statement.elements.size() > 1 && !abilities.multicolumn) refuse("multicolumn indexes");
  return method;
}

void require_served(Ddl& ddl, const catalog::IndexKey& key, Oid method) {
  const catalog::OperatorClassInfo* own = ddl.catalog().operator_class(key.operator_class);
  if (method == catalog::kBtree || own == nullptr) return;
  const inverted::Source source = catalog::inverted_source(ddl.catalog(), *own);
  if (source == inverted::Source::array) {
    // Its elements are the keys.
    const Oid element = ddl.catalog().base_type(ddl.catalog().element_type(ddl.catalog().base_type(key.type.oid)));
    const types::TypeSupport* support = ddl.catalog().find_support(element);
    if (support == nullptr || support->encode_key == nullptr)
      throw SqlError::not_supported("an index over type " + ddl.catalog().format_type(element));
  }
  if (source != inverted::Source::none || method == catalog::kHash) return;
  // Summaries of one interval: a tree of the values themselves answers what they do.
  if (method == catalog::kBrin && own->name.find("_inclusion_ops") == std::string_view::npos) return;
  throw SqlError::not_supported("operator class \"" + std::string(own->name) + "\" of access method \"" +
                                std::string(catalog::method_name(method)) + "\"")
      .with_hint(method == catalog::kBrin
                     ? "Of brin there are the minmax and bloom classes."
                     : "A btree index serves comparisons, a gin index arrays, jsonb and tsvector.");
}

namespace {

struct IndexOption {
  enum class Kind : std::uint8_t { boolean, integer, real, choice };
  Oid method;
  std::string_view name;
  Kind kind;
  std::int64_t minimum = 0, maximum = 0;
};
constexpr std::int64_t kMaxKilobytes = 2147483647;
constexpr std::array kOptions = {
    IndexOption{catalog::kBtree, "fillfactor", IndexOption::Kind::integer, 10, 100},
    IndexOption{catalog::kBtree, "deduplicate_items", IndexOption::Kind::boolean},
    IndexOption{catalog::kBtree, "vacuum_cleanup_index_scale_factor", IndexOption::Kind::real, 0, 10000000000},
    IndexOption{catalog::kHash, "fillfactor", IndexOption::Kind::integer, 10, 100},
    IndexOption{catalog::kGist, "fillfactor", IndexOption::Kind::integer, 10, 100},
    IndexOption{catalog::kGist, "buffering", IndexOption::Kind::choice},
    IndexOption{catalog::kSpgist, "fillfactor", IndexOption::Kind::integer, 10, 100},
    IndexOption{catalog::kGin, "fastupdate", IndexOption::Kind::boolean},
    IndexOption{catalog::kGin, "gin_pending_list_limit", IndexOption::Kind::integer, 64, kMaxKilobytes},
    IndexOption{catalog::kBrin, "pages_per_range", IndexOption::Kind::integer, 1, 131072},
    IndexOption{catalog::kBrin, "autosummarize", IndexOption::Kind::boolean},
};

void check_option(const IndexOption& option, const std::string& value) {
  const std::string name(option.name);
  switch (option.kind) {
    case IndexOption::Kind::boolean:
      if (!types::parse_bool(value))
        throw SqlError("22023", "invalid value for boolean option \"" + name + "\": " + value);
      return;
    case IndexOption::Kind::choice:
      if (value == "on" || value == "off" || value == "auto") return;
      throw SqlError("22023", "invalid value for enum option \"" + name + "\": " + value)
          .with_detail("Valid values are \"on\", \"off\", and \"auto\".");
    case IndexOption::Kind::integer:
    case IndexOption::Kind::real: break;
  }
  const bool whole = option.kind == IndexOption::Kind::integer;
  std::int64_t integer = 0;
  double number = 0;
  const char* const last = value.data() + value.size();
  const auto [end, error] =
      whole ? std::from_chars(value.data(), last, integer) : std::from_chars(value.data(), last, number);
  if (error != std::errc() || end != last)
    throw SqlError("22023", "invalid value for " + std::string(whole ? "integer" : "floating point") +
                                " option \"" + name + "\": " + value);
  if (whole) number = static_cast<double>(integer);
  if (number < static_cast<double>(option.minimum) || number > static_cast<double>(option.maximum))
    throw SqlError("22023", "value " + value + " out of bounds for option \"" + name + "\"")
        .with_detail("Valid values are between \"" + std::to_string(option.minimum) + "\" and \"" +
                     std::to_string(option.maximum) + "\".");
}

}  // namespace

std::vector<std::string> index_options(Oid method, const std::vector<query::Option>& options) {
  std::vector<std::string> texts;
  for (const query::Option& option : options) {
    const auto* known = std::find_if(kOptions.begin(), kOptions.end(), [&](const IndexOption& o) {
      return o.method == method && o.name == option.name;
    });
    if (known == kOptions.end()) throw SqlError("22023", "unrecognized parameter \"" + option.name + "\"");
    const std::string value = option.has_value ? std::string(option.value()) : "true";
    check_option(*known, value);
    texts.push_back(option.name + "=" + value);
  }
  return texts;
}

std::vector<std::string> stored_options(Ddl& ddl, Oid index) {
  RowReader rows = ddl.writer().read(pg_class::kOid, 0, {key_oid(index)});
  if (!rows.next() || rows.row().is_null(pg_class::reloptions)) return {};
  return rows.row().strings(pg_class::reloptions);
}

}  // namespace commands
