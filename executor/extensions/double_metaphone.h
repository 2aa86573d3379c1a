// Double Metaphone: two codes of at most four letters for how a name may sound.
// Source: L. Philips, "The Double Metaphone Search Algorithm", C/C++ Users Journal, June 2000.
#pragma once

#include <string>
#include <string_view>

namespace extensions {

struct SoundCodes {
  std::string usual, other;
};

SoundCodes double_metaphone(std::string_view word);

}  // namespace extensions
