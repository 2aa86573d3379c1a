// An LSN in messages, as pg_lsn prints it: 16/B374D848.
#pragma once

#include <string>

#include <fmt/format.h>

#include "wal/lsn.h"

namespace database {

inline std::string show_lsn(wal::Lsn lsn) {
  return fmt::format("{:X}/{:X}", lsn.value() >> 32, lsn.value() & 0xffff'ffff);
}

}  // namespace database
