// A directory of a file system as an object store.
#pragma once

#include "archive/object_store.h"

namespace archive {

std::unique_ptr<ObjectStore> open_directory_store(const std::string& path);

}  // namespace archive
