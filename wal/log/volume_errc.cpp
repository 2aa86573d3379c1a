#include "wal/volume_errc.h"

#include <string>

namespace wal {

const boost::system::error_category& volume_category() {
  class Category final : public boost::system::error_category {
    const char* name() const noexcept override { return "volume"; }
    std::string message(int code) const override {
      switch (static_cast<VolumeErrc>(code)) {
        case VolumeErrc::fenced: return "a newer writer has taken over this database";
        case VolumeErrc::quorum_lost: return "too few page-store nodes take writes (the server's log says why)";
        case VolumeErrc::unknown_timeline: return "the page store does not know this timeline";
        case VolumeErrc::below_horizon: return "this part of the history was given up";
        case VolumeErrc::corrupt: return "no page-store node has an undamaged copy";
        case VolumeErrc::closed: return "the volume was closed";
      }
      return "unknown volume error";
    }
  };
  static const Category category;
  return category;
}

}  // namespace wal
