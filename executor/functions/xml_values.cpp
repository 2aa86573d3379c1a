#include "functions/xml_values.h"

#include "types/array.h"
#include "types/datetime.h"
#include "types/sql_error.h"
#include "types/type_io.h"
#include "types/user_type.h"
#include "types/xml.h"
#include "xml/publish.h"

namespace functions {
namespace {

using types::Datum;
using types::EvalContext;
using types::Oid;
using types::SqlError;

// A date or a timestamp as XML Schema writes it, whatever DateStyle says.
std::string xml_moment(EvalContext& ctx, Oid type, const Datum& value) {
  types::FormatSettings iso;
  if (ctx.format != nullptr) iso = *ctx.format;
  iso.date_style = types::DateStyle::iso;
  std::string text;
  if (type == types::oid::date) types::append_date(iso, value.int32, text);
  else if (type == types::oid::timestamp) types::append_timestamp(iso, value.int64, text);
  else types::append_timestamptz(iso, value.int64, text);
  if (text.ends_with("infinity")) {
    const bool date = type == types::oid::date;
    throw SqlError("22008", date ? "date out of range" : "timestamp out of range")
        .with_detail(date ? "XML does not support infinite date values." : "XML does not support infinite timestamp values.");
  }
  if (type == types::oid::date) return text;
  if (const auto space = text.find(' '); space != text.npos) text[space] = 'T';
  if (type == types::oid::timestamptz) {
    // An offset always has minutes here.
    const auto sign = text.find_last_of("+-");
    const auto end = std::min(text.find(" BC"), text.size());
    if (sign != text.npos && sign > 10 && end - sign == 3) text.insert(end, ":00");
  }
  return text;
}

}  // namespace

std::string xml_value(EvalContext& ctx, Oid type, const Datum& value, XmlText how) {
  const types::TypeSupport& support = types::type_support(ctx, type);
  type = support.oid;  // of a domain what it is over
  const bool is_vector = type == types::oid::int2vector || type == types::oid::oidvector;
  const bool is_array = (!is_vector && types::element_type_of(type) != types::kInvalidOid) ||
                        (support.user != nullptr && support.user->definition().kind == types::UserType::Kind::array);
  if (is_array) {
    const types::ArrayView array(value);
    std::string out;
    for (types::ArrayView::Cursor c(array); c.next();)
      if (!c.value().is_null)
        out += "<element>" + xml_value(ctx, array.element_type(), c.value(), XmlText::escaped) + "</element>";
    return out;
  }
  switch (type) {
    case types::oid::bool_: return value.boolean ? "true" : "false";
    case types::oid::date:
    case types::oid::timestamp:
    case types::oid::timestamptz: return xml_moment(ctx, type, value);
    case types::oid::bytea:
      return types::with_xml_errors([&] {
        const auto bytes = value.as<std::string_view>();
        return types::xml_binary_is_hexadecimal(ctx) ? xml::hexadecimal(bytes) : xml::base64(bytes);
      });
    default: break;
  }
  std::string text;
  if (type == types::oid::unknown) text = value.as<std::string_view>();
  else support.output(ctx, value, text);
  return type == types::oid::xml || how == XmlText::as_it_is ? text : xml::escaped(text);
}

}  // namespace functions
