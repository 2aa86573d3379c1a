// What goes wrong with archives and with where they are kept.
#pragma once

#include <stdexcept>
#include <string>

namespace archive {

enum class Problem : unsigned char {
  usage,      // a URL or key file that makes no sense
  store,      // the store said no, or is not there
  damaged,    // an object is not what was written
  key,        // encrypted, and no key or another one
  not_found,  // no export there
  busy,       // somebody else is exporting to the same place
};

// The message names the object and the place.
class ArchiveError : public std::runtime_error {
 public:
  ArchiveError(Problem problem, const std::string& message);
  Problem problem() const { return problem_; }

 private:
  Problem problem_;
};

}  // namespace archive
