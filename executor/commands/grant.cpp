// GRANT and REVOKE on objects.
#include <algorithm>

#include "acl_update.h"
#include "catalog/acl.h"
#include "rename.h"
#include "catalog/object_columns.h"
#include "large_object.h"
#include "rights.h"
#include "role.h"
#include "unqualified_object.h"

namespace commands {
namespace {

using types::Acl;
using types::AclKind;
using types::Privileges;
using K = query::ObjectKind;

constexpr Privileges kColumnPrivileges = types::privilege::of_letters("arwx");

AclKind acl_kind(K kind) {
  switch (kind) {
    case K::sequence: return AclKind::sequence;
    case K::schema: return AclKind::schema;
    case K::database: return AclKind::database;
    case K::function:
    case K::procedure:
    case K::routine: return AclKind::function;
    case K::type:
    case K::domain: return AclKind::type;
    case K::language: return AclKind::language;
    case K::tablespace: return AclKind::tablespace;
    case K::foreign_data_wrapper: return AclKind::data_wrapper;
    case K::foreign_server: return AclKind::server;
    case K::large_object: return AclKind::large_object;
    case K::parameter: return AclKind::parameter;
    default: return AclKind::relation;
  }
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

Privileges privilege_of(const std::string& name, Privileges allowed, const std::string& kind) {
  const Privileges found = types::privilege::by_name(upper(name));
  if (found == 0) throw SqlError("42601", "unrecognized privilege type \"" + name + "\"");
  if ((found & allowed) == 0)
    throw SqlError("0LP01", "invalid privilege type " + upper(name) + " for " + kind);
  return found;
}

// One list: where it is, whose object it belongs to, what the object is called.
struct Target {
  AclKind kind;
  Oid owner;
  std::optional<Acl> acl;
  std::string what, name;  // "table", "t"
  std::string column = {};  // of a relation of that name
};

// Says who grants, and what of it that role can; throws 42501 when it can do nothing here.
AclChange checked(Ddl& ddl, const query::Grant& statement, const Target& target, const Acl& acl,
                  Privileges privileges, bool all) {
  const Oid user = ddl.catalog().user();
  const Grantor grantor = best_grantor(ddl, user, privileges, acl, target.owner);
  if (grantor.options == 0) {
    const catalog::Held held = catalog::held_by_list(ddl.catalog(), user, acl);
    if (((held.privileges | held.grant_options) & types::all_privileges(target.kind)) == 0)
      throw SqlError("42501", "permission denied for " + target.what + " " + target.name);
  }
  const std::string shown = target.column.empty() ? "\"" + target.name + "\""
                                                  : "column \"" + target.column + "\" of relation \"" + target.name + "\"";
  const auto possible = static_cast<Privileges>(privileges & grantor.options);
  const std::string verb = statement.is_grant ? "granted" : "revoked";
  const char* const sqlstate = statement.is_grant ? "01007" : "01006";
  if (possible == 0)
    ddl.warning(sqlstate, statement.is_grant
                              ? "no privileges were granted for " + shown
                              : "no privileges could be revoked for " + shown);
  else if (!all && possible != privileges)
    ddl.warning(sqlstate, statement.is_grant
                              ? "not all privileges were granted for " + shown
                              : "not all privileges could be revoked for " + shown);
  AclChange change;
  change.is_grant = statement.is_grant;
  change.grant_option = statement.grant_option;
  change.cascade = statement.cascade;
  change.grantor = grantor.role;
  change.privileges = possible;
  return change;
}

class Granter {
 public:
  Granter(Ddl& ddl, const query::Grant& statement) : ddl_(ddl), statement_(statement) {
    for (const query::RoleName& role : statement.grantees) grantees_.push_back(grantee(ddl, role));
    if (statement.granted_by && ddl.role(*statement.granted_by) != ddl.catalog().user())
      throw SqlError("0A000", "grantor must be current user");
  }

  // Settings have a row each once somebody was granted something; they belong to the bootstrap superuser.
  void run_on_parameter(const std::string& name) {
    namespace parameters = catalog::pg_parameter_acl;
    Privileges wanted = 0;
    bool all = statement_.privileges.empty();
    for (const query::Privilege& privilege : statement_.privileges) {
      if (privilege.name == "all") all = true;
      else wanted |= privilege_of(privilege.name, types::all_privileges(AclKind::parameter), "parameter");
    }
    if (all) wanted = types::all_privileges(AclKind::parameter);
    RowReader rows = ddl_.writer().read(parameters::kOid, parameters::kNameIndex, {key_text(name)});
    const bool exists = rows.next();
    if (!exists && !statement_.is_grant) return;
    const Target target{AclKind::parameter, catalog::kBootstrapRole, std::nullopt, "parameter", name};
    const Acl none = types::default_acl(AclKind::parameter, target.owner);
    const Acl old = exists ? catalog::read_acl(rows.row(), parameters::paracl).value_or(none) : none;
    AclChange change = checked(ddl_, statement_, target, old, wanted, all);
    change.grantees = grantees_;
    const Acl changed = changed_acl(old, target.owner, change);
    if (changed == none) {
      if (exists) ddl_.writer().remove(parameters::kOid, rows.row());
      return;
    }
    types::Arena arena;
    RowBuilder row = ddl_.writer().row(parameters::kOid);
    row.set_datum(parameters::paracl, types::acl_datum(arena, changed));
    if (exists) return ddl_.writer().update(rows.row(), row);
    row.set(parameters::oid, ddl_.writer().allocate_oid(true));
    row.set(parameters::parname, name);
    ddl_.writer().insert(row);
  }

  void run(const ObjectAddress& named) {
    // A large object's list is beside its pages.
    const ObjectAddress object = named.catalog == kLargeObjects ? ObjectAddress{kLargeObjectMetadata, named.oid, 0} : named;
    if (object.catalog == catalog::pg_language::kOid) require_trusted(object.oid);
    const catalog::AclPlace* place = catalog::find_acl_place(object.catalog);
    if (place == nullptr) throw SqlError::not_supported("GRANT on this kind of object");
    RelationPtr relation = object.catalog == pg_class::kOid ? ddl_.reload(object.oid) : nullptr;
    K kind = statement_.kind;
    if (const catalog::TypeInfo* type = object.catalog == pg_type::kOid ? ddl_.catalog().type(object.oid) : nullptr) {
      if (type->is_true_array)
        throw SqlError("0LP01", "cannot set privileges of array types")
            .with_hint("Set the privileges of the element type instead.");
      if (kind == K::domain && type->kind != 'd')
        throw SqlError("42809", "\"" + std::string(type->name) + "\" is not a domain");
    }
    if (relation != nullptr) {
      if (relation->kind == RelationKind::index || relation->kind == RelationKind::partitioned_index)
        throw SqlError("42809", "\"" + relation->name + "\" is an index");
      if (relation->kind == RelationKind::composite)
        throw SqlError("42809", "\"" + relation->name + "\" is a composite type");
      if (kind == K::sequence && relation->kind != RelationKind::sequence)
        throw SqlError("42809", "\"" + relation->name + "\" is not a sequence");
      if (relation->kind == RelationKind::sequence) kind = K::sequence;
    }
    const AclKind of = acl_kind(kind);
    const bool by_table_word = kind == K::sequence && statement_.kind != K::sequence;
    // GRANT .. ON TABLE of a sequence takes a table's privileges, and drops those that it has none of.
    Privileges allowed = types::all_privileges(of);
    if (by_table_word) allowed |= types::all_privileges(AclKind::relation);
    if (relation != nullptr && statement_.kind != K::sequence) allowed |= types::all_privileges(AclKind::sequence);
    const std::string kind_text = relation != nullptr && !by_table_word && kind != K::sequence
                                      ? "relation" : rights_words(statement_.kind);
    Privileges whole = 0;
    bool all = statement_.privileges.empty(), columns = false;
    for (const query::Privilege& privilege : statement_.privileges) {
      if (!privilege.columns.empty()) {
        if (statement_.kind == K::sequence) throw SqlError("0LP01", "column privileges are only valid for relations");
        columns = true;
        continue;
      }
      if (privilege.name == "all")
        all = true;
      else
        whole |= privilege_of(privilege.name, allowed, kind_text);
    }
    if (all) whole = types::all_privileges(of);
    if (by_table_word) whole &= types::all_privileges(AclKind::sequence);
    // Said of a table by its word, which sequences have, too.
    if (relation != nullptr && kind != K::sequence && (whole & ~types::all_privileges(AclKind::relation)) != 0)
      throw SqlError("0LP01", "invalid privilege type USAGE for table");
    if (whole != 0) change_object(object, *place, of, relation.get(), whole, all);
    if (relation == nullptr) {
      if (columns) throw SqlError("0LP01", "column privileges are only valid for relations");
      return;
    }
    // What the table loses its columns lose, too.
    std::vector<Privileges> of_columns(relation->columns.size());
    if (!statement_.is_grant && (whole & kColumnPrivileges) != 0) {
      of_columns.assign(of_columns.size(), static_cast<Privileges>(whole & kColumnPrivileges));
      if (relation->kind != RelationKind::view) warn_of_system_columns(*relation, of_columns.empty() ? whole : of_columns[0], all);
    }
    for (const query::Privilege& privilege : statement_.privileges) {
      const Privileges wanted = privilege.columns.empty() ? Privileges{0}
                                : privilege.name == "all" ? kColumnPrivileges
                                : privilege_of(privilege.name, kColumnPrivileges, "column");
      for (const std::string& name : privilege.columns) {
        const int column = relation->column_index(name);
        if (column < 0)
          throw SqlError("42703", "column \"" + name + "\" of relation \"" + relation->name +
                                      "\" does not exist");
        of_columns[static_cast<std::size_t>(column)] |= wanted;
      }
    }
    for (std::size_t i = 0; i < of_columns.size(); ++i)
      if (of_columns[i] != 0 && !relation->columns[i].dropped)
        change_column(*relation, i, of_columns[i], all);
  }

 private:
  void change_object(const ObjectAddress& object, const catalog::AclPlace& place, AclKind kind,
                     const RelationDescriptor* relation, Privileges privileges, bool all) {
    RowReader rows = ddl_.writer().read(place.catalog, 0, {key_oid(object.oid)});
    if (!rows.next()) return;
    Target target{kind, rows.row().oid(place.owner), catalog::read_acl(rows.row(), place.acl), {}, {}};
    target.what = relation != nullptr              ? std::string(kind_name(relation->kind))
                  : statement_.kind == K::domain ? std::string("type")
                                                 : rights_words(statement_.kind);
    target.name = relation != nullptr ? relation->name : name_of(object);
    const Acl old = target.acl ? *target.acl : types::default_acl(kind, target.owner);
    AclChange change = checked(ddl_, statement_, target, old, privileges, all);
    change.grantees = grantees_;
    types::Arena arena;
    RowBuilder row = ddl_.writer().row(place.catalog);
    row.set_datum(place.acl, types::acl_datum(arena, changed_acl(old, target.owner, change)));
    ddl_.writer().update(rows.row(), row);
  }

  // What cannot be revoked on the table cannot be on these either, and PostgreSQL says so of each.
  void warn_of_system_columns(const RelationDescriptor& relation, Privileges privileges, bool all) {
    const Acl acl = relation.acl ? *relation.acl : types::default_acl(AclKind::relation, relation.owner);
    for (const char* name : {"tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"})
      checked(ddl_, statement_,
              Target{AclKind::relation, relation.owner, std::nullopt, std::string(kind_name(relation.kind)), relation.name, name},
              acl, privileges, all || privileges == kColumnPrivileges);
  }

  void change_column(const RelationDescriptor& relation, std::size_t column, Privileges privileges, bool all) {
    const Acl& old = relation.columns[column].acl;
    // Grant options on the table are good for its columns.
    Acl both = relation.acl ? *relation.acl : types::default_acl(AclKind::relation, relation.owner);
    both.insert(both.end(), old.begin(), old.end());
    const Target target{AclKind::relation, relation.owner, std::nullopt,
                        std::string(kind_name(relation.kind)), relation.name, relation.columns[column].name};
    AclChange change = checked(ddl_, statement_, target, both, privileges, all || privileges == kColumnPrivileges);
    if (!statement_.is_grant && old.empty()) return;
    change.grantees = grantees_;
    const Acl changed = changed_acl(old, relation.owner, change);
    RowReader rows = ddl_.writer().read(
        pg_attribute::kOid, catalog::index::pg_attribute_relid_attnum_index,
        {key_oid(relation.oid), catalog::key_int2(static_cast<std::int16_t>(column + 1))});
    if (!rows.next()) return;
    types::Arena arena;
    RowBuilder row = ddl_.writer().row(pg_attribute::kOid);
    if (changed.empty())
      row.set_null(pg_attribute::attacl);
    else
      row.set_datum(pg_attribute::attacl, types::acl_datum(arena, changed));
    ddl_.writer().update(rows.row(), row);
  }

  void require_trusted(Oid language) {
    RowReader rows = ddl_.writer().read(catalog::pg_language::kOid, 0, {key_oid(language)});
    if (!rows.next() || rows.row().flag(catalog::pg_language::lanpltrusted)) return;
    throw SqlError("42809", "language \"" + rows.row().string(catalog::pg_language::lanname) + "\" is not trusted")
        .with_detail("GRANT and REVOKE are not allowed on untrusted languages, because only superusers can use untrusted "
                     "languages.");
  }

  std::string name_of(const ObjectAddress& object) {
    switch (object.catalog) {
      case pg_namespace::kOid: return ddl_.catalog().schema_name(object.oid);
      case pg_proc::kOid: {
        const catalog::FunctionInfo* f = ddl_.catalog().function(object.oid);
        return f != nullptr ? std::string(f->name) : std::string();
      }
      case pg_type::kOid: return std::string(ddl_.catalog().type(object.oid)->name);
      case kLargeObjectMetadata: return "large object " + std::to_string(object.oid);
      default: {
        for (const query::ObjectReference& reference : statement_.objects) return reference.name;
        return {};
      }
    }
  }

  Ddl& ddl_;
  const query::Grant& statement_;
  std::vector<Oid> grantees_;
};

std::vector<ObjectAddress> all_in_schema(Ddl& ddl, const query::Grant& statement) {
  std::vector<ObjectAddress> objects;
  for (const query::ObjectReference& reference : statement.objects) {
    Oid schema = ddl.catalog().schema_oid(reference.name);
    transaction::View view = ddl.catalog().take_view(false);
    if (statement.kind == K::table || statement.kind == K::sequence) {
      RowReader rows = RowReader::from_oid(view, ddl.writer().table(pg_class::kOid),
                                           types::kFirstNormalOid);
      while (rows.next()) {
        if (rows.row().oid(pg_class::relnamespace) != schema) continue;
        const char kind = rows.row().letter(pg_class::relkind);
        const bool wanted = statement.kind == K::sequence
                                ? kind == 'S'
                                : std::string_view("rvmfp").find(kind) != std::string_view::npos;
        if (wanted) objects.push_back(relation_address(rows.row().oid(pg_class::oid)));
      }
    } else {
      RowReader rows = RowReader::from_oid(view, ddl.writer().table(pg_proc::kOid),
                                           types::kFirstNormalOid);
      while (rows.next()) {
        if (rows.row().oid(pg_proc::pronamespace) != schema) continue;
        const bool procedure = rows.row().letter(pg_proc::prokind) == 'p';
        if (statement.kind == K::routine || procedure == (statement.kind == K::procedure))
          objects.push_back({pg_proc::kOid, rows.row().oid(pg_proc::oid), 0});
      }
    }
  }
  return objects;
}

}  // namespace

namespace {

// In lower case; one that nobody knows must look like an extension's: two words and a dot.
std::string parameter_name(const std::string& written) {
  std::string name = written;
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const catalog::SettingInfo& setting : Builtins::get().settings()) {
    std::string known(setting.name);
    std::ranges::transform(known, known.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (known == name) return name;
  }
  bool good = name.find('.') != std::string::npos, first = true;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '.') {
      good = good && !first;
      first = true;
      continue;
    }
    good = good && (std::isalpha(byte) || c == '_' || byte >= 0x80 || (!first && (std::isdigit(byte) || c == '$')));
    first = false;
  }
  if (!good || first) throw SqlError("42602", "invalid parameter name \"" + written + "\"");
  return name;
}

}  // namespace

void grant(Ddl& ddl, const query::Grant& statement) {
  if (statement.kind == K::parameter) {
    Granter granter(ddl, statement);
    for (const query::ObjectReference& reference : statement.objects)
      granter.run_on_parameter(parameter_name(reference.name));
    return;
  }
  std::vector<ObjectAddress> objects;
  if (statement.target == query::Grant::Target::all_in_schema) {
    objects = all_in_schema(ddl, statement);
  } else {
    for (const query::ObjectReference& reference : statement.objects)
      objects.push_back(
          *find_object(ddl, statement.kind, reference, false, RelationLock::access_share));
  }
  Granter granter(ddl, statement);
  for (const ObjectAddress& object : objects) granter.run(object);
}

}  // namespace commands
