#include "role.h"

#include <algorithm>

#include "alter_table.h"
#include "catalog/acl.h"
#include "catalog/object_columns.h"
#include "catalog/unqualified_objects.h"
#include "rights.h"
#include "role_uses.h"
#include "scram_verifier.h"
#include "stored_settings.h"
#include "types/session_services.h"
#include "types/type_io.h"

namespace commands {
namespace {

bool is_true(const query::Option& option) {
  return !option.has_value || (option.value() != "false" && option.value() != "off" &&
                               option.value() != "0");
}

bool may_create_roles(Ddl& ddl) {
  const catalog::RoleInfo* self = ddl.catalog().role(ddl.catalog().user());
  return self != nullptr && (self->superuser || self->create_role);
}

void require_create_role(Ddl& ddl, const char* message) {
  if (!may_create_roles(ddl)) throw SqlError("42501", message);
}

void require_superuser(Ddl& ddl, const char* message) {
  if (!is_superuser(ddl)) throw SqlError("42501", message);
}

bool is_given(const std::vector<query::Option>& options, std::string_view name) {
  return std::any_of(options.begin(), options.end(), [&](const auto& o) { return o.name == name; });
}
bool is_switched_on(const std::vector<query::Option>& options, std::string_view name) {
  return std::any_of(options.begin(), options.end(), [&](const auto& o) { return o.name == name && is_true(o); });
}

void require_may_make(Ddl& ddl, const std::vector<query::Option>& options) {
  if (is_switched_on(options, "superuser"))
    require_superuser(ddl, "must be superuser to create superusers");
  else if (is_switched_on(options, "isreplication"))
    require_superuser(ddl, "must be superuser to create replication users");
  else if (is_switched_on(options, "bypassrls"))
    require_superuser(ddl, "must be superuser to create bypassrls users");
  else
    require_create_role(ddl, "permission denied to create role");
}

void require_may_alter(Ddl& ddl, Oid role, const query::AlterRole& statement) {
  const catalog::RoleInfo* info = ddl.catalog().role(role);
  const auto& options = statement.options;
  if (is_given(options, "superuser") || (info != nullptr && info->superuser))
    require_superuser(ddl, "must be superuser to alter superuser roles or change superuser attribute");
  else if (is_given(options, "isreplication") || (info != nullptr && info->replication))
    require_superuser(ddl, "must be superuser to alter replication roles or change replication attribute");
  else if (is_given(options, "bypassrls"))
    require_superuser(ddl, "must be superuser to change bypassrls attribute");
  else if (role != ddl.catalog().user() || options.empty() ||
           std::any_of(options.begin(), options.end(), [](const auto& o) { return o.name != "password"; }))
    require_create_role(ddl, "permission denied");  // everyone changes their own password
}

// WITH ADMIN OPTION on another role, held directly or by a role that it is a member of.
bool is_admin_of(Ddl& ddl, Oid member, Oid role) {
  RowReader rows = ddl.writer().read(pg_auth_members::kOid, 0, {key_oid(role)});
  while (rows.next())
    if (rows.row().flag(pg_auth_members::admin_option) &&
        catalog::is_member_of(ddl.catalog(), member, rows.row().oid(pg_auth_members::member)))
      return true;
  return false;  // nobody is of themselves
}

void require_may_give(Ddl& ddl, Oid role) {
  if (is_superuser(ddl)) return;
  if (ddl.catalog().is_superuser(role)) throw SqlError("42501", "must be superuser to alter superusers");
  if (!may_create_roles(ddl) && !is_admin_of(ddl, ddl.catalog().user(), role))
    throw SqlError("42501", "must have admin option on role \"" + ddl.catalog().role_name(role) + "\"");
}

// rolpassword of what was written: a verifier as it is, or one made of the plain text.
std::string password_of(Ddl& ddl, const std::string& written, const std::string& role) {
  if (password_form(written) != PasswordForm::plain) return written;
  const auto execution = ddl.host().execution_context();
  if (execution.eval.session->get_setting("password_encryption", false) == "md5") return make_md5_verifier(written, role);
  return make_scram_verifier(written);
}

void apply_options(Ddl& ddl, RowBuilder& row, const std::vector<query::Option>& options, const std::string& role) {
  for (const query::Option& option : options) {
    const std::string& name = option.name;
    if (name == "superuser") row.set(pg_authid::rolsuper, is_true(option));
    else if (name == "inherit") row.set(pg_authid::rolinherit, is_true(option));
    else if (name == "createrole") row.set(pg_authid::rolcreaterole, is_true(option));
    else if (name == "createdb") row.set(pg_authid::rolcreatedb, is_true(option));
    else if (name == "canlogin") row.set(pg_authid::rolcanlogin, is_true(option));
    else if (name == "isreplication") row.set(pg_authid::rolreplication, is_true(option));
    else if (name == "bypassrls") row.set(pg_authid::rolbypassrls, is_true(option));
    else if (name == "connectionlimit") {
      const int limit = std::stoi(option.value());
      if (limit < -1) throw SqlError("22023", "invalid connection limit: " + option.value());
      row.set(pg_authid::rolconnlimit, limit);
    } else if (name == "validUntil") {
      operators::ExecutionContext execution = ddl.host().execution_context();
      types::Arena arena;
      execution.eval.arena = &arena;
      const types::TypeSupport& support = types::type_support(types::oid::timestamptz);
      row.set_datum(pg_authid::rolvaliduntil, support.input(execution.eval, option.value(), -1));
    } else if (name == "password") {
      if (!option.has_value || option.value().empty() || verifies_empty(option.value(), role)) {
        if (option.has_value && option.value_is_string)
          ddl.notice("00000", "empty string is not a valid password, clearing password");
        row.set_null(pg_authid::rolpassword);
      } else {
        row.set(pg_authid::rolpassword, password_of(ddl, option.value(), role));
      }
    } else if (name == "sysid") {
      ddl.notice("00000", "SYSID can no longer be specified");
    } else if (name != "addroleto" && name != "rolemembers" &&
               name != "adminmembers") {
      throw SqlError("42601", "unrecognized role option \"" + name + "\"");
    }
  }
}

constexpr Oid kPgDatabaseOwner = 6171;

void add_member(Ddl& ddl, Oid role, Oid member, bool admin) {
  if (role == kPgDatabaseOwner)
    throw SqlError("XX000", "role \"" + ddl.catalog().role_name(role) + "\" cannot have explicit members");
  if (member == kPgDatabaseOwner)
    throw SqlError("XX000", "role \"" + ddl.catalog().role_name(member) + "\" cannot be a member of any role");
  if (role == member)
    throw SqlError("0LP01", "role \"" + ddl.catalog().role_name(role) +
                                "\" is a member of role \"" + ddl.catalog().role_name(member) + "\"");
  // A loop of memberships would never end.
  const catalog::RoleInfo* holder = ddl.catalog().role(role);
  std::vector<Oid> reached = holder ? holder->member_of : std::vector<Oid>{};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    if (reached[i] == member)
      throw SqlError("0LP01", "role \"" + ddl.catalog().role_name(role) +
                                  "\" is a member of role \"" + ddl.catalog().role_name(member) + "\"");
    if (const catalog::RoleInfo* info = ddl.catalog().role(reached[i]))
      for (Oid next : info->member_of)
        if (std::find(reached.begin(), reached.end(), next) == reached.end())
          reached.push_back(next);
  }
  RowReader rows = ddl.writer().read(pg_auth_members::kOid, 0, {key_oid(role), key_oid(member)});
  if (rows.next()) {
    if (!admin || rows.row().flag(pg_auth_members::admin_option)) {
      ddl.notice("00000", "role \"" + ddl.catalog().role_name(member) +
                              "\" is already a member of role \"" +
                              ddl.catalog().role_name(role) + "\"");
      return;
    }
    RowBuilder row = ddl.writer().row(pg_auth_members::kOid);
    row.set(pg_auth_members::admin_option, true);
    ddl.writer().update(rows.row(), row);
    return;
  }
  RowBuilder row = ddl.writer().row(pg_auth_members::kOid);
  row.set(pg_auth_members::roleid, role);
  row.set(pg_auth_members::member, member);
  row.set(pg_auth_members::grantor, ddl.catalog().user());
  row.set(pg_auth_members::admin_option, admin);
  ddl.writer().insert(row);
}

}  // namespace

