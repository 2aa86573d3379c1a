#include "foreign_objects.h"

#include "catalog/acl.h"
#include "catalog/object_columns.h"
#include "catalog/unqualified_objects.h"
#include "drop.h"
#include "foreign_options.h"
#include "rights.h"
#include "routine_lookup.h"
#include "written_name.h"

namespace commands {
namespace {

namespace wrappers = catalog::pg_foreign_data_wrapper;
namespace servers = catalog::pg_foreign_server;
namespace mappings = catalog::pg_user_mapping;
namespace tables = catalog::pg_foreign_table;

constexpr Oid kFdwHandler = 3115;  // pg_type

Oid find_foreign(Ddl& ddl, Oid catalog_oid, const std::string& name) {
  return catalog::find_unqualified(ddl.catalog(), *catalog::unqualified_catalog(catalog_oid), name);
}

Oid require_foreign(Ddl& ddl, Oid catalog_oid, const std::string& name) {
  if (const Oid found = find_foreign(ddl, catalog_oid, name)) return found;
  throw SqlError("42704", std::string(catalog::unqualified_catalog(catalog_oid)->words) + " \"" + name + "\" does not exist");
}

bool may_use(Ddl& ddl, Oid catalog_oid, Oid object) {
  const auto held = catalog::held_on(ddl.catalog(), ddl.catalog().user(), catalog_oid, object);
  return !held || (held->privileges & types::privilege::usage) != 0;
}

struct ForeignRow {
  Oid owner = 0, parent = 0;  // parent: a server's wrapper
  std::string name;
  Oid validator = 0;          // a wrapper's
  std::vector<std::string> options;
};

ForeignRow wrapper_row(Ddl& ddl, Oid oid) {
  RowReader rows = ddl.writer().read(wrappers::kOid, 0, {key_oid(oid)});
  if (!rows.next()) return {};
  const Row row = rows.row();
  return {row.oid(wrappers::fdwowner), 0, row.string(wrappers::fdwname), row.oid(wrappers::fdwvalidator),
          row.strings(wrappers::fdwoptions)};
}

ForeignRow server_row(Ddl& ddl, Oid oid) {
  RowReader rows = ddl.writer().read(servers::kOid, 0, {key_oid(oid)});
  if (!rows.next()) return {};
  const Row row = rows.row();
  return {row.oid(servers::srvowner), row.oid(servers::srvfdw), row.string(servers::srvname), 0,
          row.strings(servers::srvoptions)};
}

Oid validator_of_server(Ddl& ddl, Oid server) { return wrapper_row(ddl, server_row(ddl, server).parent).validator; }

Oid handler_of(Ddl& ddl, const query::ObjectName& name) {
  const Oid handler = named_function(ddl, name, {});
  if (handler == 0) return 0;
  const catalog::FunctionInfo* function = ddl.catalog().function(handler);
  if (function->result != kFdwHandler)
    throw SqlError("42809", "function " + written_name(name) + " must return type fdw_handler");
  return handler;
}

Oid validator_named(Ddl& ddl, const query::ObjectName& name) {
  return named_function(ddl, name, {types::oid::text_array, types::oid::oid_});
}

void depend_on_functions(Ddl& ddl, const ObjectAddress& self, Oid handler, Oid validator) {
  ddl.remove_dependencies(self, pg_proc::kOid);
  for (const Oid function : {handler, validator})
    if (function != 0) ddl.depend(self, {pg_proc::kOid, function, 0}, Dependency::normal);
}

void create_data_wrapper(Ddl& ddl, const query::DefineDataWrapper& s) {
  if (!is_superuser(ddl))
    throw SqlError("42501", "permission denied to create foreign-data wrapper \"" + s.name + "\"")
        .with_hint("Must be superuser to create a foreign-data wrapper.");
  if (find_foreign(ddl, wrappers::kOid, s.name) != 0)
    throw SqlError("42710", "foreign-data wrapper \"" + s.name + "\" already exists");
  const ObjectAddress self{wrappers::kOid, ddl.writer().allocate_oid(), 0};
  const Oid handler = s.handler ? handler_of(ddl, *s.handler) : Oid{0};
  const Oid validator = s.validator ? validator_named(ddl, *s.validator) : Oid{0};
  const std::vector<std::string> options = changed_options({}, s.options);
  validate_options(ddl, validator, wrappers::kOid, options);
  RowBuilder row = ddl.writer().row(wrappers::kOid);
  row.set(wrappers::oid, self.oid);
  row.set(wrappers::fdwname, s.name);
  row.set(wrappers::fdwowner, ddl.catalog().user());
  row.set(wrappers::fdwhandler, handler);
  row.set(wrappers::fdwvalidator, validator);
  set_options(row, wrappers::fdwoptions, options);
  ddl.writer().insert(row);
  depend_on_functions(ddl, self, handler, validator);
}

void alter_data_wrapper(Ddl& ddl, const query::DefineDataWrapper& s) {
  if (!is_superuser(ddl))
    throw SqlError("42501", "permission denied to alter foreign-data wrapper \"" + s.name + "\"")
        .with_hint("Must be superuser to alter a foreign-data wrapper.");
  const ObjectAddress self{wrappers::kOid, require_foreign(ddl, wrappers::kOid, s.name), 0};
  RowReader rows = ddl.writer().read(wrappers::kOid, 0, {key_oid(self.oid)});
  if (!rows.next()) return;
  Oid handler = rows.row().oid(wrappers::fdwhandler), validator = rows.row().oid(wrappers::fdwvalidator);
  const Oid old_validator = validator;
  RowBuilder row = ddl.writer().row(wrappers::kOid);
  if (s.handler) {
    handler = handler_of(ddl, *s.handler);
    row.set(wrappers::fdwhandler, handler);
    ddl.warning("01000", "changing the foreign-data wrapper handler can change behavior of existing foreign tables");
  }
  if (s.validator) {
    validator = validator_named(ddl, *s.validator);
    row.set(wrappers::fdwvalidator, validator);
    if (validator != 0 && validator != old_validator)
      ddl.warning("01000", "changing the foreign-data wrapper validator can cause the options for dependent objects to "
                           "become invalid");
  }
  if (!s.options.empty()) {
    const auto options = changed_options(rows.row().strings(wrappers::fdwoptions), s.options);
    validate_options(ddl, validator, wrappers::kOid, options);
    set_options(row, wrappers::fdwoptions, options);
  }
  ddl.writer().update(rows.row(), row);
  if (s.handler || s.validator) depend_on_functions(ddl, self, handler, validator);
}

void create_server(Ddl& ddl, const query::DefineServer& s) {
  if (find_foreign(ddl, servers::kOid, s.name) != 0) {
    if (!s.if_not_exists) throw SqlError("42710", "server \"" + s.name + "\" already exists");
    ddl.notice("42710", "server \"" + s.name + "\" already exists, skipping");
    return;
  }
  const Oid wrapper = require_foreign(ddl, wrappers::kOid, s.wrapper);
  if (!may_use(ddl, wrappers::kOid, wrapper))
    throw SqlError("42501", "permission denied for foreign-data wrapper " + s.wrapper);
  const ObjectAddress self{servers::kOid, ddl.writer().allocate_oid(), 0};
  const std::vector<std::string> options = changed_options({}, s.options);
  validate_options(ddl, wrapper_row(ddl, wrapper).validator, servers::kOid, options);
  RowBuilder row = ddl.writer().row(servers::kOid);
  row.set(servers::oid, self.oid);
  row.set(servers::srvname, s.name);
  row.set(servers::srvowner, ddl.catalog().user());
  row.set(servers::srvfdw, wrapper);
  if (s.type) row.set(servers::srvtype, *s.type);
  if (s.version) row.set(servers::srvversion, *s.version);
  set_options(row, servers::srvoptions, options);
  ddl.writer().insert(row);
  ddl.depend(self, {wrappers::kOid, wrapper, 0}, Dependency::normal);
}

void alter_server(Ddl& ddl, const query::DefineServer& s) {
  const Oid server = require_foreign(ddl, servers::kOid, s.name);
  RowReader rows = ddl.writer().read(servers::kOid, 0, {key_oid(server)});
  if (!rows.next()) return;
  if (!ddl.owns(rows.row().oid(servers::srvowner))) throw SqlError("42501", "must be owner of foreign server " + s.name);
  RowBuilder row = ddl.writer().row(servers::kOid);
  row.set(servers::srvname, s.name);
  if (s.has_version) {
    if (s.version) row.set(servers::srvversion, *s.version);
    else row.set_null(servers::srvversion);
  }
  if (!s.options.empty()) {
    const auto options = changed_options(rows.row().strings(servers::srvoptions), s.options);
    validate_options(ddl, validator_of_server(ddl, server), servers::kOid, options);
    set_options(row, servers::srvoptions, options);
  }
  ddl.writer().update(rows.row(), row);
}

std::string mapped_user(Ddl& ddl, Oid user) { return user == 0 ? std::string("public") : ddl.catalog().role_name(user); }

Oid find_mapping(Ddl& ddl, Oid user, Oid server) {
  RowReader rows = ddl.writer().read(mappings::kOid, mappings::kUserServerIndex, {key_oid(user), key_oid(server)});
  return rows.next() ? rows.row().oid(mappings::oid) : Oid{0};
}

// The server's owner may map anybody; who may use it, oneself.
void require_may_map(Ddl& ddl, Oid user, Oid server, const std::string& name) {
  if (ddl.owns(server_row(ddl, server).owner)) return;
  if (user != ddl.catalog().user()) throw SqlError("42501", "must be owner of foreign server " + name);
  if (!may_use(ddl, servers::kOid, server)) throw SqlError("42501", "permission denied for foreign server " + name);
}

void drop_user_mapping(Ddl& ddl, const query::DefineUserMapping& s) {
  Oid user = 0;
  if (s.user.kind == query::RoleKind::named) {
    user = ddl.catalog().find_role(s.user.name);
    if (user == 0) {
      if (!s.lenient) throw SqlError("42704", "role \"" + s.user.name + "\" does not exist");
      ddl.notice("00000", "role \"" + s.user.name + "\" does not exist, skipping");
      return;
    }
  } else {
    user = grantee(ddl, s.user);
  }
  const Oid server = find_foreign(ddl, servers::kOid, s.server);
  if (server == 0) {
    if (!s.lenient) throw SqlError("42704", "server \"" + s.server + "\" does not exist");
    ddl.notice("00000", "server \"" + s.server + "\" does not exist, skipping");
    return;
  }
  const Oid mapping = find_mapping(ddl, user, server);
  if (mapping == 0) {
    const std::string missing = "user mapping for \"" + mapped_user(ddl, user) + "\" does not exist for server \"" +
                                s.server + "\"";
    if (!s.lenient) throw SqlError("42704", missing);
    ddl.notice("00000", missing + ", skipping");
    return;
  }
  require_may_map(ddl, user, server, s.server);
  perform_deletion(ddl, {{mappings::kOid, mapping, 0}}, true);
}

}  // namespace

void define_data_wrapper(Ddl& ddl, const query::DefineDataWrapper& s) {
  if (s.alter) alter_data_wrapper(ddl, s);
  else create_data_wrapper(ddl, s);
}

void define_server(Ddl& ddl, const query::DefineServer& s) {
  if (s.alter) alter_server(ddl, s);
  else create_server(ddl, s);
}

void define_user_mapping(Ddl& ddl, const query::DefineUserMapping& s) {
  using Action = query::DefineUserMapping::Action;
  if (s.action == Action::drop) return drop_user_mapping(ddl, s);
  const Oid user = grantee(ddl, s.user);
  const Oid server = require_foreign(ddl, servers::kOid, s.server);
  const Oid existing = find_mapping(ddl, user, server);
  if (s.action == Action::alter) {
    if (existing == 0)
      throw SqlError("42704", "user mapping for \"" + mapped_user(ddl, user) + "\" does not exist for server \"" +
                                  s.server + "\"");
    require_may_map(ddl, user, server, s.server);
    if (s.options.empty()) return;
    RowReader rows = ddl.writer().read(mappings::kOid, 0, {key_oid(existing)});
    if (!rows.next()) return;
    const auto options = changed_options(rows.row().strings(mappings::umoptions), s.options);
    validate_options(ddl, validator_of_server(ddl, server), mappings::kOid, options);
    RowBuilder row = ddl.writer().row(mappings::kOid);
    set_options(row, mappings::umoptions, options);
    ddl.writer().update(rows.row(), row);
    return;
  }
  require_may_map(ddl, user, server, s.server);
  if (existing != 0) {
    const std::string message = "user mapping for \"" + mapped_user(ddl, user) + "\" already exists for server \"" +
                                s.server + "\"";
    if (!s.lenient) throw SqlError("42710", message);
    ddl.notice("42710", message + ", skipping");
    return;
  }
  const ObjectAddress self{mappings::kOid, ddl.writer().allocate_oid(), 0};
  const std::vector<std::string> options = changed_options({}, s.options);
  validate_options(ddl, validator_of_server(ddl, server), mappings::kOid, options);
  RowBuilder row = ddl.writer().row(mappings::kOid);
  row.set(mappings::oid, self.oid);
  row.set(mappings::umuser, user);
  row.set(mappings::umserver, server);
  set_options(row, mappings::umoptions, options);
  ddl.writer().insert(row);
  ddl.depend(self, {servers::kOid, server, 0}, Dependency::normal);
}

Oid require_server_usage(Ddl& ddl, const std::string& name) {
  const Oid server = require_foreign(ddl, servers::kOid, name);
  if (!may_use(ddl, servers::kOid, server)) throw SqlError("42501", "permission denied for foreign server " + name);
  return server;
}

void import_foreign_schema(Ddl& ddl, const query::ImportForeignSchema& s) {
  const Oid server = require_server_usage(ddl, s.server);
  ddl.catalog().schema_oid(s.local_schema);
  throw SqlError("55000", "foreign-data wrapper \"" + wrapper_row(ddl, server_row(ddl, server).parent).name +
                              "\" has no handler");
}

void insert_foreign_table(Ddl& ddl, Oid relation, Oid server, const query::CreateTable& statement) {
  const Oid validator = validator_of_server(ddl, server);
  const std::vector<std::string> options = changed_options({}, statement.foreign->options);
  validate_options(ddl, validator, tables::kOid, options);
  RowBuilder row = ddl.writer().row(tables::kOid);
  row.set(tables::ftrelid, relation);
  row.set(tables::ftserver, server);
  set_options(row, tables::ftoptions, options);
  ddl.writer().insert(row);
  ddl.depend(relation_address(relation), {servers::kOid, server, 0}, Dependency::normal);
  for (std::size_t i = 0; i < statement.columns.size(); ++i) {
    if (statement.columns[i].foreign_options.empty()) continue;
    const auto of_column = changed_options({}, statement.columns[i].foreign_options);
    validate_options(ddl, validator, pg_attribute::kOid, of_column);
    RowBuilder column = ddl.writer().row(pg_attribute::kOid);
    set_options(column, pg_attribute::attfdwoptions, of_column);
    ddl.writer().update_one(0, {key_oid(relation), key_int2(static_cast<std::int16_t>(i + 1))}, column);
  }
}

void set_foreign_options(Ddl& ddl, Oid relation, const query::SetForeignOptions& action) {
  RowReader rows = ddl.writer().read(tables::kOid, 0, {key_oid(relation)});
  if (!rows.next()) return;
  const Oid validator = validator_of_server(ddl, rows.row().oid(tables::ftserver));
  if (action.column.empty()) {
    const auto options = changed_options(rows.row().strings(tables::ftoptions), action.options);
    validate_options(ddl, validator, tables::kOid, options);
    RowBuilder row = ddl.writer().row(tables::kOid);
    set_options(row, tables::ftoptions, options);
    ddl.writer().update(rows.row(), row);
    return;
  }
  const RelationPtr table = ddl.reload(relation);
  const int column = table->column_index(action.column);
  if (column < 0)
    throw SqlError("42703", "column \"" + action.column + "\" of relation \"" + table->name + "\" does not exist");
  RowReader attributes = ddl.writer().read(pg_attribute::kOid, 0,
                                           {key_oid(relation), key_int2(static_cast<std::int16_t>(column + 1))});
  if (!attributes.next()) return;
  const auto options = changed_options(attributes.row().strings(pg_attribute::attfdwoptions), action.options);
  validate_options(ddl, validator, pg_attribute::kOid, options);
  RowBuilder row = ddl.writer().row(pg_attribute::kOid);
  set_options(row, pg_attribute::attfdwoptions, options);
  ddl.writer().update(attributes.row(), row);
}

std::string describe_user_mapping(Ddl& ddl, Oid mapping) {
  RowReader rows = ddl.writer().read(mappings::kOid, 0, {key_oid(mapping)});
  if (!rows.next()) return "user mapping";
  return "user mapping for " + mapped_user(ddl, rows.row().oid(mappings::umuser)) + " on server " +
         server_row(ddl, rows.row().oid(mappings::umserver)).name;
}

}  // namespace commands
