#include "pagestore/wire_errc.h"

#include <string>

namespace pagestore {

boost::system::error_code make_error_code(WireErrc errc) {
  class Category final : public boost::system::error_category {
    const char* name() const noexcept override { return "page-store protocol"; }
    std::string message(int code) const override {
      switch (static_cast<WireErrc>(code)) {
        case WireErrc::bad_checksum: return "a frame's checksum is wrong";
        case WireErrc::too_long: return "a frame is longer than it may be";
        case WireErrc::unknown_kind: return "a message of an unknown kind";
        case WireErrc::malformed: return "a malformed message";
        case WireErrc::not_sextant: return "the peer does not speak Sextant's page-store protocol";
      }
      return "unknown protocol error";
    }
  };
  static const Category category;
  return {static_cast<int>(errc), category};
}

}  // namespace pagestore