void create_role(Ddl& ddl, const query::CreateRole& statement) {
  require_may_make(ddl, statement.options);
  if (statement.name.starts_with("pg_"))
    throw SqlError("42939", "role name \"" + statement.name + "\" is reserved")
        .with_detail("Role names starting with \"pg_\" are reserved.");
  if (ddl.catalog().find_role(statement.name) != 0)
    throw SqlError("42710", "role \"" + statement.name + "\" already exists");
  Oid oid = ddl.writer().allocate_oid(true);
  RowBuilder row = ddl.writer().row(pg_authid::kOid);
  row.set(pg_authid::oid, oid);
  row.set(pg_authid::rolname, statement.name);
  row.set(pg_authid::rolsuper, false);
  row.set(pg_authid::rolinherit, true);
  row.set(pg_authid::rolcreaterole, false);
  row.set(pg_authid::rolcreatedb, false);
  row.set(pg_authid::rolcanlogin, statement.kind == query::CreateRole::Kind::user);
  row.set(pg_authid::rolreplication, false);
  row.set(pg_authid::rolbypassrls, false);
  row.set(pg_authid::rolconnlimit, -1);
  apply_options(ddl, row, statement.options, statement.name);
  ddl.writer().insert(row);
  for (const query::RoleName& role : statement.member_of) {
    require_may_give(ddl, ddl.role(role));
    add_member(ddl, ddl.role(role), oid, false);
  }
  for (const query::RoleName& role : statement.members) add_member(ddl, oid, ddl.role(role), false);
  for (const query::RoleName& role : statement.admins) add_member(ddl, oid, ddl.role(role), true);
}

