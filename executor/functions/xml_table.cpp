#include "xml_table.h"

#include <string>
#include <vector>

#include <fmt/format.h>

#include "types/sql_error.h"
#include "types/type_io.h"
#include "types/user_type.h"
#include "types/xml.h"
#include "xml/declaration.h"
#include "xml/path.h"
#include "xml/table_column.h"

namespace functions {
namespace {

using types::Datum;
using types::EvalContext;
using types::SqlError;

struct XmlColumn {
  std::string name;
  std::int32_t flags;
  Datum otherwise;
  types::TypeRef type;
  const types::TypeSupport* support;
};

class XmlTableRun final : public SetFunctionRun {
 public:
  XmlTableRun(std::vector<XmlColumn> columns, std::unique_ptr<xml::Rows> rows)
      : columns_(std::move(columns)), rows_(std::move(rows)) {}

  std::uint32_t next(EvalContext& ctx, std::span<types::Vector> out, std::uint32_t capacity) override {
    std::uint32_t row = 0;
    for (; row < capacity && rows_->next(); ++row) {
      ++ordinality_;
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        const Datum value = value_of(ctx, i);
        if (value.is_null) out[i].set_null(row);
        else out[i].set_datum(row, value);
      }
    }
    return row;
  }

 private:
  Datum value_of(EvalContext& ctx, std::size_t i) {
    const XmlColumn& column = columns_[i];
    if ((column.flags & xml::kOrdinality) != 0) return Datum::of(ordinality_);
    using Target = xml::Rows::Target;
    const Target target = column.support->oid == types::oid::xml && column.type.oid == types::oid::xml ? Target::xml
                          : (column.flags & xml::kIsNumber) != 0                                            ? Target::number
                                                                                                       : Target::text;
    const auto text = types::with_xml_errors([&] { return rows_->value(i, target); });
    Datum value = Datum::null();
    if (text) {
      value = column.support->input(ctx, *text, column.type.typmod);
      if (column.support->oid != column.type.oid) types::check_domain(ctx, column.type.oid, value);
    } else if ((column.flags & xml::kHasDefault) != 0) {
      value = column.otherwise;
    }
    if (value.is_null && (column.flags & xml::kNotNull) != 0)
      throw SqlError("22004", fmt::format("null is not allowed in column \"{}\"", column.name));
    return value;
  }

  std::vector<XmlColumn> columns_;
  std::unique_ptr<xml::Rows> rows_;
  std::int32_t ordinality_ = 0;
};

// Analysis makes the call well; whoever writes one by hand may not.
void require_shape(const FunctionCall& call, std::span<const Datum> arguments) {
  const auto is = [&](std::size_t i, types::Oid type) { return i < arguments.size() && call.arguments[i].oid == type; };
  const auto constant = [&](std::size_t i, types::Oid type) { return is(i, type) && !arguments[i].is_null; };
  bool good = constant(2, types::oid::int4) && arguments[2].int32 >= 0;
  std::size_t at = 3;
  for (std::int32_t n = 0; good && n < arguments[2].int32; ++n, at += 2)
    good = is(at, types::oid::text) && is(at + 1, types::oid::text);
  good = good && constant(at, types::oid::int4) &&
         static_cast<std::size_t>(std::max(arguments[at].int32, 0)) == call.columns.size();
  if (good) ++at;
  for (std::size_t i = 0; good && i < call.columns.size(); ++i, at += 4)
    good = constant(at, types::oid::text) && constant(at + 1, types::oid::int4) && is(at + 2, types::oid::text) &&
           is(at + 3, call.columns[i].oid);
  if (!good || at != arguments.size()) throw SqlError("22023", "this is no call that an XML expression makes");
}

class NoXmlRows final : public SetFunctionRun {
 public:
  std::uint32_t next(EvalContext&, std::span<types::Vector>, std::uint32_t) override { return 0; }
};

}  // namespace

// The arguments live as long as the run.
std::unique_ptr<SetFunctionRun> xml_table(EvalContext& ctx, const FunctionCall& call, std::span<const Datum> arguments) {
  require_shape(call, arguments);
  if (arguments[1].is_null) return std::make_unique<NoXmlRows>();
  std::size_t at = 2;
  const auto text = [](const Datum& d) { return d.as<std::string_view>(); };
  std::vector<xml::Namespace> namespaces;
  for (std::int32_t n = arguments[at++].int32; n > 0; --n, at += 2) {
    xml::Namespace& one = namespaces.emplace_back();
    if (!arguments[at].is_null) one.prefix = text(arguments[at]);
    if (arguments[at + 1].is_null) throw SqlError("22004", "namespace URI must not be null");
    one.uri = text(arguments[at + 1]);
  }
  if (arguments[0].is_null) throw SqlError("22004", "row filter expression must not be null");
  std::vector<XmlColumn> columns;
  std::vector<std::optional<std::string>> paths;
  const auto count = static_cast<std::size_t>(arguments[at++].int32);
  for (std::size_t i = 0; i < count; ++i, at += 4) {
    const types::TypeRef type = call.columns[i];
    XmlColumn& column = columns.emplace_back(std::string(text(arguments[at])), arguments[at + 1].int32, arguments[at + 3], type,
                                             &types::type_support(ctx, type.oid));
    auto& path = paths.emplace_back();
    if ((column.flags & xml::kOrdinality) != 0) continue;
    if ((column.flags & xml::kHasPath) == 0) {
      path = column.name;
    } else {
      if (arguments[at + 2].is_null)
        throw SqlError("22004", "column filter expression must not be null")
            .with_detail(fmt::format("Filter for column \"{}\" is null.", column.name));
      path = std::string(text(arguments[at + 2]));
    }
  }
  auto rows = types::with_xml_errors([&] {
    return std::make_unique<xml::Rows>(xml::output(text(arguments[1])), namespaces, text(arguments[0]), paths);
  });
  return std::make_unique<XmlTableRun>(std::move(columns), std::move(rows));
}

}  // namespace functions
