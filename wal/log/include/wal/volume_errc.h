// What can happen to a volume.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/is_error_code_enum.hpp>

namespace wal {

enum class VolumeErrc {
  fenced = 1,        // a newer writer has taken the timeline over
  quorum_lost,       // too few copies answer: nothing can be acknowledged or read
  unknown_timeline,  // never created, or dropped
  below_horizon,     // the history asked for was given up
  corrupt,           // no copy can give an undamaged answer
  closed,            // the volume was closed while somebody waited
};

const boost::system::error_category& volume_category();

inline boost::system::error_code make_error_code(VolumeErrc errc) {
  return {static_cast<int>(errc), volume_category()};
}

}  // namespace wal

template <>
struct boost::system::is_error_code_enum<wal::VolumeErrc> : std::true_type {};
