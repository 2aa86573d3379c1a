#include "archive/archive_error.h"

namespace archive {

ArchiveError::ArchiveError(Problem problem, const std::string& message)
    : std::runtime_error(message), problem_(problem) {}

}  // namespace archive
