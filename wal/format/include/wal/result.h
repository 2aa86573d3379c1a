// Result<T>: a value, or what the world did instead (short read, bad checksum, lost quorum).
#pragma once

#include <boost/system/result.hpp>

namespace wal {

// Each unit has one small Errc enum registered with boost::system, so Asio's codes fit as well.
// Whoever handles an error logs it; whoever forwards it does not.
template <typename T>
using Result = boost::system::result<T>;

}  // namespace wal