void alter_role(Ddl& ddl, const query::AlterRole& statement) {
  Oid oid = ddl.role(statement.role);
  if (statement.members.empty())
    require_may_alter(ddl, oid, statement);
  else
    require_may_give(ddl, oid);
  if (!statement.options.empty()) {
    RowBuilder row = ddl.writer().row(pg_authid::kOid);
    apply_options(ddl, row, statement.options, ddl.catalog().role_name(oid));
    ddl.writer().update_one(0, {key_oid(oid)}, row);
  }
  for (const query::RoleName& member : statement.members) {
    const Oid member_oid = ddl.role(member);
    if (statement.member_action > 0) {
      add_member(ddl, oid, member_oid, false);
    } else if (ddl.writer().read(pg_auth_members::kOid, 0, {key_oid(oid), key_oid(member_oid)}).next()) {
      ddl.writer().remove_all(pg_auth_members::kOid, 0, {key_oid(oid), key_oid(member_oid)});
    } else {
      ddl.warning("01000", "role \"" + ddl.catalog().role_name(member_oid) + "\" is not a member of role \"" +
                               ddl.catalog().role_name(oid) + "\"");
    }
  }
}

void require_may_rename_role(Ddl& ddl, Oid role) {
  if (ddl.catalog().is_superuser(role))
    require_superuser(ddl, "must be superuser to rename superusers");
  else
    require_create_role(ddl, "permission denied to rename role");
}

void require_may_comment_on_role(Ddl& ddl, Oid role) {
  if (ddl.catalog().is_superuser(role))
    require_superuser(ddl, "must be superuser");
  else
    require_create_role(ddl, "must have CREATEROLE privilege");
}

void drop_role(Ddl& ddl, const query::DropRole& statement) {
  require_create_role(ddl, "permission denied to drop role");
  for (const query::RoleName& name : statement.roles) {
    if (name.kind != query::RoleKind::named) throw SqlError("22023", "cannot use special role specifier in DROP ROLE");
    const Oid oid = ddl.catalog().find_role(name.name);
    if (oid == 0) {
      if (!statement.missing_ok)
        throw SqlError("42704", "role \"" + name.name + "\" does not exist");
      ddl.notice("00000", "role \"" + name.name + "\" does not exist, skipping");
      continue;
    }
    if (oid == ddl.catalog().user()) throw SqlError("55006", "current user cannot be dropped");
    if (ddl.catalog().is_superuser(oid)) require_superuser(ddl, "must be superuser to drop superusers");
    if (is_predefined_role(oid))
      throw SqlError("2BP01", "cannot drop role " + quote_identifier(name.name) +
                                  " because it is required by the database system");
    std::string used;
    for (const RoleUse& use : uses_of(ddl, oid)) {
      if (!used.empty()) used += '\n';
      used += describe_use(ddl, use);
    }
    if (!used.empty())
      throw SqlError("2BP01", "role \"" + name.name +
                                  "\" cannot be dropped because some objects depend on it")
          .with_detail(std::move(used));
    ddl.writer().remove_all(pg_auth_members::kOid, 0, {key_oid(oid)});
    ddl.writer().remove_all(pg_auth_members::kOid,
                            catalog::index::pg_auth_members_member_role_index, {key_oid(oid)});
    ddl.writer().remove_all(pg_authid::kOid, 0, {key_oid(oid)});
  }
}

