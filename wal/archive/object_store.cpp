#include "archive/object_store.h"

#include <fmt/format.h>

#include "archive/archive_error.h"
#include "directory_store.h"
#include "s3_store.h"

namespace archive {

std::unique_ptr<ObjectStore> open_store(const std::string& url) {
  constexpr std::string_view kFile = "file://", kS3 = "s3://";
  if (url.starts_with(kFile)) return open_directory_store(url.substr(kFile.size()));
  if (url.starts_with('/')) return open_directory_store(url);
  if (url.starts_with(kS3)) return open_s3_store(url.substr(kS3.size()));
  throw ArchiveError(Problem::usage,
                     fmt::format("\"{}\" is neither an absolute path nor an s3:// URL", url));
}

}  // namespace archive
