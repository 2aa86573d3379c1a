#include "default_privileges.h"

#include <algorithm>
#include <cctype>

#include "acl_update.h"
#include "catalog/acl.h"
#include "rights.h"

namespace commands {
namespace {

namespace default_acl = catalog::pg_default_acl;
using types::Acl;
using types::AclKind;
using types::Privileges;
using K = query::ObjectKind;

// pg_default_acl.defaclobjtype.
char letter_of(AclKind kind) {
  switch (kind) {
    case AclKind::sequence: return 'S';
    case AclKind::function: return 'f';
    case AclKind::type: return 'T';
    case AclKind::schema: return 'n';
    default: return 'r';
  }
}

AclKind kind_of(K kind) {
  switch (kind) {
    case K::sequence: return AclKind::sequence;
    case K::function:
    case K::procedure:
    case K::routine: return AclKind::function;
    case K::type:
    case K::domain: return AclKind::type;
    case K::schema: return AclKind::schema;
    default: return AclKind::relation;
  }
}

const char* name_of(AclKind kind) {
  switch (kind) {
    case AclKind::sequence: return "sequence";
    case AclKind::function: return "function";
    case AclKind::type: return "type";
    case AclKind::schema: return "schema";
    default: return "relation";
  }
}

Privileges privileges_of(const query::Grant& action, AclKind kind) {
  const Privileges all = types::all_privileges(kind);
  if (action.privileges.empty()) return all;
  Privileges wanted = 0;
  for (const query::Privilege& p : action.privileges) {
    if (!p.columns.empty()) throw SqlError("0LP01", "default privileges cannot be set for columns");
    std::string upper = p.name;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    if (upper == "ALL") return all;
    const Privileges one = types::privilege::by_name(upper);
    if (one == 0) throw SqlError("42601", "unrecognized privilege type \"" + p.name + "\"");
    if ((one & all) == 0)
      throw SqlError("0LP01", "invalid privilege type " + upper + " for " + name_of(kind));
    wanted |= one;
  }
  return wanted;
}

// The row of one role, schema (0: all) and kind; 0: none. There are few.
Oid find(Ddl& ddl, Oid role, Oid schema, AclKind kind) {
  RowReader rows = ddl.writer().read(default_acl::kOid, 0, catalog::Key{});
  while (rows.next())
    if (rows.row().oid(default_acl::defaclrole) == role && rows.row().oid(default_acl::defaclnamespace) == schema &&
        rows.row().letter(default_acl::defaclobjtype) == letter_of(kind))
      return rows.row().oid(default_acl::oid);
  return 0;
}

std::optional<Acl> stored(Ddl& ddl, Oid role, Oid schema, AclKind kind) {
  const Oid oid = find(ddl, role, schema, kind);
  if (oid == 0) return std::nullopt;
  RowReader rows = ddl.writer().read(default_acl::kOid, 0, {key_oid(oid)});
  return rows.next() ? catalog::read_acl(rows.row(), default_acl::defaclacl) : std::nullopt;
}

bool same(Acl a, Acl b) {
  auto less = [](const types::AclItem& x, const types::AclItem& y) {
    return std::pair(x.grantee, x.grantor) < std::pair(y.grantee, y.grantor);
  };
  std::sort(a.begin(), a.end(), less);
  std::sort(b.begin(), b.end(), less);
  return a == b;
}

void change(Ddl& ddl, const query::Grant& action, std::span<const Oid> grantees, Oid role, Oid schema,
            AclKind kind, Privileges privileges) {
  // What is said of one schema adds to what is said of all.
  const Acl unsaid = schema == 0 ? types::default_acl(kind, role) : Acl{};
  const Oid old = find(ddl, role, schema, kind);
  Acl acl = stored(ddl, role, schema, kind).value_or(unsaid);
  AclChange step;
  step.is_grant = action.is_grant;
  step.grant_option = action.grant_option;
  step.cascade = action.cascade;
  step.grantor = role;
  step.grantees = grantees;
  step.privileges = privileges;
  acl = changed_acl(std::move(acl), role, step);
  std::sort(acl.begin(), acl.end(), [](const types::AclItem& x, const types::AclItem& y) {
    return std::pair(x.grantee, x.grantor) < std::pair(y.grantee, y.grantor);
  });
  if (same(acl, unsaid)) {
    if (old == 0) return;
    if (ddl.host().collects_drops()) ddl.host().dropped({default_acl::kOid, old, 0, true, false, false});
    ddl.writer().remove_all(default_acl::kOid, 0, {key_oid(old)});
    return;
  }
  types::Arena arena;
  RowBuilder row = ddl.writer().row(default_acl::kOid);
  row.set_datum(default_acl::defaclacl, types::acl_datum(arena, acl));
  if (old != 0) {
    ddl.writer().update_one(0, {key_oid(old)}, row);
    return;
  }
  row.set(default_acl::oid, ddl.writer().allocate_oid());
  row.set(default_acl::defaclrole, role);
  row.set(default_acl::defaclnamespace, schema);
  row.set(default_acl::defaclobjtype, letter_of(kind));
  ddl.writer().insert(row);
}

}  // namespace

void alter_default_privileges(Ddl& ddl, const query::AlterDefaultPrivileges& statement) {
  const query::Grant& action = statement.action;
  const AclKind kind = kind_of(action.kind);
  const Privileges privileges = privileges_of(action, kind);
  std::vector<Oid> grantees, roles, schemas;
  for (const query::RoleName& name : action.grantees) grantees.push_back(grantee(ddl, name));
  for (const query::RoleName& name : statement.for_roles) {
    roles.push_back(ddl.role(name));
    require_member_of(ddl, roles.back());
  }
  if (roles.empty()) roles.push_back(ddl.catalog().user());
  if (kind == AclKind::schema && !statement.in_schemas.empty())
    throw SqlError("0LP01", "cannot use IN SCHEMA clause when using GRANT/REVOKE ON SCHEMAS");
  for (const std::string& name : statement.in_schemas) schemas.push_back(ddl.catalog().schema_oid(name));
  if (schemas.empty()) schemas.push_back(0);
  for (Oid role : roles)
    for (Oid schema : schemas) change(ddl, action, grantees, role, schema, kind, privileges);
}

std::optional<Acl> default_privileges(Ddl& ddl, AclKind kind, Oid owner, Oid schema) {
  const std::optional<Acl> of_all = stored(ddl, owner, 0, kind);
  const std::optional<Acl> of_schema = schema != 0 ? stored(ddl, owner, schema, kind) : std::nullopt;
  if (!of_all && !of_schema) return std::nullopt;
  Acl acl = of_all ? *of_all : types::default_acl(kind, owner);
  for (const types::AclItem& item : of_schema.value_or(Acl{})) {
    auto known = std::find_if(acl.begin(), acl.end(), [&](const types::AclItem& i) {
      return i.grantee == item.grantee && i.grantor == item.grantor;
    });
    if (known == acl.end()) {
      acl.push_back(item);
      continue;
    }
    known->privileges |= item.privileges;
    known->grant_options |= item.grant_options;
  }
  if (same(acl, types::default_acl(kind, owner))) return std::nullopt;
  return acl;
}

void set_default_privileges(Ddl& ddl, RowBuilder& row, int column, AclKind kind, Oid owner, Oid schema) {
  const std::optional<Acl> acl = default_privileges(ddl, kind, owner, schema);
  if (!acl) return;
  types::Arena arena;
  row.set_datum(column, types::acl_datum(arena, *acl));
}

}  // namespace commands
