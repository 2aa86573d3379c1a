// Puts an export into a store.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "archive/manifest.h"
#include "archive/object_store.h"
#include "archive/sealed_object.h"
#include "wal/ids.h"
#include "wal/page.h"

namespace archive {

// Pages of one object lie in one stretch of so many.
inline constexpr std::uint32_t kPagesPerObject = 1024;

// In this order: log by group, ascending; pages, ascending; finish(). Nothing is an export before
// finish() has returned. Not thread-safe; blocks. Throws ArchiveError.
class ArchiveWriter {
 public:
  // Store and key (null: not encrypted) outlive it. `manifest`: what is known of it.
  // Problem::usage when there is an export already.
  ArchiveWriter(ObjectStore& store, const Key* key, Manifest manifest);

  // Records of one group, back to back, that lie within (begin, end].
  void add_log(std::uint32_t group, wal::Lsn begin, wal::Lsn end, std::span<const std::byte> records);
  // A page that was written at some time.
  void add_page(const wal::Page& page);
  // Durable when it returns.
  const Manifest& finish();

  std::uint64_t stored_bytes() const { return stored_bytes_; }

 private:
  void put();

  ObjectStore& store_;
  const Key* key_;
  Manifest manifest_;
  std::vector<ManifestObject> log_;
  // The object being filled.
  ManifestObject object_;
  std::vector<std::byte> body_;
  std::uint64_t stored_bytes_ = 0;
  std::uint32_t next_number_ = 0;
};

}  // namespace archive
