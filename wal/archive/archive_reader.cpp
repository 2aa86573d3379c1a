#include "archive/archive_reader.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "archive/archive_error.h"
#include "archive/archive_writer.h"
#include "log_body.h"
#include "log_sorter.h"
#include "pagestore/apply_redo.h"
#include "wal/record_codec.h"

namespace archive {
namespace {

using wal::Lsn;
using wal::Page;

// Pages that are put together at a time; a multiple of what an object holds.
constexpr std::uint32_t kRegionPages = 8 * kPagesPerObject;
constexpr std::size_t kSortMemory = std::size_t{64} << 20;

[[noreturn]] void damaged(const std::string& name, const char* why) {
  throw ArchiveError(Problem::damaged, fmt::format("object \"{}\" is damaged: {}", name, why));
}

// Calls visit(record) for each record of the body of a log object that counts, until it returns false.
template <typename Visit>
void for_each_record(const ManifestObject& object, std::span<const std::byte> body, Visit visit) {
  while (!body.empty()) {
    LogPartHeader header;
    if (body.size() < sizeof(header)) damaged(object.name, "a part is cut short");
    std::memcpy(&header, body.data(), sizeof(header));
    body = body.subspan(sizeof(header));
    if (header.bytes > body.size()) damaged(object.name, "a part is cut short");
    wal::RecordReader reader(body.first(header.bytes));
    for (;;) {
      const auto record = reader.next();
      if (!record) damaged(object.name, "a redo record does not verify");
      if (!*record) break;
      if ((*record)->lsn.value() <= object.first) continue;
      if ((*record)->lsn.value() > object.last || !visit(**record)) return;
    }
    body = body.subspan(header.bytes);
  }
}

// A region's pages while they are put together.
class Region {
 public:
  explicit Region(std::uint64_t number) : first_(number * kRegionPages), pages_(kRegionPages) {}

  Page& page(std::uint64_t page_no) {
    auto& page = pages_[page_no - first_];
    if (!page) page = std::make_unique<Page>(Page{});
    return *page;
  }

