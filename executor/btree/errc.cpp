#include "btree/errc.h"

#include <string>

namespace btree {
namespace {

class Category : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "btree"; }
  std::string message(int value) const override {
    switch (static_cast<Errc>(value)) {
      case Errc::not_a_volume:
        return "the volume's first page is not a volume header";
      case Errc::unknown_format:
        return "the volume was written by another version";
      case Errc::corrupt_page:
        return "page structure is damaged";
      case Errc::corrupt_value:
        return "large value is damaged";
    }
    return "unknown error";
  }
};

}  // namespace

const boost::system::error_category& error_category() {
  static const Category category;
  return category;
}

EntryTooLarge::EntryTooLarge(std::size_t size, std::size_t limit)
    : std::length_error("index entry of " + std::to_string(size) +
                        " bytes exceeds the maximum of " + std::to_string(limit)),
      size_(size),
      limit_(limit) {}

}  // namespace btree
