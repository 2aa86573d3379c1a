// What can be wrong with bytes that claim to be redo records.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/is_error_code_enum.hpp>

namespace wal {

enum class RecordErrc {
  truncated = 1,        // the buffer ends inside a record
  bad_length,           // a length no record can have
  bad_checksum,         // CRC32C does not match
  bad_header,           // unknown kind or flags, non-zero reserved bytes, LSNs out of order
  malformed_operation,  // an operation of unknown kind, or one that leaves the page or the payload
};

const boost::system::error_category& record_category();

inline boost::system::error_code make_error_code(RecordErrc errc) {
  return {static_cast<int>(errc), record_category()};
}

}  // namespace wal

template <>
struct boost::system::is_error_code_enum<wal::RecordErrc> : std::true_type {};