  void apply(std::span<const std::byte> records) {
    // Bytes of different parts and groups: each record stands for itself.
    while (!records.empty()) {
      wal::RecordReader reader(records);
      const auto record = reader.next();
      if (!record || !*record) throw ArchiveError(Problem::damaged, "a redo record is damaged");
      records = reader.rest();
      Page& target = page(wal::raw((*record)->page_no));
      if ((*record)->lsn <= target.lsn()) continue;   // in the pages already
      const auto applied = pagestore::starts_with_image(**record)
                               ? pagestore::apply_redo_image(**record, target)
                               : pagestore::apply_redo(**record, target);
      if (!applied)
        throw ArchiveError(Problem::damaged,
                           fmt::format("redo of page {} at LSN {:X}/{:X} does not fit: {}",
                                       wal::raw((*record)->page_no), (*record)->lsn.value() >> 32,
                                       (*record)->lsn.value() & 0xffff'ffff, applied.error().message()));
    }
  }

  template <typename Visit>
  void visit(Visit visit) {
    for (auto& page : pages_)
      if (page) visit(*page);
  }

 private:
  std::uint64_t first_;
  std::vector<std::unique_ptr<Page>> pages_;
};

}  // namespace

ArchiveReader::ArchiveReader(ObjectStore& store, const Key* key) : store_(store), key_(key) {
  const auto object = store_.get(kManifestName, kObjectBytesMax);
  if (!object) throw ArchiveError(Problem::not_found, fmt::format("there is no export in \"{}\"", store_.place()));
  manifest_ = decode_manifest(open(ObjectKind::manifest, kManifestName, *object, key_));
}

std::vector<std::byte> ArchiveReader::fetch(const ManifestObject& object) {
  const auto bytes = store_.get(object.name, kObjectBytesMax);
  if (!bytes) throw ArchiveError(Problem::damaged, fmt::format("object \"{}\" is missing", object.name));
  return open(object.kind, object.name, *bytes, key_);
}

const Span* ArchiveReader::find_span(std::optional<Lsn> lsn, std::optional<std::int64_t> time_us) const {
  for (auto span = manifest_.spans.rbegin(); span != manifest_.spans.rend(); ++span) {
    if (lsn) {
      if (span->holds(*lsn)) return &*span;
    } else if (!time_us) {
      return &*span;
    } else if (span->since_us <= *time_us) {
      return *time_us <= span->end_us ? &*span : nullptr;
    }
  }
  return nullptr;
}

std::optional<ArchivedCommit> ArchiveReader::find_commit(std::optional<Lsn> lsn,
                                                                std::optional<std::int64_t> time_us) {
  const Span* span = find_span(lsn, time_us);
  if (span == nullptr) return std::nullopt;
  return find_commit(static_cast<std::size_t>(span - manifest_.spans.data()), lsn, time_us);
}

ArchivedCommit ArchiveReader::find_commit(std::size_t span_number, std::optional<Lsn> lsn,
                                                 std::optional<std::int64_t> time_us) {
  const Span* const span = &manifest_.spans.at(span_number);
  ArchivedCommit newest{span_number, span->base, span->base_us};
  // Commit records are in the first group. The newest object whose first commit is not too new.
  const ManifestObject* last = nullptr;
  for (const auto& object : span->objects) {
    if (object.kind != ObjectKind::log || object.group != 0 || object.first_commit_us == 0) continue;
    if ((lsn && object.first >= lsn->value()) || (time_us && object.first_commit_us > *time_us)) break;
    last = &object;
  }
  if (last == nullptr) return newest;
  const auto fits = [&](const wal::RecordView& record, std::int64_t commit_us) {
    return record.lsn <= span->end && (!lsn || record.lsn <= *lsn) && (!time_us || commit_us <= *time_us);
  };
  // The last object may begin with commits that are too new by LSN: then the one before has it.
  for (const ManifestObject* object = last;; --object) {
    bool found = false;
    for_each_record(*object, fetch(*object), [&](const wal::RecordView& record) {
      if (record.kind != wal::RecordKind::commit || record.payload.size() < kCommitPayloadBytes ||
          record.lsn <= span->base) return true;
      std::int64_t commit_us = 0;
      std::memcpy(&commit_us, record.payload.data() + 8, sizeof(commit_us));
      if (!fits(record, commit_us)) return false;
      newest.lsn = record.lsn;
      newest.time_us = commit_us;
      found = true;
      return true;
    });
    if (found || object == span->objects.data() || (object - 1)->kind != ObjectKind::log) return newest;
  }
}

std::uint64_t ArchiveReader::bytes_to_read(const ArchivedCommit& at) const {
  std::uint64_t bytes = 0;
  for (const auto& object : manifest_.spans.at(at.span).objects)
    if (object.kind == ObjectKind::pages || object.first < at.lsn.value()) bytes += object.bytes;
  return bytes;
}

void ArchiveReader::read_pages(const ArchivedCommit& at, const std::string& directory,
                               const std::function<void(Page&)>& visit,
                               const std::function<void(std::uint64_t)>& advance) {
  const Span& span = manifest_.spans.at(at.span);
  LogSorter sorter(directory, kSortMemory);
  for (const auto& object : span.objects) {
    if (object.kind != ObjectKind::log || object.first >= at.lsn.value()) continue;
    for_each_record(object, fetch(object), [&](const wal::RecordView& record) {
      if (record.lsn > at.lsn) return false;
      if (record.kind == wal::RecordKind::page_change && record.lsn > span.base)
        sorter.add(wal::raw(record.page_no) / kRegionPages, record.encoded);
      return true;
    });
    advance(object.bytes);
  }

  const std::uint64_t base_regions = (span.pages + kRegionPages - 1) / kRegionPages;
  const std::uint64_t regions = std::max<std::uint64_t>(base_regions, sorter.regions());
  auto object = span.objects.begin();
  for (std::uint64_t number = 0; number < regions; ++number) {
    const bool has_pages = object != span.objects.end() && object->kind == ObjectKind::pages &&
                           object->first / kRegionPages == number;
    if (!has_pages && sorter.is_empty(number)) continue;
    Region region(number);
    for (; object != span.objects.end() && object->kind == ObjectKind::pages &&
           object->first / kRegionPages == number; ++object) {
      const auto body = fetch(*object);
      if (object->last / kRegionPages != number || body.size() % wal::kPageSize != 0)
        damaged(object->name, "it does not hold pages");
      for (std::size_t offset = 0; offset < body.size(); offset += wal::kPageSize) {
        Page page;
        std::memcpy(page.bytes.data(), body.data() + offset, wal::kPageSize);
        const std::uint32_t page_no = page.header().page_no;
        if (page_no < object->first || page_no > object->last || page.lsn() > span.base)
          damaged(object->name, "it holds another page");
        region.page(page_no) = page;
      }
      advance(object->bytes);
    }
    if (!sorter.is_empty(number)) region.apply(sorter.take(number));
    region.visit(visit);
  }
}

}  // namespace archive
