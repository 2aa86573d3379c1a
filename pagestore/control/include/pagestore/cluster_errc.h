// Why a writer does not have its cluster.
#pragma once

#include <boost/system/error_code.hpp>

namespace pagestore {

enum class ClusterErrc {
  unsuitable = 1,  // these nodes cannot be a cluster, or not ours
  fenced,          // another writer took over meanwhile
  stopped,         // we were asked to
  outdated,        // what is agreed on has changed behind our back: look again
};
boost::system::error_code make_error_code(ClusterErrc errc);

}  // namespace pagestore

template <>
struct boost::system::is_error_code_enum<pagestore::ClusterErrc> : std::true_type {};
