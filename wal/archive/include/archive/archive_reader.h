// Reads exports back, as of any commit that their place holds.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "archive/manifest.h"
#include "archive/object_store.h"
#include "archive/sealed_object.h"
#include "wal/lsn.h"
#include "wal/page.h"

namespace archive {

struct ArchivedCommit {
  std::size_t span = 0;       // of the manifest
  wal::Lsn lsn;
  std::int64_t time_us = 0;   // 0: not known
};

// Not thread-safe; blocks. Throws ArchiveError.
class ArchiveReader {
 public:
  // Store and key (null: none) outlive it. Problem::not_found: no export there.
  ArchiveReader(ObjectStore& store, const Key* key);

  const Manifest& manifest() const { return manifest_; }

  // The newest commit at or below the LSN, or the time; the last one of all for neither. Where
  // the database was taken back, an LSN is that of the newest span that has it. nullopt: not held.
  std::optional<ArchivedCommit> find_commit(std::optional<wal::Lsn> lsn, std::optional<std::int64_t> time_us);
  // The same within one span, which has it.
  ArchivedCommit find_commit(std::size_t span, std::optional<wal::Lsn> lsn, std::optional<std::int64_t> time_us);

  // Every page as of the commit, ascending. `advance` is told of bytes of objects that were read
  // (bytes_to_read() in all); it may throw. `directory`: for what does not fit into memory.
  void read_pages(const ArchivedCommit& at, const std::string& directory,
                  const std::function<void(wal::Page&)>& visit,
                  const std::function<void(std::uint64_t)>& advance);
  std::uint64_t bytes_to_read(const ArchivedCommit& at) const;

 private:
  const Span* find_span(std::optional<wal::Lsn> lsn, std::optional<std::int64_t> time_us) const;
  std::vector<std::byte> fetch(const ManifestObject& object);

  ObjectStore& store_;
  const Key* key_;
  Manifest manifest_;
};

}  // namespace archive
