#include "role.h"

#include <algorithm>

#include "alter_table.h"
#include "scram_verifier.h"
#include "types/session_services.h"
#include "types/type_io.h"

namespace commands {
namespace {

bool is_true(const query::Option& option) {
  return !option.has_value || (option.value() != "false" && option.value() != "off" &&
                               option.value() != "0");
}

void require_create_role(Ddl& ddl) {
  const catalog::RoleInfo* self = ddl.catalog().role(ddl.catalog().user());
  if (self == nullptr || (!self->superuser && !self->create_role))
    throw SqlError("42501", "permission denied to create role");
}

// rolpassword of what was written: a verifier as it is, or one made of the plain text.
std::string password_of(const std::string& written) {
  if (written.starts_with("SCRAM-SHA-256$")) return written;
  return make_scram_verifier(written);
}

void apply_options(Ddl& ddl, RowBuilder& row, const std::vector<query::Option>& options) {
  for (const query::Option& option : options) {
    const std::string& name = option.name;
    if (name == "superuser") row.set(pg_authid::rolsuper, is_true(option));
    else if (name == "inherit") row.set(pg_authid::rolinherit, is_true(option));
    else if (name == "createrole") row.set(pg_authid::rolcreaterole, is_true(option));
    else if (name == "createdb") row.set(pg_authid::rolcreatedb, is_true(option));
    else if (name == "canlogin") row.set(pg_authid::rolcanlogin, is_true(option));
    else if (name == "isreplication") row.set(pg_authid::rolreplication, is_true(option));
    else if (name == "bypassrls") row.set(pg_authid::rolbypassrls, is_true(option));
    else if (name == "connectionlimit") row.set(pg_authid::rolconnlimit, std::stoi(option.value()));
    else if (name == "validuntil") {
      operators::ExecutionContext execution = ddl.host().execution_context();
      types::Arena arena;
      execution.eval.arena = &arena;
      const types::TypeSupport& support = types::type_support(types::oid::timestamptz);
      row.set_datum(pg_authid::rolvaliduntil, support.input(execution.eval, option.value(), -1));
    } else if (name == "password") {
      if (!option.has_value || option.value().empty()) {
        if (option.has_value && option.value_is_string)
          ddl.notice("00000", "empty string is not a valid password, clearing password");
        row.set_null(pg_authid::rolpassword);
      } else {
        row.set(pg_authid::rolpassword, password_of(option.value()));
      }
    } else if (name != "sysid" && name != "addroleto" && name != "rolemembers" &&
               name != "adminmembers") {
      throw SqlError("42601", "unrecognized role option \"" + name + "\"");
    }
  }
}

void add_member(Ddl& ddl, Oid role, Oid member, bool admin) {
  if (role == member)
    throw SqlError("0LP01", "role \"" + ddl.catalog().role_name(role) +
                                "\" is a member of role \"" + ddl.catalog().role_name(member) + "\"");
  // A loop of memberships would never end.
  const catalog::RoleInfo* holder = ddl.catalog().role(role);
  std::vector<Oid> reached = holder ? holder->member_of : std::vector<Oid>{};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    if (reached[i] == member)
      throw SqlError("0LP01", "role \"" + ddl.catalog().role_name(member) +
                                  "\" is a member of role \"" + ddl.catalog().role_name(role) + "\"");
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
  require_create_role(ddl);
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
  apply_options(ddl, row, statement.options);
  ddl.writer().insert(row);
  for (const query::RoleName& role : statement.member_of) add_member(ddl, ddl.role(role), oid, false);
  for (const query::RoleName& role : statement.members) add_member(ddl, oid, ddl.role(role), false);
  for (const query::RoleName& role : statement.admins) add_member(ddl, oid, ddl.role(role), true);
}

void alter_role(Ddl& ddl, const query::AlterRole& statement) {
  Oid oid = ddl.role(statement.role);
  if (oid != ddl.catalog().user()) require_create_role(ddl);
  if (!statement.options.empty()) {
    RowBuilder row = ddl.writer().row(pg_authid::kOid);
    apply_options(ddl, row, statement.options);
    ddl.writer().update_one(0, {key_oid(oid)}, row);
  }
  for (const query::RoleName& member : statement.members) {
    if (statement.member_action > 0)
      add_member(ddl, oid, ddl.role(member), false);
    else
      ddl.writer().remove_all(pg_auth_members::kOid, 0, {key_oid(oid), key_oid(ddl.role(member))});
  }
}

void drop_role(Ddl& ddl, const query::DropRole& statement) {
  for (const query::RoleName& name : statement.roles) {
    Oid oid = name.kind == query::RoleKind::named ? ddl.catalog().find_role(name.name)
                                                  : ddl.role(name);
    if (oid == 0) {
      if (!statement.missing_ok)
        throw SqlError("42704", "role \"" + name.name + "\" does not exist");
      ddl.notice("00000", "role \"" + name.name + "\" does not exist, skipping");
      continue;
    }
    if (oid == ddl.catalog().user()) throw SqlError("55006", "current user cannot be dropped");
    require_create_role(ddl);
    // Objects of this database that it owns; other databases are not looked into.
    std::string owned;
    {
      transaction::View view = ddl.catalog().take_view(false);
      RowReader rows = RowReader::from_oid(view, ddl.writer().table(pg_class::kOid),
                                           types::kFirstNormalOid);
      while (rows.next())
        if (rows.row().oid(pg_class::relowner) == oid &&
            rows.row().letter(pg_class::relkind) != 'i') {
          if (!owned.empty()) owned += '\n';
          owned += "owner of " + describe(ddl, relation_address(rows.row().oid(pg_class::oid)));
        }
    }
    if (!owned.empty())
      throw SqlError("2BP01", "role \"" + name.name +
                                  "\" cannot be dropped because some objects depend on it")
          .with_detail(std::move(owned));
    ddl.writer().remove_all(pg_auth_members::kOid, 0, {key_oid(oid)});
    ddl.writer().remove_all(pg_auth_members::kOid,
                            catalog::index::pg_auth_members_member_role_index, {key_oid(oid)});
    ddl.writer().remove_all(pg_authid::kOid, 0, {key_oid(oid)});
  }
}

void grant_role(Ddl& ddl, const query::GrantRole& statement) {
  for (const std::string& name : statement.roles) {
    Oid role = ddl.catalog().find_role(name);
    if (role == 0) throw SqlError("42704", "role \"" + name + "\" does not exist");
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

// Whether "Name=value" is about the setting; `lower_name` is in lower case.
bool is_setting_of(std::string_view stored, std::string_view lower_name) {
  return stored.size() > lower_name.size() && stored[lower_name.size()] == '=' &&
         std::equal(lower_name.begin(), lower_name.end(), stored.begin(), [](char lower, char c) {
           return lower == (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
         });
}

}  // namespace

void alter_setting(Ddl& ddl, const query::AlterSetting& statement) {
  namespace setting = catalog::pg_db_role_setting;
  using Scope = query::AlterSetting::Scope;
  if (statement.scope == Scope::system) throw SqlError::not_supported("ALTER SYSTEM");
  Oid database = 0, role = 0;
  if (!statement.database.empty()) {
    RowReader rows = ddl.writer().read(pg_database::kOid, catalog::index::pg_database_datname_index,
                                       {key_text(statement.database)});
    if (!rows.next())
      throw SqlError("3D000", "database \"" + statement.database + "\" does not exist");
    database = rows.row().oid(pg_database::oid);
  }
  if (statement.scope == Scope::role) role = ddl.role(statement.role);
  const query::SetVariable& change = statement.setting;
  using Action = query::SetVariable::Action;

  RowReader rows = ddl.writer().read(setting::kOid, 0, {key_oid(database), key_oid(role)});
  bool exists = rows.next();
  std::vector<std::string> settings =
      exists ? rows.row().strings(setting::setconfig) : std::vector<std::string>{};
  if (change.action == Action::reset_all)
    settings.clear();
  else
    std::erase_if(settings, [&](const std::string& s) { return is_setting_of(s, change.name); });
  const auto of = statement.scope == Scope::database ? Host::SettingOf::database : Host::SettingOf::others;
  if (change.action == Action::set)
    settings.push_back(ddl.host().check_setting(change.name, change.value, of));
  if (change.action == Action::from_current) {
    operators::ExecutionContext execution = ddl.host().execution_context();
    settings.push_back(ddl.host().check_setting(
        change.name, execution.eval.session->get_setting(change.name, false), of));
  }
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
  for (const query::RoleName& name : statement.roles) {
    Oid from = ddl.role(name);
    std::vector<Oid> relations;
    {
      transaction::View view = ddl.catalog().take_view(false);
      RowReader rows = RowReader::from_oid(view, ddl.writer().table(pg_class::kOid),
                                           types::kFirstNormalOid);
      while (rows.next())
        if (rows.row().oid(pg_class::relowner) == from)
          relations.push_back(rows.row().oid(pg_class::oid));
    }
    for (Oid relation : relations) change_owner(ddl, relation, to);
    RowReader schemas = ddl.writer().read(pg_namespace::kOid, 0, catalog::Key{});
    while (schemas.next()) {
      if (schemas.row().oid(pg_namespace::nspowner) != from) continue;
      RowBuilder row = ddl.writer().row(pg_namespace::kOid);
      row.set(pg_namespace::nspowner, to);
      ddl.writer().update(schemas.row(), row);
    }
  }
}

}  // namespace commands
