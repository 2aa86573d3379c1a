#include "archive/archive_writer.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>
#include <openssl/rand.h>

#include "archive/archive_error.h"
#include "log_body.h"
#include "wal/check.h"
#include "wal/record_codec.h"

namespace archive {
namespace {

// An object is put when it has so much.
constexpr std::size_t kBodyBytes = std::size_t{8} << 20;

void append(std::vector<std::byte>& out, std::span<const std::byte> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// 32 hexadecimal digits.
std::string random_digits() {
  std::array<unsigned char, 16> bytes;
  CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  std::string digits;
  for (const unsigned char byte : bytes) digits += fmt::format("{:02x}", byte);
  return digits;
}

}  // namespace

ArchiveWriter::ArchiveWriter(ObjectStore& store, const Key* key, const Origin& origin)
    : store_(store), key_(key), run_(random_digits()) {
  store_.reserve();
  const auto object = store_.get(kManifestName, kObjectBytesMax);
  if (!object) {
    CHECK(RAND_bytes(manifest_.id.data(), static_cast<int>(manifest_.id.size())) == 1);
    manifest_.system = origin.system;
    manifest_.database_oid = origin.database_oid;
    return;
  }
  manifest_ = decode_manifest(open(ObjectKind::manifest, kManifestName, *object, key_));
  if (manifest_.system == 0)
    throw ArchiveError(Problem::usage, fmt::format("the export in \"{}\" was made by an older version: nothing "
                                                   "can be added to it", store_.place()));
  if (manifest_.system != origin.system)
    throw ArchiveError(Problem::usage, fmt::format("\"{}\" holds database \"{}\" of another system",
                                                   store_.place(), manifest_.database));
  if (manifest_.database_oid != origin.database_oid)
    throw ArchiveError(Problem::usage, fmt::format("\"{}\" holds another database, \"{}\"", store_.place(),
                                                   manifest_.database));
}

ArchiveWriter::~ArchiveWriter() {
  if (is_finished_) return;
  try {
    discard();
  } catch (const ArchiveError&) {
    // They are in nobody's way.
  }
}

void ArchiveWriter::discard() {
  for (const auto& name : put_) store_.remove(name);
  put_.clear();
  added_bytes_ = 0;
  log_.clear();
  object_ = {};
  body_.clear();
}

std::optional<ArchiveWriter::Junction> ArchiveWriter::find_junction(std::span<const Stretch> line) const {
  std::optional<Junction> latest;
  for (std::size_t i = manifest_.spans.size(); i-- > 0;) {
    const Span& span = manifest_.spans[i];
    wal::Lsn after = span.base;
    for (const Stretch& held : span.stretches) {
      const auto mine = std::ranges::find(line, held.timeline, &Stretch::timeline);
      if (mine == line.end()) break;   // from here on it is another history
      const wal::Lsn common = std::min(mine->through, held.through);
      if (common >= after && (!latest || common > latest->lsn)) latest = Junction{i, common, held.timeline};
      after = held.through;
    }
  }
  return latest;
}

std::optional<ArchivedCommit> ArchiveWriter::commit_before(const Junction& junction) const {
  const auto commit = ArchiveReader(store_, key_).find_commit(junction.span, junction.lsn, std::nullopt);
  if (commit.lsn == span(junction).base) return std::nullopt;   // known from elsewhere, if at all
  return commit;
}

void ArchiveWriter::begin_pages(wal::Lsn base, std::int64_t base_us, std::uint64_t pages) {
  discard();
  span_ = {.since_us = base_us, .base = base, .end = base, .base_us = base_us, .end_us = base_us,
           .pages = pages, .stretches = {}, .objects = {}};
  is_extension_ = false;
}

void ArchiveWriter::begin_log(const Junction& junction) {
  discard();
  span_ = span(junction);
  is_extension_ = junction.span + 1 == manifest_.spans.size() && junction.lsn == span_.end;
  if (is_extension_) return;
  // The database was taken back meanwhile: what it was up to then, without what it became.
  span_.since_us = manifest_.spans.back().end_us + 1;
  span_.end = junction.lsn;
  std::erase_if(span_.objects, [&](const ManifestObject& object) {
    return object.kind == ObjectKind::log && object.first >= junction.lsn.value();
  });
  for (auto& object : span_.objects)
    if (object.kind == ObjectKind::log) object.last = std::min(object.last, junction.lsn.value());
  while (span_.stretches.back().timeline != junction.timeline) span_.stretches.pop_back();
  span_.stretches.back().through = junction.lsn;
}

void ArchiveWriter::add_log(std::uint32_t group, wal::Lsn begin, wal::Lsn end,
                            std::span<const std::byte> records) {
  if (!body_.empty() && (object_.kind != ObjectKind::log || object_.group != group ||
                         body_.size() + records.size() > kBodyBytes))
    put();
  if (body_.empty())
    object_ = {.kind = ObjectKind::log, .name = {}, .first = begin.value(), .group = group};
  object_.last = end.value();
  wal::RecordReader reader(records);
  for (;;) {
    const auto record = reader.next();
    if (!record) throw ArchiveError(Problem::damaged, "the log that is to be exported is damaged");
    if (!*record) break;
    if ((*record)->kind != wal::RecordKind::commit || (*record)->lsn <= begin || (*record)->lsn > end ||
        (*record)->payload.size() < kCommitPayloadBytes) continue;
    std::memcpy(&object_.last_commit_us, (*record)->payload.data() + 8, sizeof(std::int64_t));
    if (object_.first_commit_us == 0) object_.first_commit_us = object_.last_commit_us;
  }
  const LogPartHeader header{begin.value(), end.value(), records.size()};
  append(body_, std::as_bytes(std::span(&header, 1)));
  append(body_, records);
}

void ArchiveWriter::add_page(const wal::Page& page) {
  const std::uint32_t page_no = page.header().page_no;
  if (!body_.empty() && (object_.kind != ObjectKind::pages ||
                         object_.first / kPagesPerObject != page_no / kPagesPerObject))
    put();
  if (body_.empty()) object_ = {.kind = ObjectKind::pages, .name = {}, .first = page_no};
  object_.last = page_no;
  append(body_, page.bytes);
}

void ArchiveWriter::put() {
  object_.name = fmt::format("{}-{}-{:08}", run_, object_.kind == ObjectKind::log ? "log" : "pages",
                             put_.size());
  const auto sealed = seal(object_.kind, object_.name, body_, key_);
  put_.push_back(object_.name);
  store_.put(object_.name, sealed);
  object_.bytes = sealed.size();
  added_bytes_ += sealed.size();
  (object_.kind == ObjectKind::log ? log_ : span_.objects).push_back(std::move(object_));
  object_ = {};
  body_.clear();
}

const Manifest& ArchiveWriter::finish(const std::string& database, std::span<const Stretch> stretches,
                                      wal::Lsn end, std::int64_t end_us) {
  if (!body_.empty()) put();
  auto& objects = span_.objects;
  objects.insert(objects.end(), log_.begin(), log_.end());
  const auto log = std::ranges::find(objects, ObjectKind::log, &ManifestObject::kind);
  std::ranges::stable_sort(log, objects.end(), {}, &ManifestObject::group);   // the new behind the old
  for (const Stretch& stretch : stretches) {
    if (!span_.stretches.empty() && span_.stretches.back().timeline == stretch.timeline)
      span_.stretches.back().through = stretch.through;
    else
      span_.stretches.push_back(stretch);
  }
  span_.end = end;
  span_.end_us = end_us;
  if (is_extension_) manifest_.spans.pop_back();
  manifest_.spans.push_back(std::move(span_));
  manifest_.database = database;
  manifest_.created_us = end_us;
  const auto sealed = seal(ObjectKind::manifest, kManifestName, encode(manifest_), key_);
  // Whatever is said of it, it may be there and name what was put; but for one refusal.
  is_finished_ = true;
  try {
    store_.replace(kManifestName, sealed);
  } catch (const ArchiveError& error) {
    is_finished_ = error.problem() != Problem::busy;
    throw;
  }
  return manifest_;
}

}  // namespace archive
