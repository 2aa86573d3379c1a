#include "privilege_functions.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <span>
#include <vector>

#include "catalog/rows.h"
#include "catalog/system_columns.h"
#include "types/sql_error.h"

namespace catalog {
namespace {

using types::SqlError;

struct Wanted {
  char letter;
  bool grant_option;
};

struct Named {
  std::string_view name;
  char letter;
};
constexpr Named kTable[] = {{"SELECT", 'r'},   {"INSERT", 'a'},     {"UPDATE", 'w'}, {"DELETE", 'd'},
                            {"TRUNCATE", 'D'}, {"REFERENCES", 'x'}, {"TRIGGER", 't'}};
constexpr Named kColumn[] = {{"SELECT", 'r'}, {"INSERT", 'a'}, {"UPDATE", 'w'}, {"REFERENCES", 'x'}};
constexpr Named kSequence[] = {{"USAGE", 'U'}, {"SELECT", 'r'}, {"UPDATE", 'w'}};
constexpr Named kSchema[] = {{"CREATE", 'C'}, {"USAGE", 'U'}};
constexpr Named kDatabase[] = {{"CREATE", 'C'}, {"TEMPORARY", 'T'}, {"TEMP", 'T'}, {"CONNECT", 'c'}};
constexpr Named kFunction[] = {{"EXECUTE", 'X'}};
constexpr Named kUsage[] = {{"USAGE", 'U'}};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

// "select, update with grant option": any of them will do.
std::vector<Wanted> parse_wanted(std::string_view text, std::span<const Named> names) {
  std::vector<Wanted> wanted;
  for (;;) {
    const std::size_t comma = text.find(',');
    const std::string_view written = trimmed(text.substr(0, comma));
    std::string one(written);
    std::transform(one.begin(), one.end(), one.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    constexpr std::string_view kOption = " WITH GRANT OPTION";
    const bool option = one.ends_with(kOption);
    if (option) one.resize(one.size() - kOption.size());
    const auto found =
        std::find_if(names.begin(), names.end(), [&](const Named& n) { return n.name == one; });
    if (found == names.end())
      throw SqlError("22023", "unrecognized privilege type: \"" + std::string(written) + "\"");
    wanted.push_back({found->letter, option});
    if (comma == std::string_view::npos) return wanted;
    text.remove_prefix(comma + 1);
  }
}

// What one list gives a role.
struct Held {
  std::string letters, with_option;

  bool any_of(const std::vector<Wanted>& wanted) const {
    return std::any_of(wanted.begin(), wanted.end(), [&](const Wanted& w) {
      return (w.grant_option ? with_option : letters).find(w.letter) != std::string::npos;
    });
  }
};

// `items`: "grantee=r*w/grantor"; an empty grantee is PUBLIC.
void add_items(SessionCatalog& catalog, Oid user, const std::vector<std::string>& items, Held& held) {
  for (const std::string& item : items) {
    const std::size_t equals = item.rfind('='), slash = item.rfind('/');
    if (equals == std::string::npos || slash == std::string::npos || slash < equals) continue;
    if (equals != 0) {
      const std::vector<std::string> grantee = split_identifiers(item.substr(0, equals));
      const Oid role = grantee.size() == 1 ? catalog.find_role(grantee[0]) : 0;
      if (role == 0 || user == 0 || !catalog.has_privileges_of(user, role)) continue;
    }
    for (std::size_t i = equals + 1; i < slash; ++i) {
      if (item[i] == '*') continue;
      held.letters += item[i];
      if (i + 1 < slash && item[i + 1] == '*') held.with_option += item[i];
    }
  }
}

struct Place {
  Oid catalog;
  int acl, owner;
  std::string_view born_public;  // what PUBLIC has where there is no list
};

// nullopt: no such object.
std::optional<Held> held_on(SessionCatalog& catalog, Oid user, const Place& place, Oid object,
                            std::span<const Named> all) {
  const bool shared = place.catalog == pg_database::kOid;
  RelationPtr table = catalog.relation(place.catalog);
  transaction::View view = catalog.take_view(shared);
  RowReader rows(view, *table, 0, {key_oid(object)});
  if (!rows.next()) return std::nullopt;
  Held held;
  const Oid owner = rows.row().oid(place.owner);
  const bool owns = user != 0 && catalog.has_privileges_of(user, owner);
  // Owners may always grant, and have everything until a list says otherwise; superusers have all.
  for (const Named& n : all) {
    if (owns) held.with_option += n.letter;
    if (owns && (rows.row().is_null(place.acl) || catalog.is_superuser(user))) held.letters += n.letter;
  }
  if (rows.row().is_null(place.acl))
    held.letters += place.born_public;
  else
    add_items(catalog, user, rows.row().strings(place.acl), held);
  return held;
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}
Oid number(const std::string& text) {
  return static_cast<Oid>(std::strtoul(text.c_str(), nullptr, 10));
}

Oid find_relation(SessionCatalog& catalog, const std::string& text) {
  const std::vector<std::string> parts = split_identifiers(text);
  if (parts.size() <= 3)
    if (Oid oid = catalog.find_relation(parts.size() > 1 ? parts[parts.size() - 2] : std::string(),
                                        parts.back()))
      return oid;
  throw SqlError("42P01", "relation \"" + text + "\" does not exist");
}

// What column lists add; `column` from 0, -1: any.
void add_columns(SessionCatalog& catalog, Oid user, Oid relation, int column, Held& held) {
  RelationPtr table = catalog.relation(pg_attribute::kOid);
  transaction::View view = catalog.take_view(false);
  RowReader rows(view, *table, index::pg_attribute_relid_attnum_index, {key_oid(relation)});
  while (rows.next())
    if (rows.row().int2(pg_attribute::attnum) > 0 &&
        (column < 0 || rows.row().int2(pg_attribute::attnum) == column + 1))
      add_items(catalog, user, rows.row().strings(pg_attribute::attacl), held);
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
  const bool by_oid = is_number(object);
  const std::string wanted = a.back().value_or("");
  auto answer = [](bool value) { return std::optional<std::string>(value ? "t" : "f"); };
  auto ask = [&](const Place& place, Oid oid, std::span<const Named> names) {
    const std::vector<Wanted> parsed = parse_wanted(wanted, names);
    const std::optional<Held> held = held_on(catalog, user, place, oid, names);
    return held ? answer(held->any_of(parsed)) : std::nullopt;
  };

  if (kind == "table" || kind == "sequence" || kind == "any_column" || kind == "column") {
    const Oid oid = by_oid ? number(object) : find_relation(catalog, object);
    RelationPtr relation = catalog.relation(oid);
    if (relation == nullptr) return std::nullopt;
    constexpr Place kPlace{pg_class::kOid, pg_class::relacl, pg_class::relowner, ""};
    if (kind == "sequence") {
      if (relation->kind != RelationKind::sequence)
        throw SqlError("42809", "\"" + relation->name + "\" is not a sequence");
      return ask(kPlace, oid, kSequence);
    }
    if (kind == "table") return ask(kPlace, oid, kTable);
    int column = -1;
    if (kind == "column") {
      const std::string name = a.at(object_at + 1).value_or("");
      const bool by_number = signature.find("attnum") != std::string_view::npos;
      column = by_number ? std::atoi(name.c_str()) - 1 : relation->column_index(name);
      const auto count = static_cast<int>(relation->columns.size());
      const bool there = column >= 0 && column < count && !relation->columns[static_cast<std::size_t>(column)].dropped;
      if (!there && by_number) return std::nullopt;
      if (!there)
        throw SqlError("42703", "column \"" + name + "\" of relation \"" + relation->name +
                                    "\" does not exist");
    }
    const std::vector<Wanted> parsed = parse_wanted(wanted, kColumn);
    std::optional<Held> held = held_on(catalog, user, kPlace, oid, kColumn);
    if (!held) return std::nullopt;
    if (!held->any_of(parsed)) add_columns(catalog, user, oid, column, *held);
    return answer(held->any_of(parsed));
  }
  if (kind == "schema") {
    const Oid oid = by_oid ? number(object) : catalog.find_schema(object);
    if (oid == 0) throw SqlError("3F000", "schema \"" + object + "\" does not exist");
    return ask({pg_namespace::kOid, pg_namespace::nspacl, pg_namespace::nspowner, ""}, oid, kSchema);
  }
  if (kind == "database") {
    Oid oid = by_oid ? number(object) : 0;
    if (!by_oid) {
      RelationPtr table = catalog.relation(pg_database::kOid);
      transaction::View view = catalog.take_view(true);
      RowReader rows = RowReader::from_oid(view, *table, 0);
      while (oid == 0 && rows.next())
        if (rows.row().text(pg_database::datname) == object) oid = rows.row().oid(pg_database::oid);
      if (oid == 0) throw SqlError("3D000", "database \"" + object + "\" does not exist");
    }
    return ask({pg_database::kOid, pg_database::datacl, pg_database::datdba, "cT"}, oid, kDatabase);
  }
  if (kind == "function" && by_oid)
    return ask({pg_proc::kOid, pg_proc::proacl, pg_proc::proowner, "X"}, number(object), kFunction);
  if (kind == "type" && by_oid)
    return ask({pg_type::kOid, pg_type::typacl, pg_type::typowner, "U"}, number(object), kUsage);
  return answer((user != 0 && catalog.is_superuser(user)) || kind == "function" || kind == "type" ||
                kind == "language");
}

}  // namespace catalog
