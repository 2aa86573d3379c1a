#include "acl_update.h"

#include <algorithm>
#include <bit>

namespace commands {
namespace {

using types::Acl;
using types::AclItem;
using types::Privileges;
namespace privilege = types::privilege;

// What one role was given grant options of, itself or as PUBLIC (which never has any).
Privileges direct_options(const Acl& acl, Oid role, Oid owner) {
  Privileges options = role == owner ? Privileges{0xffff} : Privileges{0};
  for (const AclItem& item : acl)
    if (item.grantee == role) options |= item.grant_options;
  return options;
}

void change_one(Acl& acl, Oid owner, const AclItem& given, bool adds, bool cascade);

// `role` lost grant options: what it granted by them goes, too.
void revoke_dependent(Acl& acl, Oid owner, Oid role, Privileges lost, bool cascade) {
  if (role == owner) return;  // never really loses any
  lost = static_cast<Privileges>(lost & ~direct_options(acl, role, owner));
  for (std::size_t i = 0; lost != 0 && i < acl.size();) {
    const Privileges granted = acl[i].privileges & lost;
    if (acl[i].grantor != role || granted == 0) {
      ++i;
      continue;
    }
    if (!cascade)
      throw SqlError("2BP01", "dependent privileges exist").with_hint("Use CASCADE to revoke them too.");
    change_one(acl, owner, {acl[i].grantee, role, lost, lost}, false, cascade);
    i = 0;
  }
}

void change_one(Acl& acl, Oid owner, const AclItem& given, bool adds, bool cascade) {
  auto item = std::find_if(acl.begin(), acl.end(), [&](const AclItem& i) {
    return i.grantee == given.grantee && i.grantor == given.grantor;
  });
  if (item == acl.end()) {
    if (!adds) return;
    acl.push_back({given.grantee, given.grantor, 0, 0});
    item = acl.end() - 1;
  }
  const Privileges before = item->grant_options;
  if (adds) {
    item->privileges |= given.privileges;
    item->grant_options |= given.grant_options;
  } else {
    item->privileges = static_cast<Privileges>(item->privileges & ~given.privileges);
    item->grant_options = static_cast<Privileges>(item->grant_options & ~given.grant_options);
  }
  const auto lost = static_cast<Privileges>(before & ~item->grant_options);
  if (item->privileges == 0 && item->grant_options == 0) acl.erase(item);
  if (lost != 0) revoke_dependent(acl, owner, given.grantee, lost, cascade);
}

// Whether `grantor` would still hold `options` had `grantee` never been given any.
void check_no_circle(Acl acl, Oid owner, Oid grantor, Oid grantee, Privileges options) {
  if (grantor == owner) return;
  for (std::size_t i = 0; i < acl.size();) {
    if (acl[i].grantee == grantee && acl[i].grant_options != 0) {
      const AclItem all{grantee, acl[i].grantor, acl[i].grant_options, acl[i].grant_options};
      change_one(acl, owner, all, false, true);
      i = 0;
    } else {
      ++i;
    }
  }
  if ((options & ~direct_options(acl, grantor, owner)) != 0)
    throw SqlError("0LP01", "grant options cannot be granted back to your own grantor");
}

}  // namespace

Acl changed_acl(Acl acl, Oid owner, const AclChange& change) {
  for (Oid grantee : change.grantees) {
    if (change.is_grant && change.grant_option && grantee == privilege::kPublic)
      throw SqlError("0LP01", "grant options can only be granted to roles");
    const bool only_options = !change.is_grant && change.grant_option;
    const bool options_too = !change.is_grant || change.grant_option;
    const AclItem given{grantee, change.grantor, only_options ? Privileges{0} : change.privileges,
                        options_too ? change.privileges : Privileges{0}};
    if (change.is_grant && given.grant_options != 0)
      check_no_circle(acl, owner, change.grantor, grantee, given.grant_options);
    change_one(acl, owner, given, change.is_grant, change.cascade);
  }
  return acl;
}

Grantor best_grantor(Ddl& ddl, Oid role, Privileges privileges, const Acl& acl, Oid owner) {
  catalog::SessionCatalog& catalog = ddl.catalog();
  if (catalog.has_privileges_of(role, owner)) return {owner, privileges};
  Grantor best{role, 0};
  for (const AclItem& item : acl) {
    if (item.grantee == privilege::kPublic || item.grant_options == 0 ||
        !catalog.has_privileges_of(role, item.grantee))
      continue;
    const auto options = static_cast<Privileges>(direct_options(acl, item.grantee, owner) & privileges);
    // The role itself first, then the one that holds most.
    if (std::popcount(options) > std::popcount(best.options) ||
        (item.grantee == role && options == privileges))
      best = {item.grantee, options};
  }
  return best;
}

Acl acl_of_new_owner(const Acl& acl, Oid old_owner, Oid new_owner) {
  Acl changed;
  for (AclItem item : acl) {
    if (item.grantee == old_owner) item.grantee = new_owner;
    if (item.grantor == old_owner) item.grantor = new_owner;
    // Two entries may have become one.
    auto same = std::find_if(changed.begin(), changed.end(), [&](const AclItem& i) {
      return i.grantee == item.grantee && i.grantor == item.grantor;
    });
    if (same == changed.end()) {
      changed.push_back(item);
    } else {
      same->privileges |= item.privileges;
      same->grant_options |= item.grant_options;
    }
  }
  return changed;
}

}  // namespace commands
