// CREATE POLICY and ALTER POLICY.
#include "query/serialize.h"
#include "table_parts.h"
#include "type_commands.h"

namespace commands {
namespace {

std::vector<Oid> roles_of(Ddl& ddl, const std::vector<query::RoleName>& names) {
  std::vector<Oid> roles;
  for (const query::RoleName& name : names) {
    if (name.kind != query::RoleKind::public_) {
      roles.push_back(ddl.role(name));
      continue;
    }
    if (names.size() > 1)
      ddl.host().notice({"WARNING", "22023", "ignoring specified roles other than PUBLIC", {},
                         "All roles are members of the PUBLIC role."});
    return {Oid{0}};
  }
  if (roles.empty()) roles.push_back(0);
  return roles;
}

// What the expressions need; what they do not, does not matter any more.
void note_dependencies(Ddl& ddl, Oid policy, Oid table, const query::Expression* using_,
                       const query::Expression* with_check) {
  const ObjectAddress self{pg_policy::kOid, policy, 0};
  ddl.remove_dependencies(self);
  ddl.depend(self, relation_address(table), Dependency::automatic);
  for (const query::Expression* e : {using_, with_check})
    if (e != nullptr) ddl.depend_on_expression(self, *e, table);
}

}  // namespace

void define_policy(Ddl& ddl, const query::DefinePolicy& statement) {
  RelationPtr relation = ddl.open(statement.relation, RelationLock::access_exclusive);
  ddl.require_owner(*relation);
  if (relation->system)
    throw SqlError("42501", "permission denied: \"" + relation->name + "\" is a system catalog");
  if (relation->kind != RelationKind::table && relation->kind != RelationKind::partitioned_table)
    throw SqlError("42809", "\"" + relation->name + "\" is not a table");
  const catalog::Policy* existing = nullptr;
  for (const catalog::Policy& p : relation->policies)
    if (p.name == statement.name) existing = &p;
  const std::string named = "policy \"" + statement.name + "\" for table \"" + relation->name + "\"";
  if (!statement.alter && existing != nullptr) throw SqlError("42710", named + " already exists");
  if (statement.alter && existing == nullptr) throw SqlError("42704", named + " does not exist");
  if (statement.alter) {
    if ((existing->command == 'r' || existing->command == 'd') && statement.with_check)
      throw SqlError("42601", "only USING expression allowed for SELECT, DELETE");
    if (existing->command == 'a' && statement.using_)
      throw SqlError("42601", "only WITH CHECK expression allowed for INSERT");
  }
  RowBuilder row = ddl.writer().row(pg_policy::kOid);
  if (statement.using_) row.set(pg_policy::polqual, query::serialize(*statement.using_));
  if (statement.with_check) row.set(pg_policy::polwithcheck, query::serialize(*statement.with_check));
  if (!statement.alter || !statement.roles.empty())
    row.set(pg_policy::polroles, std::span<const Oid>(roles_of(ddl, statement.roles)));
  if (statement.alter) {
    ddl.writer().update_one(0, {key_oid(existing->oid)}, row);
    note_dependencies(ddl, existing->oid, relation->oid,
                      statement.using_ ? statement.using_.get() : existing->using_.get(),
                      statement.with_check ? statement.with_check.get() : existing->with_check.get());
    return;
  }
  const Oid policy = ddl.writer().allocate_oid();
  row.set(pg_policy::oid, policy);
  row.set(pg_policy::polname, statement.name);
  row.set(pg_policy::polrelid, relation->oid);
  row.set(pg_policy::polcmd, statement.command);
  row.set(pg_policy::polpermissive, statement.permissive);
  ddl.writer().insert(row);
  note_dependencies(ddl, policy, relation->oid, statement.using_.get(), statement.with_check.get());
}

}  // namespace commands
