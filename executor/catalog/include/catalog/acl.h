// What a role may do with an object: its access control list, its owner, the role's memberships.
#pragma once

#include <optional>

#include "catalog/rows.h"
#include "catalog/session_catalog.h"
#include "types/acl.h"

namespace catalog {

// Where a catalogue keeps lists and owners.
struct AclPlace {
  Oid catalog;
  int acl, owner;
  types::AclKind kind;
};
// Null: lists are not kept for such objects (columns have theirs beside their table's).
const AclPlace* find_acl_place(Oid catalog);

// nullopt: nobody granted or revoked anything yet.
std::optional<types::Acl> read_acl(const Row& row, int column);

struct Held {
  types::Privileges privileges = 0;
  types::Privileges grant_options = 0;
};
// `role` 0 is PUBLIC alone. Superusers hold everything of the kind; an owner may always grant.
Held held_by(SessionCatalog& catalog, Oid role, types::AclKind kind, Oid owner,
             const std::optional<types::Acl>& acl);
// What one list alone gives a role, memberships included: a column's, added to its table's.
Held held_by_list(SessionCatalog& catalog, Oid role, const types::Acl& acl);
// Whether `member` is `role` or a member of it, directly or not, with or without inheriting its
// rights (superusers: of every role).
bool is_member_of(SessionCatalog& catalog, Oid member, Oid role);
// On a setting, by its name in lower case; nobody was granted anything on most of them.
Held held_on_parameter(SessionCatalog& catalog, Oid role, std::string_view parameter);
// On one object, by its row; nullopt: no such object.
std::optional<Held> held_on(SessionCatalog& catalog, Oid role, Oid object_catalog, Oid object);

}  // namespace catalog
