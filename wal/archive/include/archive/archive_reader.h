// Reads an export back, as of any commit that it holds.
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

// Not thread-safe; blocks. Throws ArchiveError.
class ArchiveReader {
 public:
  // Store and key (null: none) outlive it. Problem::not_found: no export there.
  ArchiveReader(ObjectStore& store, const Key* key);

  const Manifest& manifest() const { return manifest_; }

  struct Commit {
    wal::Lsn lsn;
    std::int64_t time_us = 0;   // 0: not known
  };
  // The newest commit at or below the LSN, or the time; nullopt: the export begins later.
  std::optional<Commit> find_commit(std::optional<wal::Lsn> lsn, std::optional<std::int64_t> time_us);

  // Every page as of the commit, ascending. `advance` is told of bytes of objects that were read
  // (bytes_to_read() in all); it may throw. `directory`: for what does not fit into memory.
  void read_pages(wal::Lsn at, const std::string& directory,
                  const std::function<void(wal::Page&)>& visit,
                  const std::function<void(std::uint64_t)>& advance);
  std::uint64_t bytes_to_read(wal::Lsn at) const;

 private:
  std::vector<std::byte> fetch(const ManifestObject& object);

  ObjectStore& store_;
  const Key* key_;
  Manifest manifest_;
};

}  // namespace archive
