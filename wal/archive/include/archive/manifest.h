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
  // Pages: the first and the last page number. Log: the LSNs (first, last] it reaches over.
  std::uint64_t first = 0, last = 0;
  std::uint32_t group = 0;       // log: protection group
  // Log: times of the first and last commit in it (Unix epoch, microseconds); 0: none.
  std::int64_t first_commit_us = 0, last_commit_us = 0;
};

struct Manifest {
  std::array<unsigned char, 16> id{};   // random; begins the objects' names
  std::string database;
  wal::Lsn base, end;                   // commits: of the pages, and the last one of the log
  std::int64_t base_us = 0, end_us = 0; // when they happened, as far as known (0)
  std::int64_t created_us = 0;
  std::uint64_t pages = 0;              // numbers below it
  std::vector<ManifestObject> objects;  // pages ascending, then log by group, ascending
};

std::vector<std::byte> encode(const Manifest& manifest);
// ArchiveError (damaged) for what encode() does not make.
Manifest decode_manifest(std::span<const std::byte> body);

}  // namespace archive
