#include "transaction/lock_modes.h"

namespace transaction {

std::string_view name_of(TableLockMode mode) {
  switch (mode) {
    case TableLockMode::access_share: return "AccessShareLock";
    case TableLockMode::row_share: return "RowShareLock";
    case TableLockMode::row_exclusive: return "RowExclusiveLock";
    case TableLockMode::share_update_exclusive: return "ShareUpdateExclusiveLock";
    case TableLockMode::share: return "ShareLock";
    case TableLockMode::share_row_exclusive: return "ShareRowExclusiveLock";
    case TableLockMode::exclusive: return "ExclusiveLock";
    case TableLockMode::access_exclusive: return "AccessExclusiveLock";
  }
  return "?";
}

}  // namespace transaction
