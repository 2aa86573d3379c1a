#include "pagestore/cluster_errc.h"

namespace pagestore {

boost::system::error_code make_error_code(ClusterErrc errc) {
  class Category final : public boost::system::error_category {
    const char* name() const noexcept override { return "page-store cluster"; }
    std::string message(int code) const override {
      switch (static_cast<ClusterErrc>(code)) {
        case ClusterErrc::unsuitable: return "these page-store nodes cannot serve this writer";
        case ClusterErrc::fenced: return "another writer has taken over";
        case ClusterErrc::stopped: return "stopped while waiting for page-store nodes";
        case ClusterErrc::outdated: return "the cluster's members have changed";
      }
      return "unknown cluster error";
    }
  };
  static const Category category;
  return {static_cast<int>(errc), category};
}

}  // namespace pagestore
