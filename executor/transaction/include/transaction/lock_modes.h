// PostgreSQL's lock modes and which of them conflict.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace transaction {

// Weakest first; PostgreSQL's FOR KEY SHARE .. FOR UPDATE.
enum class RowLockMode : std::uint8_t { key_share, share, no_key_update, update };

enum class LockWait : std::uint8_t { block, skip_locked, nowait };

// Weakest first, numbered as in PostgreSQL (AccessShareLock = 1).
enum class TableLockMode : std::uint8_t {
  access_share = 1,
  row_share,
  row_exclusive,
  share_update_exclusive,
  share,
  share_row_exclusive,
  exclusive,
  access_exclusive,
};

namespace detail {
constexpr std::uint16_t mask_of(std::initializer_list<int> modes) {
  std::uint16_t mask = 0;
  for (int mode : modes) mask = static_cast<std::uint16_t>(mask | (1 << mode));
  return mask;
}
// Bit m of entry n: mode n conflicts with mode m. PostgreSQL documentation, section 13.3.
inline constexpr std::array<std::uint16_t, 9> kTableConflicts = {
    0,
    mask_of({8}),
    mask_of({7, 8}),
    mask_of({5, 6, 7, 8}),
    mask_of({4, 5, 6, 7, 8}),
    mask_of({3, 4, 6, 7, 8}),
    mask_of({3, 4, 5, 6, 7, 8}),
    mask_of({2, 3, 4, 5, 6, 7, 8}),
    mask_of({1, 2, 3, 4, 5, 6, 7, 8}),
};
inline constexpr std::array<std::uint16_t, 4> kRowConflicts = {
    mask_of({3}), mask_of({2, 3}), mask_of({1, 2, 3}), mask_of({0, 1, 2, 3})};
}  // namespace detail

constexpr bool conflicts(TableLockMode a, TableLockMode b) {
  return (detail::kTableConflicts[static_cast<int>(a)] >> static_cast<int>(b)) & 1;
}
constexpr bool conflicts(RowLockMode a, RowLockMode b) {
  return (detail::kRowConflicts[static_cast<int>(a)] >> static_cast<int>(b)) & 1;
}

// As pg_locks.mode names them: "RowExclusiveLock".
std::string_view name_of(TableLockMode mode);

}  // namespace transaction
