// The manifest: what an export is of, and of which objects it consists. Layout: docs/formats.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "archive/sealed_object.h"
#include "wal/lsn.h"

namespace archive {

inline constexpr char kManifestName[] = "manifest";

struct ManifestObject {
  ObjectKind kind = ObjectKind::pages;
  std::string name;
  std::uint64_t bytes = 0;       // of the object
  // Pages: the first and the last page number. Log: the LSNs (first, last] that count; the object may
  // hold more on either side.
  std::uint64_t first = 0, last = 0;
  std::uint32_t group = 0;       // log: protection group
  // Log: times of the first and last commit in it (Unix epoch, microseconds); 0: none.
  std::int64_t first_commit_us = 0, last_commit_us = 0;
};

// A stretch of a database's history: its log on a timeline, up to an LSN.
struct Stretch {
  std::uint64_t timeline = 0;
  wal::Lsn through;
  bool operator==(const Stretch&) const = default;
};

// Every commit from one to another can be read back from a span. Spans may share objects.
struct Span {
  // The times that mean this span: from here on, until the next one's.
  std::int64_t since_us = 0;
  wal::Lsn base, end;                   // commits: of the pages, and the last one of the log
  std::int64_t base_us = 0, end_us = 0; // when they happened, as far as known (0)
  std::uint64_t pages = 0;              // numbers below it
  // Where it lies in the database's history: the base is on the first one, and the last one reaches to
  // the end. Empty: written by a version that did not say.
  std::vector<Stretch> stretches;
  std::vector<ManifestObject> objects;  // pages ascending, then log by group, ascending

  bool holds(wal::Lsn lsn) const { return base <= lsn && lsn <= end; }
};

struct Manifest {
  std::array<unsigned char, 16> id{};   // random
  // Whose history it is: of which system, and which database there. 0: not known.
  std::uint64_t system = 0;
  std::uint32_t database_oid = 0;
  std::string database;                 // its name at the last export
  std::int64_t created_us = 0;          // the last export
  std::vector<Span> spans;              // in the order of their times; at least one
};

std::vector<std::byte> encode(const Manifest& manifest);
// ArchiveError (damaged) for what encode() does not make.
Manifest decode_manifest(std::span<const std::byte> body);

}  // namespace archive
