// Where the objects of an archive are kept.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace archive {

// Names are of letters, digits, '-' and '.'. Not thread-safe; calls block. Throws ArchiveError.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // There as a whole, durably, when it returns; else the name has what it had before.
  virtual void put(const std::string& name, std::span<const std::byte> bytes) = 0;
  // nullopt: no object of that name. Problem::damaged when it is longer than `bytes_max`.
  virtual std::optional<std::vector<std::byte>> get(const std::string& name,
                                                    std::size_t bytes_max) = 0;
  // Keeps other writers out for the store's life where the store can (a directory); Problem::busy when
  // there is one. Where it cannot, replace() finds out.
  virtual void reserve() = 0;
  // put(), if the name still has what get() found last. Problem::busy: somebody else was here.
  virtual void replace(const std::string& name, std::span<const std::byte> bytes) = 0;
  // Nothing happens when there is none.
  virtual void remove(const std::string& name) = 0;
  // The same text for the same place, whatever URL it was opened by.
  virtual const std::string& place() const = 0;
};

// "/a/directory" or "file:///a/directory", made when it does not exist; or "s3://bucket/prefix".
//
// S3: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION (us-east-1) of the
// environment; AWS_ENDPOINT_URL for other services than Amazon's ("http://host:9000"; the bucket is
// then the first part of the path). Signature version 4.
std::unique_ptr<ObjectStore> open_store(const std::string& url);

}  // namespace archive
