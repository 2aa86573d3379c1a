// Why bytes from a peer are not a message.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/is_error_code_enum.hpp>

namespace pagestore {

enum class WireErrc {
  bad_checksum = 1,
  too_long,          // a frame longer than the peer may send
  unknown_kind,
  malformed,         // right checksum, wrong content: another version, or a bug
  not_sextant,       // the first bytes are not a hello
};

boost::system::error_code make_error_code(WireErrc errc);

}  // namespace pagestore

template <>
struct boost::system::is_error_code_enum<pagestore::WireErrc> : std::true_type {};
