#include "privilege_functions.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "catalog/object_columns.h"
#include "catalog/unqualified_objects.h"
#include "catalog/acl.h"
#include "catalog/rows.h"
#include "catalog/system_attributes.h"
#include "catalog/system_columns.h"
#include "types/ascii.h"
#include "types/sql_error.h"

namespace catalog {
namespace {

using types::SqlError;

using types::AclKind;
using types::Privileges;
namespace privilege = types::privilege;

struct Wanted {
  Privileges privilege;
  bool grant_option;
};

// "select, update with grant option": any of them will do.
std::vector<Wanted> parse_wanted(std::string_view text, Privileges known) {
  std::vector<Wanted> wanted;
  for (;;) {
    const std::size_t comma = text.find(',');
    const std::string_view written = types::trim(text.substr(0, comma));
    std::string one(written);
    for (char& c : one) c = types::upper_ascii(c);
    constexpr std::string_view kOption = " WITH GRANT OPTION";
    const bool option = one.ends_with(kOption);
    if (option) one.resize(one.size() - kOption.size());
    const Privileges found = privilege::by_name(one);
    if ((found & known) == 0)
      throw SqlError("22023", "unrecognized privilege type: \"" + std::string(written) + "\"");
    wanted.push_back({found, option});
    if (comma == std::string_view::npos) return wanted;
    text.remove_prefix(comma + 1);
  }
}

bool any_of(const Held& held, const std::vector<Wanted>& wanted) {
  return std::any_of(wanted.begin(), wanted.end(), [&](const Wanted& w) {
    return ((w.grant_option ? held.grant_options : held.privileges) & w.privilege) != 0;
  });
}

bool is_object_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}
Oid number(const std::string& text) {
  return static_cast<Oid>(std::strtoul(text.c_str(), nullptr, 10));
}

// What column lists add; `column` from 0, -1: any.
void add_columns(SessionCatalog& catalog, Oid user, const RelationDescriptor& relation, int column,
                 Held& held) {
  for (const Column& c : relation.columns) {
    if (c.dropped || c.acl.empty() || (column >= 0 && c.number != column + 1)) continue;
    const Held more = held_by_list(catalog, user, c.acl);
    held.privileges |= more.privileges;
    held.grant_options |= more.grant_options;
  }
}

// A row of a catalogue that all databases share, by its column of names; the number is its first. 0: there is none.
Oid shared_object(SessionCatalog& catalog, Oid shared, int name_column, std::string_view name) {
  RelationPtr table = catalog.relation(shared);
  const transaction::View view = catalog.take_view(true);
  for (RowReader rows = RowReader::from_oid(view, *table, 0); rows.next();)
    if (rows.row().text(name_column) == name) return rows.row().oid(0);
  return 0;
}

}  // namespace

