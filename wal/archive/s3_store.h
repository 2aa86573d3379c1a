// A bucket of an S3-compatible service as an object store.
#pragma once

#include "archive/object_store.h"

namespace archive {

// "bucket/prefix"; the rest from the environment (object_store.h).
std::unique_ptr<ObjectStore> open_s3_store(const std::string& bucket_and_prefix);

}  // namespace archive
