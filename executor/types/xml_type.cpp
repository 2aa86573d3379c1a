// xml: text that has been found well-formed.
#include "types/xml.h"

#include "type_table.h"
#include "types/character_set.h"
#include "types/current_session.h"
#include "types/session_services.h"
#include "types/utf8.h"
#include "types/wire.h"
#include "xml/declaration.h"

namespace types {
namespace {

std::string setting(EvalContext& ctx, std::string_view name) {
  SessionServices* session = ctx.session != nullptr ? ctx.session : current_session();
  return session != nullptr ? session->get_setting(name, true) : std::string();
}

Datum xml_in(EvalContext& ctx, std::string_view text, std::int32_t) {
  const xml::Option option = xml_option(ctx);
  with_xml_errors([&] { xml::require_well_formed(text, option); });
  return Datum::of(ctx.arena->copy(text));
}

void xml_out(EvalContext&, const Datum& value, std::string& out) { out += xml::output(value.as<std::string_view>()); }

// The text says its encoding itself; without that it is UTF-8, whatever the client speaks.
Datum xml_receive(EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t) {
  std::string_view text = as_text(bytes);
  std::string converted;
  if (const auto declaration = xml::read_declaration(text); declaration && declaration->encoding) {
    const CharacterSet* set = CharacterSet::find(*declaration->encoding);
    if (set != nullptr && !set->is_plain() && set->is_convertible()) {
      set->to_utf8(text, converted);
      text = converted;
    }
  }
  check_utf8(text);
  return xml_in(ctx, text, -1);
}

void xml_send(EvalContext& ctx, const Datum& value, std::string& out) {
  const std::string encoding = setting(ctx, "client_encoding");
  out += xml::output(value.as<std::string_view>(), encoding == "UTF8" ? std::string_view() : std::string_view(encoding));
}

constexpr TypeSupport kXmlTypes[] = {
    {.oid = oid::xml,
     .name = "xml",
     .physical = PhysicalType::varlen,
     .input = xml_in,
     .output = xml_out,
     .receive = xml_receive,
     .send = xml_send,
     .compare = nullptr,
     .hash = nullptr,
     .encode_key = nullptr},
};

}  // namespace

void tell_xml_warnings(const std::vector<std::string>& warnings) noexcept {
  SessionServices* session = current_session();
  if (session == nullptr) return;
  try {
    for (const std::string& warning : warnings) session->catalog_text("sextant_xml_warning", {warning});
  } catch (const std::exception&) {
    // A warning that cannot be told is none.
  }
}

xml::Option xml_option(EvalContext& ctx) {
  return setting(ctx, "xmloption") == "document" ? xml::Option::document : xml::Option::content;
}
bool xml_binary_is_hexadecimal(EvalContext& ctx) { return setting(ctx, "xmlbinary") == "hex"; }

std::span<const TypeSupport> xml_types() { return kXmlTypes; }

}  // namespace types
