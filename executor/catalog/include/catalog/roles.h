// Roles, as pg_authid has them: cluster-wide.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "types/oid.h"

namespace catalog {

// Predefined roles.
inline constexpr types::Oid kPgDatabaseOwner = 6171, kPgReadAllData = 6181, kPgWriteAllData = 6182,
                            kPgMonitor = 3373, kPgReadAllSettings = 3374, kPgReadAllStats = 3375,
                            kPgReadServerFiles = 4569, kPgWriteServerFiles = 4570,
                            kPgExecuteServerProgram = 4571, kPgSignalBackend = 4200, kPgCheckpoint = 4544;

struct RoleInfo {
  types::Oid oid = 0;
  std::string name;
  bool superuser = false;
  bool inherit = true;
  bool create_role = false;
  bool create_database = false;
  bool can_login = false;
  bool replication = false;
  bool bypass_row_security = false;
  std::int32_t connection_limit = -1;
  std::optional<std::string> password;      // a SCRAM-SHA-256 verifier
  std::optional<std::int64_t> valid_until;  // timestamptz
  std::vector<types::Oid> member_of;        // direct memberships
};

// For authentication, before there is a session: the newest committed state. Null: no such role.
std::shared_ptr<const RoleInfo> read_role(Catalog& system, std::string_view name);

}  // namespace catalog
