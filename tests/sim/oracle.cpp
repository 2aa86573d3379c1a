#include "oracle.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

#include "wal/check.h"
#include "wal/testing/replay.h"

namespace sim {

using wal::Epoch;
using wal::Lsn;
using wal::PageNo;
using wal::TimelineId;

namespace {

constexpr Epoch kNoEpochYet{~std::uint64_t{0}};

}  // namespace

Oracle::Log Oracle::through(const Log& log, Lsn lsn) {
  Log prefix;
  for (const auto& entry : log) {
    if (entry->view.lsn > lsn) break;
    prefix.push_back(entry);
  }
  return prefix;
}

const Oracle::Writer* Oracle::newest(const Timeline& timeline, Epoch below) const {
  const Writer* newest = nullptr;
  for (const auto& [id, writer] : timeline.writers) {
    if (writer.epoch >= below) continue;
    if (newest == nullptr || writer.epoch > newest->epoch) newest = &writer;
  }
  return newest;
}

void Oracle::timeline_created(TimelineId id, TimelineId parent_id, Lsn branch_lsn) {
  Timeline& timeline = timelines_[id];
  timeline.branch_lsn = branch_lsn;
  if (parent_id == wal::kNoTimeline) return;
  const Writer* parent = newest(timelines_.at(parent_id), kNoEpochYet);
  CHECK(parent != nullptr && branch_lsn <= std::max(parent->base, parent->acknowledged));
  timeline.inherited = through(parent->log, branch_lsn);
}

void Oracle::serving(TimelineId id, WriterId writer_id, Epoch epoch, Lsn vdl) {
  Timeline& timeline = timelines_.at(id);
  Writer writer;
  writer.epoch = epoch;
  writer.base = writer.acknowledged = vdl;
  if (const Writer* before = newest(timeline, epoch)) {
    // Ends where the history before has a consistency point, or where that one began.
    writer.log = through(before->log, vdl);
    const bool at_consistency_point =
        !writer.log.empty() && writer.log.back()->view.lsn == vdl &&
        writer.log.back()->view.is_consistency_point;
    CHECK(vdl == before->base || at_consistency_point);
  } else {
    CHECK(vdl == timeline.branch_lsn);
    writer.log = timeline.inherited;
  }
  for (const auto& [other_id, other] : timeline.writers) {
    CHECK(other.epoch != epoch);
    // Nothing acknowledged is ever lost; the VDL never goes back.
    if (other.epoch < epoch) CHECK(other.acknowledged <= vdl);
    if (other.epoch > epoch) CHECK(vdl <= other.base);
  }
  CHECK(!timeline.writers.contains(writer_id));
  timeline.writers.emplace(writer_id, std::move(writer));
}

void Oracle::appended(TimelineId id, WriterId writer_id,
                      std::span<const wal::MiniTransaction::PendingRecord> records) {
  Timeline& timeline = timelines_.at(id);
  Writer& writer = timeline.writers.at(writer_id);
  for (const auto& record : records) {
    auto entry = std::make_shared<Entry>();
    entry->encoded = record.encoded;
    wal::RecordReader reader(entry->encoded);
    auto view = reader.next();
    CHECK(view.has_value() && view->has_value());
    entry->view = **view;
    CHECK(writer.log.empty() || writer.log.back()->view.lsn < entry->view.lsn);
    CHECK(timeline.lsns.emplace(entry->view.lsn, true).second);
    writer.log.push_back(std::move(entry));
    ++records_;
  }
}

void Oracle::acknowledged(TimelineId id, WriterId writer_id, Lsn vdl) {
  Timeline& timeline = timelines_.at(id);
  Writer& writer = timeline.writers.at(writer_id);
  CHECK(vdl >= writer.acknowledged);
  writer.acknowledged = vdl;
  for (const auto& [other_id, other] : timeline.writers) {
    // Whoever took over knows what the one before was able to acknowledge, ever.
    if (other.epoch > writer.epoch) CHECK(vdl <= other.base);
  }
}

void Oracle::check_read(TimelineId id, WriterId writer_id, PageNo page_no, Lsn read_point,
                        const wal::Page* got) const {
  const Log& log = timelines_.at(id).writers.at(writer_id).log;
  wal::Page expected{};
  for (const auto& entry : log) {
    if (entry->view.lsn > read_point) break;
    if (entry->view.page_no != page_no) continue;
    CHECK(entry->view.prev_page_lsn == expected.lsn());
    wal::testing::apply_record(entry->view, expected);
  }
  static const wal::Page kZeros{};
  if (got == nullptr) got = &kZeros;
  if (got->lsn() != expected.lsn()) {
    fmt::print(stderr, "timeline {} page {} at {}: is at {}, should be at {}\n", wal::raw(id),
               wal::raw(page_no), read_point.value(), got->lsn().value(), expected.lsn().value());
  }
  CHECK(got->lsn() == expected.lsn());
  CHECK(std::memcmp(got->bytes.data(), expected.bytes.data(), wal::kPageSize) == 0);
}

std::vector<Lsn> Oracle::consistency_points(TimelineId id) const {
  const Timeline& timeline = timelines_.at(id);
  std::vector<Lsn> points;
  if (const Writer* writer = newest(timeline, kNoEpochYet)) {
    for (const auto& entry : writer->log) {
      if (entry->view.lsn > writer->acknowledged) break;
      if (entry->view.is_consistency_point &&
          entry->view.lsn >= std::max(timeline.branch_lsn, timeline.horizon)) {
        points.push_back(entry->view.lsn);
      }
    }
  }
  return points;
}

bool Oracle::grant(TimelineId id, Lsn horizon) {
  Timeline& timeline = timelines_.at(id);
  if (horizon <= timeline.horizon) return false;
  timeline.horizon = horizon;
  return true;
}

Lsn Oracle::acknowledged_through(TimelineId id) const {
  const Timeline& timeline = timelines_.at(id);
  Lsn highest = timeline.branch_lsn;
  for (const auto& [writer_id, writer] : timeline.writers) {
    highest = std::max(highest, writer.acknowledged);
  }
  return highest;
}

}  // namespace sim