void grant_role(Ddl& ddl, const query::GrantRole& statement) {
  if (statement.granted_by) ddl.role(*statement.granted_by);  // 42704
  for (const std::string& name : statement.roles) {
    Oid role = ddl.catalog().find_role(name);
    if (role == 0) throw SqlError("42704", "role \"" + name + "\" does not exist");
    require_may_give(ddl, role);
    for (const query::RoleName& grantee : statement.grantees) {
      Oid member = ddl.role(grantee);
      if (statement.is_grant) {
        add_member(ddl, role, member, statement.admin_option);
        continue;
      }
      RowReader rows =
          ddl.writer().read(pg_auth_members::kOid, 0, {key_oid(role), key_oid(member)});
      if (!rows.next()) {
        ddl.warning("01000", "role \"" + ddl.catalog().role_name(member) +
                                 "\" is not a member of role \"" + name + "\"");
      } else if (statement.admin_option) {
        RowBuilder row = ddl.writer().row(pg_auth_members::kOid);
        row.set(pg_auth_members::admin_option, false);
        ddl.writer().update(rows.row(), row);
      } else {
        ddl.writer().remove(pg_auth_members::kOid, rows.row());
      }
    }
  }
}

namespace {

void require_may_alter_settings(Ddl& ddl, Oid database, Oid role) {
  if (is_superuser(ddl)) return;
  if (role != 0) {
    if (ddl.catalog().is_superuser(role)) throw SqlError("42501", "must be superuser to alter superusers");
    if (role != ddl.catalog().user()) require_create_role(ddl, "permission denied");
    return;
  }
  if (database == 0) throw SqlError("42501", "must be superuser to alter settings globally");
  RowReader rows = ddl.writer().read(pg_database::kOid, 0, {key_oid(database)});
  if (rows.next() && !ddl.owns(rows.row().oid(pg_database::datdba)))
    throw SqlError("42501", "must be owner of database " + rows.row().string(pg_database::datname));
}

}  // namespace

void alter_setting(Ddl& ddl, const query::AlterSetting& statement) {
  namespace setting = catalog::pg_db_role_setting;
  using Scope = query::AlterSetting::Scope;
  if (statement.scope == Scope::system) {
    if (!is_superuser(ddl))
      throw SqlError("42501", "permission denied to set parameter \"" + statement.setting.name + "\"");
    throw SqlError::not_supported("ALTER SYSTEM");
  }
  Oid database = 0, role = 0;
  if (!statement.database.empty()) {
    RowReader rows = ddl.writer().read(pg_database::kOid, catalog::index::pg_database_datname_index,
                                       {key_text(statement.database)});
    if (!rows.next())
      throw SqlError("3D000", "database \"" + statement.database + "\" does not exist");
    database = rows.row().oid(pg_database::oid);
  }
  if (statement.scope == Scope::role) role = ddl.role(statement.role);
  require_may_alter_settings(ddl, database, role);
  RowReader rows = ddl.writer().read(setting::kOid, 0, {key_oid(database), key_oid(role)});
  bool exists = rows.next();
  std::vector<std::string> settings =
      exists ? rows.row().strings(setting::setconfig) : std::vector<std::string>{};
  const auto of = statement.scope == Scope::database ? Host::SettingOf::database : Host::SettingOf::others;
  change_stored_settings(ddl, settings, statement.setting, of);
  if (settings.empty()) {
    if (exists) ddl.writer().remove(setting::kOid, rows.row());
    return;
  }
  RowBuilder row = ddl.writer().row(setting::kOid);
  row.set(setting::setconfig, std::span<const std::string>(settings));
  if (exists) {
    ddl.writer().update(rows.row(), row);
    return;
  }
  row.set(setting::setdatabase, database);
  row.set(setting::setrole, role);
  ddl.writer().insert(row);
}

void reassign_owned(Ddl& ddl, const query::ReassignOwned& statement) {
  Oid to = ddl.role(statement.to);
  for (const query::RoleName& name : statement.roles)
    if (!ddl.owns(ddl.role(name))) throw SqlError("42501", "permission denied to reassign objects");
  if (!ddl.owns(to)) throw SqlError("42501", "permission denied to reassign objects");
  for (const query::RoleName& name : statement.roles) {
    const Oid from = ddl.role(name);
    if (is_predefined_role(from))
      throw SqlError("2BP01", "cannot reassign ownership of objects owned by role " +
                                  quote_identifier(ddl.catalog().role_name(from)) +
                                  " because they are required by the database system");
    for (const RoleUse& use : uses_of(ddl, from)) {
      // What is about the role itself stays its own.
      const Oid catalog = use.object.catalog;
      if (!use.owner || catalog == catalog::pg_default_acl::kOid || catalog == catalog::pg_user_mapping::kOid) continue;
      give_to(ddl, use.object, to);
    }
  }
}

}  // namespace commands
