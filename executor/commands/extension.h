// CREATE EXTENSION and what others do to one: pg_extension's rows and what belongs to them.
#pragma once

#include "ddl.h"

namespace commands {

// pg_depend.deptype of a member of an extension.
inline constexpr Dependency kMember{'e'};
// The extension that an object is a member of; 0: none.
Oid extension_of(Ddl& ddl, const ObjectAddress& object);

// 0: not installed.
Oid find_extension(Ddl& ddl, std::string_view name);

void create_extension(Ddl& ddl, const query::CreateExtension& statement);
// UPDATE, ADD and DROP.
void alter_extension(Ddl& ddl, const query::AlterExtension& statement);
// SET SCHEMA: its members go along. 0A000 where it must stay.
void move_extension(Ddl& ddl, Oid extension, Oid schema);

// ALTER .. [NO] DEPENDS ON EXTENSION.
void depend_on_extension(Ddl& ddl, const query::DependsOnExtension& statement);

}  // namespace commands