std::optional<std::string> has_privilege(SessionCatalog& catalog, std::string_view kind,
                                         std::string_view signature, const CatalogArguments& a) {
  const auto parts = static_cast<std::size_t>(std::count(signature.begin(), signature.end(), '_'));
  const bool with_user = kind == "column" ? parts == 3 : parts == 2;
  const std::size_t object_at = with_user ? 1 : 0;
  Oid user = catalog.user();
  if (with_user) {
    const std::string text = a.at(0).value_or("");
    user = signature.starts_with("_id") ? number(text) : catalog.find_role(text);
    if (user == 0 && text != "public" && text != "0")
      throw SqlError("42704", "role \"" + text + "\" does not exist");
  }
  const std::string object = a.at(object_at).value_or("");
  const bool by_oid = is_object_number(object);
  const std::string wanted = a.back().value_or("");
  auto answer = [](bool value) { return std::optional<std::string>(value ? "t" : "f"); };
  auto ask = [&](Oid object_catalog, Oid oid, Privileges known) {
    const std::vector<Wanted> parsed = parse_wanted(wanted, known);
    const std::optional<Held> held = held_on(catalog, user, object_catalog, oid);
    return held ? answer(any_of(*held, parsed)) : std::nullopt;
  };
  auto ask_all = [&](Oid object_catalog, Oid oid) {
    return ask(object_catalog, oid, types::all_privileges(find_acl_place(object_catalog)->kind));
  };

  if (kind == "table" || kind == "sequence" || kind == "any_column" || kind == "column") {
    const Oid oid = by_oid ? number(object) : relation_of_text(catalog, object);
    RelationPtr relation = catalog.relation(oid);
    if (relation == nullptr) return std::nullopt;
    if (kind == "sequence") {
      if (relation->kind != RelationKind::sequence)
        throw SqlError("42809", "\"" + (by_oid ? relation->name : object) + "\" is not a sequence");
      return ask(pg_class::kOid, oid, types::all_privileges(AclKind::sequence));
    }
    if (kind == "table") return ask_all(pg_class::kOid, oid);
    int column = -1;
    bool is_system = false;  // such columns have no lists of their own
    if (kind == "column") {
      const std::string name = a.at(object_at + 1).value_or("");
      const bool by_number = signature.find("attnum") != std::string_view::npos;
      column = by_number ? std::atoi(name.c_str()) - 1 : relation->column_index(name);
      const auto count = static_cast<int>(relation->columns.size());
      constexpr int kFirstSystemColumn = -6;  // tableoid
      is_system = by_number ? column + 1 < 0 && column + 1 >= kFirstSystemColumn : column < 0 && is_system_column(name);
      const bool there = is_system || (column >= 0 && column < count && !relation->columns[static_cast<std::size_t>(column)].dropped);
      if (!there && by_number) return std::nullopt;
      if (!there)
        throw SqlError("42703", "column \"" + name + "\" of relation \"" + relation->name +
                                    "\" does not exist");
    }
    const std::vector<Wanted> parsed = parse_wanted(wanted, privilege::of_letters("arwx"));
    std::optional<Held> held = held_on(catalog, user, pg_class::kOid, oid);
    if (!held) return std::nullopt;
    if (!is_system) add_columns(catalog, user, *relation, column, *held);
    return answer(any_of(*held, parsed));
  }
  if (kind == "schema") {
    const Oid oid = by_oid ? number(object) : catalog.find_schema(object);
    if (oid == 0) throw SqlError("3F000", "schema \"" + object + "\" does not exist");
    return ask_all(pg_namespace::kOid, oid);
  }
  if (kind == "database") {
    const Oid oid = by_oid ? number(object) : shared_object(catalog, pg_database::kOid, pg_database::datname, object);
    if (oid == 0 && !by_oid) throw SqlError("3D000", "database \"" + object + "\" does not exist");
    return ask_all(pg_database::kOid, oid);
  }
  if (kind == "tablespace") {
    const Oid oid = by_oid ? number(object) : shared_object(catalog, pg_tablespace::kOid, pg_tablespace::spcname, object);
    if (oid == 0 && !by_oid) throw SqlError("42704", "tablespace \"" + object + "\" does not exist");
    return ask_all(pg_tablespace::kOid, oid);
  }
  if (kind == "foreign_data_wrapper" || kind == "server") {
    const UnqualifiedCatalog& objects =
        *unqualified_catalog(kind == "server" ? pg_foreign_server::kOid : pg_foreign_data_wrapper::kOid);
    const Oid oid = by_oid ? number(object) : find_unqualified(catalog, objects, object);
    if (oid == 0) throw SqlError("42704", std::string(objects.words) + " \"" + object + "\" does not exist");
    return ask_all(objects.catalog, oid);
  }
  if (kind == "function" && by_oid)
    return ask_all(pg_proc::kOid, number(object));
  if (kind == "type" && by_oid) {
    const TypeInfo* type = catalog.type(number(object));
    // Who may use an array is who may use its elements.
    return ask_all(pg_type::kOid, type != nullptr && type->is_true_array ? type->element : number(object));
  }
  if (kind == "language") {
    const LanguageInfo* language = by_oid ? nullptr : Builtins::get().language_by_name(object);
    if (!by_oid && language == nullptr) throw SqlError("42704", "language \"" + object + "\" does not exist");
    return ask_all(pg_language::kOid, by_oid ? number(object) : language->oid);
  }
  // Names of functions and types are the grammar's: whoever asks has resolved them.
  if (kind == "function" || kind == "type") throw SqlError::not_supported("asking for privileges on \"" + object + "\" by its name");
  return answer(user != 0 && catalog.is_superuser(user));
}

}  // namespace catalog
