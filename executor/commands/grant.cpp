// GRANT and REVOKE: access control lists, recorded as PostgreSQL writes them.
#include <algorithm>

#include "rename.h"
#include "role.h"
#include "types/type_io.h"

namespace commands {
namespace {

// Letters of aclitem, in the order PostgreSQL prints them.
constexpr std::string_view kLetters = "arwdDxtXUCcTsA";

struct KindPrivileges {
  query::ObjectKind kind;
  std::string_view all;
};

std::string_view all_privileges(query::ObjectKind kind) {
  using K = query::ObjectKind;
  switch (kind) {
    case K::sequence: return "rwU";
    case K::schema: return "UC";
    case K::database: return "CcT";
    case K::function:
    case K::procedure:
    case K::routine: return "X";
    case K::type:
    case K::domain:
    case K::language: return "U";
    default: return "arwdDxt";
  }
}

char letter_of(const std::string& privilege, query::ObjectKind kind) {
  static constexpr std::pair<std::string_view, char> kNames[] = {
      {"select", 'r'},  {"insert", 'a'},     {"update", 'w'},  {"delete", 'd'},
      {"truncate", 'D'}, {"references", 'x'}, {"trigger", 't'}, {"execute", 'X'},
      {"usage", 'U'},   {"create", 'C'},     {"connect", 'c'}, {"temporary", 'T'},
      {"temp", 'T'},    {"set", 's'},        {"alter system", 'A'}};
  for (auto [name, letter] : kNames)
    if (name == privilege) {
      if (all_privileges(kind).find(letter) == std::string_view::npos) {
        std::string upper = privilege;
        std::transform(upper.begin(), upper.end(), upper.begin(),
                       [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        throw SqlError("0LP01", "invalid privilege type " + upper + " for " +
                                    query::object_kind_name(kind));
      }
      return letter;
    }
  throw SqlError("42601", "unrecognized privilege type \"" + privilege + "\"");
}

// "grantee=rw*/grantor"; an empty grantee is PUBLIC.
struct AclItem {
  std::string grantee;
  std::string letters;
  std::string with_option;
  std::string grantor;
};

std::string to_text(const AclItem& item) {
  std::string text = item.grantee + "=";
  for (char letter : kLetters) {
    if (item.letters.find(letter) == std::string::npos) continue;
    text += letter;
    if (item.with_option.find(letter) != std::string::npos) text += '*';
  }
  return text + "/" + item.grantor;
}

AclItem parse(std::string_view text) {
  AclItem item;
  std::size_t equals = text.rfind('='), slash = text.rfind('/');
  item.grantee = std::string(text.substr(0, equals));
  item.grantor = std::string(text.substr(slash + 1));
  for (char c : text.substr(equals + 1, slash - equals - 1))
    if (c == '*')
      item.with_option += item.letters.back();
    else
      item.letters += c;
  return item;
}

std::vector<AclItem> parse_list(std::string_view text) {
  std::vector<AclItem> items;
  if (text.size() < 2) return items;
  text = text.substr(1, text.size() - 2);
  while (!text.empty()) {
    std::size_t comma = text.find(',');
    std::string_view one = text.substr(0, comma);
    if (one.size() >= 2 && one.front() == '"') one = one.substr(1, one.size() - 2);
    items.push_back(parse(one));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return items;
}

std::vector<AclItem> default_acl(Ddl& ddl, query::ObjectKind kind, Oid owner) {
  std::string name = quote_identifier(ddl.catalog().role_name(owner));
  std::vector<AclItem> items;
  using K = query::ObjectKind;
  if (kind == K::database) items.push_back({"", "cT", "", name});
  if (kind == K::function || kind == K::procedure || kind == K::routine)
    items.push_back({"", "X", "", name});
  if (kind == K::type || kind == K::domain || kind == K::language)
    items.push_back({"", "U", "", name});
  items.push_back({name, std::string(all_privileges(kind)), "", name});
  return items;
}

struct AclPlace {
  int acl, owner;
};
AclPlace place_of(Oid catalog) {
  switch (catalog) {
    case pg_class::kOid: return {pg_class::relacl, pg_class::relowner};
    case pg_namespace::kOid: return {pg_namespace::nspacl, pg_namespace::nspowner};
    case pg_type::kOid: return {pg_type::typacl, pg_type::typowner};
    case pg_proc::kOid: return {pg_proc::proacl, pg_proc::proowner};
    case pg_database::kOid: return {pg_database::datacl, pg_database::datdba};
    default: throw SqlError::not_supported("GRANT on this kind of object");
  }
}

void apply(Ddl& ddl, const query::Grant& statement, query::ObjectKind kind,
           const ObjectAddress& object, const std::string& letters) {
  const bool is_column = object.sub != 0;
  const Oid catalog = is_column ? pg_attribute::kOid : object.catalog;
  AclPlace place = is_column ? AclPlace{pg_attribute::attacl, -1} : place_of(catalog);
  RowReader rows =
      is_column ? ddl.writer().read(catalog, catalog::index::pg_attribute_relid_attnum_index,
                                    {key_oid(object.oid),
                                     catalog::key_int2(static_cast<std::int16_t>(object.sub))})
                : ddl.writer().read(catalog, 0, {key_oid(object.oid)});
  if (!rows.next()) return;
  Oid owner = is_column ? ddl.reload(object.oid)->owner : rows.row().oid(place.owner);
  std::vector<AclItem> items;
  operators::ExecutionContext execution = ddl.host().execution_context();
  types::Arena arena;
  execution.eval.arena = &arena;
  const types::TypeSupport* support = types::find_type(types::oid::aclitem_array);
  // Rights are not enforced, so a list that cannot be kept loses nothing but its display.
  if (support == nullptr) return;
  if (rows.row().is_null(place.acl)) {
    if (!is_column) items = default_acl(ddl, kind, owner);
  } else {
    std::string text;
    support->output(execution.eval, rows.row().datum(place.acl), text);
    items = parse_list(text);
  }
  std::string grantor = quote_identifier(ddl.catalog().role_name(owner));
  for (const query::RoleName& role : statement.grantees) {
    Oid oid = ddl.role(role);
    std::string grantee = oid == 0 ? "" : quote_identifier(ddl.catalog().role_name(oid));
    auto item = std::find_if(items.begin(), items.end(), [&](const AclItem& i) {
      return i.grantee == grantee && i.grantor == grantor;
    });
    if (item == items.end()) {
      if (!statement.is_grant) continue;
      items.push_back({grantee, {}, {}, grantor});
      item = items.end() - 1;
    }
    for (char letter : letters) {
      std::string& target = statement.grant_option && !statement.is_grant ? item->with_option
                                                                          : item->letters;
      std::erase(target, letter);
      if (statement.is_grant) {
        item->letters += letter;
        if (statement.grant_option) {
          std::erase(item->with_option, letter);
          item->with_option += letter;
        }
      } else {
        std::erase(item->with_option, letter);
      }
    }
    if (item->letters.empty()) items.erase(item);
  }
  RowBuilder row = ddl.writer().row(catalog);
  if (is_column && items.empty()) {
    row.set_null(place.acl);
    ddl.writer().update(rows.row(), row);
    return;
  }
  std::string text = "{";
  for (const AclItem& item : items) {
    if (text.size() > 1) text += ',';
    std::string one = to_text(item);
    text += one.find('"') == std::string::npos ? one : "\"" + one + "\"";
  }
  text += '}';
  row.parse(place.acl, text);
  ddl.writer().update(rows.row(), row);
}

// GRANT SELECT (a, b): lists of the columns' own.
void apply_to_columns(Ddl& ddl, const query::Grant& statement, const RelationDescriptor& table) {
  constexpr std::string_view kAll = "arwx";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].dropped) continue;
    std::string letters;
    for (const query::Privilege& privilege : statement.privileges) {
      if (std::find(privilege.columns.begin(), privilege.columns.end(), table.columns[i].name) ==
          privilege.columns.end())
        continue;
      if (privilege.name == "all") {
        letters = std::string(kAll);
        break;
      }
      const char letter = letter_of(privilege.name, query::ObjectKind::table);
      if (kAll.find(letter) == std::string_view::npos) {
        std::string upper = privilege.name;
        std::transform(upper.begin(), upper.end(), upper.begin(),
                       [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        throw SqlError("0LP01", "invalid privilege type " + upper + " for column");
      }
      letters += letter;
    }
    if (!letters.empty())
      apply(ddl, statement, query::ObjectKind::table,
            relation_address(table.oid, static_cast<int>(i) + 1), letters);
  }
}

std::vector<ObjectAddress> all_in_schema(Ddl& ddl, const query::Grant& statement) {
  std::vector<ObjectAddress> objects;
  for (const query::ObjectReference& reference : statement.objects) {
    Oid schema = ddl.catalog().schema_oid(reference.name);
    using K = query::ObjectKind;
    if (statement.kind == K::table || statement.kind == K::sequence) {
      transaction::View view = ddl.catalog().take_view(false);
      RowReader rows = RowReader::from_oid(view, ddl.writer().table(pg_class::kOid),
                                           types::kFirstNormalOid);
      while (rows.next()) {
        if (rows.row().oid(pg_class::relnamespace) != schema) continue;
        char kind = rows.row().letter(pg_class::relkind);
        bool wanted = statement.kind == K::sequence ? kind == 'S'
                                                    : kind == 'r' || kind == 'v' || kind == 'm';
        if (wanted) objects.push_back(relation_address(rows.row().oid(pg_class::oid)));
      }
    } else {
      transaction::View view = ddl.catalog().take_view(false);
      RowReader rows = RowReader::from_oid(view, ddl.writer().table(pg_proc::kOid),
                                           types::kFirstNormalOid);
      while (rows.next())
        if (rows.row().oid(pg_proc::pronamespace) == schema)
          objects.push_back({pg_proc::kOid, rows.row().oid(pg_proc::oid), 0});
    }
  }
  return objects;
}

}  // namespace

void grant(Ddl& ddl, const query::Grant& statement) {
  using K = query::ObjectKind;
  std::vector<ObjectAddress> objects;
  if (statement.target == query::Grant::Target::all_in_schema) {
    objects = all_in_schema(ddl, statement);
  } else {
    for (const query::ObjectReference& reference : statement.objects)
      objects.push_back(
          *find_object(ddl, statement.kind, reference, false, RelationLock::access_share));
  }
  for (const ObjectAddress& object : objects) {
    K kind = statement.kind;
    if (object.catalog == pg_class::kOid)
      if (RelationPtr relation = ddl.reload(object.oid))
        if (relation->kind == RelationKind::sequence) kind = K::sequence;
    std::string letters;
    bool whole = statement.privileges.empty(), columns = false;
    for (const query::Privilege& privilege : statement.privileges) {
      if (!privilege.columns.empty()) {
        columns = true;
      } else if (privilege.name == "all") {
        whole = true;
      } else {
        letters += letter_of(privilege.name, kind);
      }
    }
    if (whole) letters = std::string(all_privileges(kind));
    if (!letters.empty()) apply(ddl, statement, kind, object, letters);
    if (!columns) continue;
    RelationPtr table = object.catalog == pg_class::kOid ? ddl.reload(object.oid) : nullptr;
    if (table == nullptr)
      throw SqlError("0LP01", "column privileges are only valid for relations");
    for (const query::Privilege& privilege : statement.privileges)
      for (const std::string& column : privilege.columns)
        if (table->column_index(column) < 0)
          throw SqlError("42703", "column \"" + column + "\" of relation \"" + table->name +
                                      "\" does not exist");
    apply_to_columns(ddl, statement, *table);
  }
}

}  // namespace commands
