// Puts an export into a store.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "archive/archive_reader.h"
#include "archive/manifest.h"
#include "archive/object_store.h"
#include "archive/sealed_object.h"
#include "wal/ids.h"
#include "wal/page.h"

namespace archive {

// Pages of one object lie in one stretch of so many.
inline constexpr std::uint32_t kPagesPerObject = 1024;

// An export: adds a span to what the place holds, or goes on with one. begin_pages() and then log by
// group, ascending, and pages, ascending; or begin_log() and then log; then finish(). The place holds
// what it held before until finish() has returned. Not thread-safe; blocks. Throws ArchiveError.
class ArchiveWriter {
 public:
  struct Origin {
    std::uint64_t system;
    std::uint32_t database_oid;
  };
  // Store and key (null: not encrypted) outlive it. Problem::usage when the place holds something
  // else than history of that database that can be added to, ::key when it is under another key.
  ArchiveWriter(ObjectStore& store, const Key* key, const Origin& origin);
  // What was put without becoming part of the place goes again, as far as the store lets it.
  ~ArchiveWriter();
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;

  // Where a history leaves what the place holds, the latest such moment; nullopt: they share none.
  // `line`: the history's timelines and up to where each belongs to it, the youngest first.
  struct Junction {
    std::size_t span;
    wal::Lsn lsn;
    std::uint64_t timeline;
  };
  std::optional<Junction> find_junction(std::span<const Stretch> line) const;
  const Span& span(const Junction& junction) const { return manifest_.spans[junction.span]; }
  // The last commit at or below the junction, if the place's log says.
  std::optional<ArchivedCommit> commit_before(const Junction& junction) const;

  // From here on. Both also begin anew: what was added before does not count.
  void begin_pages(wal::Lsn base, std::int64_t base_us, std::uint64_t pages);
  void begin_log(const Junction& junction);

  // Records of one group, back to back, of which those within (begin, end] count.
  void add_log(std::uint32_t group, wal::Lsn begin, wal::Lsn end, std::span<const std::byte> records);
  // A page that was written at some time.
  void add_page(const wal::Page& page);
  // `stretches`: of what was added, the oldest first. Durable when it returns. Problem::busy.
  const Manifest& finish(const std::string& database, std::span<const Stretch> stretches, wal::Lsn end,
                         std::int64_t end_us);

  std::uint64_t added_bytes() const { return added_bytes_; }
  std::size_t added_objects() const { return put_.size(); }

 private:
  void put();
  void discard();

  ObjectStore& store_;
  const Key* key_;
  Manifest manifest_;
  std::string run_;           // begins the names of this export's objects
  // What is being added to: a new span, or one of the manifest's.
  Span span_;
  bool is_extension_ = false;   // of the last span
  std::vector<ManifestObject> log_;
  // The object being filled.
  ManifestObject object_;
  std::vector<std::byte> body_;
  std::vector<std::string> put_;
  bool is_finished_ = false;
  std::uint64_t added_bytes_ = 0;
};

}  // namespace archive
