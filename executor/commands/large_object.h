// Large objects as commands name them: by number, in pg_largeobject; who owns them stands in
// pg_largeobject_metadata.
#pragma once

#include <cstdlib>

#include "ddl.h"

namespace commands {

inline constexpr Oid kLargeObjects = 2613, kLargeObjectMetadata = 2995;
enum LargeObjectColumn : int { kLargeObjectOid, kLargeObjectOwner, kLargeObjectAcl };

// 42704 where there is none.
inline ObjectAddress find_large_object(Ddl& ddl, const query::ObjectReference& object) {
  const Oid oid = static_cast<Oid>(std::strtoul(object.name.c_str(), nullptr, 10));
  if (!ddl.writer().read(kLargeObjectMetadata, 0, {key_oid(oid)}).next())
    throw SqlError("42704", "large object " + std::to_string(oid) + " does not exist");
  return {kLargeObjects, oid, 0};
}

}  // namespace commands
