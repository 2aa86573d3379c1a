// GRANT's and REVOKE's work on one access control list, without a catalogue's rows.
#pragma once

#include <span>

#include "ddl.h"
#include "types/acl.h"

namespace commands {

struct AclChange {
  bool is_grant = true;
  bool grant_option = false;
  bool cascade = false;
  Oid grantor = 0;
  std::span<const Oid> grantees;  // 0: PUBLIC
  types::Privileges privileges = 0;
};

// The list after the change. Throws 0LP01 (grant options to PUBLIC, or in a circle), 2BP01 (others
// were given what is revoked, and not CASCADE).
types::Acl changed_acl(types::Acl acl, Oid owner, const AclChange& change);

// In whose name a role grants: the owner when it may act as that, else whichever of its roles
// holds most of the grant options; `options`: those that it holds.
struct Grantor {
  Oid role = 0;
  types::Privileges options = 0;
};
Grantor best_grantor(Ddl& ddl, Oid role, types::Privileges privileges, const types::Acl& acl, Oid owner);

// The list of an object that goes from one owner to another.
types::Acl acl_of_new_owner(const types::Acl& acl, Oid old_owner, Oid new_owner);

}  // namespace commands
