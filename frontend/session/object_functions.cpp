#include "object_functions.h"

#include <charconv>

#include <fmt/format.h>

#include "catalog/catalog_functions.h"
#include "command_dispatch.h"
#include "command_host.h"
#include "commands/object_identity.h"
#include "session_state.h"
#include "types/array.h"
#include "types/type_io.h"

namespace session {
namespace {

using List = std::vector<std::optional<std::string>>;

std::string array_of(SessionState& session, const List& items) {
  types::Arena arena;
  auto context = session.eval_context(&arena);
  types::ArrayBuilder builder(types::oid::text, types::PhysicalType::varlen);
  for (const auto& item : items) builder.add(item ? types::Datum::of(std::string_view(*item)) : types::Datum());
  std::string text;
  types::array_out(context, types::type_support(types::oid::text), builder.finish(arena), text);
  return text;
}
std::string array_of(SessionState& session, const std::vector<std::string>& items) {
  return array_of(session, List(items.begin(), items.end()));
}

// All elements, whatever the shape.
List list_of(SessionState& session, const std::string& array) {
  types::Arena arena;
  auto context = session.eval_context(&arena);
  const types::ArrayView view(types::array_in(context, types::type_support(types::oid::text), array, -1));
  List items;
  for (types::ArrayView::Cursor c(view); c.next();)
    items.push_back(c.value().is_null ? std::nullopt : std::optional(std::string(c.value().as<std::string_view>())));
  return items;
}

template <typename Number>
Number number_of(const std::optional<std::string>& text) {
  Number number = 0;
  std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

}  // namespace

bool call_object_function(SessionState& session, std::string_view function, const List& arguments,
                          std::optional<std::string>& answer) {
  if (function != "pg_identify_object" && function != "pg_identify_object_as_address" && function != "pg_get_object_address")
    return false;
  CommandHost host(session, {});
  if (function == "pg_get_object_address") {
    const commands::AddressRequest request{*arguments.at(0), list_of(session, *arguments.at(1)),
                                           list_of(session, *arguments.at(2))};
    const auto found =
        commands::object_address(host, request, [&](const std::string& type) { return type_by_text(session, type); });
    answer = array_of(session, List{fmt::format("{}", found.catalog), fmt::format("{}", found.object),
                                    fmt::format("{}", found.column)});
    return true;
  }
  const auto catalog = number_of<types::Oid>(arguments.at(0)), object = number_of<types::Oid>(arguments.at(1));
  const int column = number_of<int>(arguments.at(2));
  const auto identity = commands::identify_object(host, catalog, object, column);
  List fields{identity ? identity->type : commands::missing_object_type(host, catalog, object, column)};
  if (function == "pg_identify_object_as_address") {
    fields.resize(3);
    if (identity) {
      fields[1] = array_of(session, identity->address_names);
      fields[2] = array_of(session, identity->address_arguments);
    }
  } else {
    fields.resize(4);
    if (identity) {
      // Of a temporary object the identity says pg_temp, and this its schema's name.
      if (identity->schema)
        fields[1] = catalog::quote_identifier(session.catalog->schema_name(identity->schema_oid));
      // A column is told with its table's name, which event triggers leave out.
      constexpr types::Oid kPgClass = 1259;
      const bool is_column = catalog == kPgClass && column != 0;
      fields[2] = is_column ? std::optional(catalog::quote_identifier(identity->address_names.at(1))) : identity->name;
      fields[3] = identity->identity;
    }
  }
  answer = array_of(session, fields);
  return true;
}

}  // namespace session
