// What must be true, kept apart from who makes it happen.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "wal/ids.h"
#include "wal/lsn.h"
#include "wal/mini_transaction.h"
#include "wal/page.h"
#include "wal/record_codec.h"

namespace sim {

using WriterId = std::uint64_t;

// Knows every record any writer ever logged and which of them became history. Stops the process
// when
//  - a takeover loses something acknowledged, or takes up something that never followed it;
//  - a writer that was overtaken gets an acknowledgement its successor does not know of;
//  - an LSN names two records;
//  - a page reads differently from what its history says.
class Oracle {
 public:
  void timeline_created(wal::TimelineId timeline, wal::TimelineId parent, wal::Lsn branch_lsn);

  // The writer finished taking over at `vdl`.
  void serving(wal::TimelineId timeline, WriterId writer, wal::Epoch epoch, wal::Lsn vdl);
  void appended(wal::TimelineId timeline, WriterId writer,
                std::span<const wal::MiniTransaction::PendingRecord> records);
  // The writer told its clients that everything through `vdl` is committed.
  void acknowledged(wal::TimelineId timeline, WriterId writer, wal::Lsn vdl);

  // A page as the writer's history has it at `read_point`.
  void check_read(wal::TimelineId timeline, WriterId writer, wal::PageNo page_no,
                  wal::Lsn read_point, const wal::Page* got) const;

  // Consistency points of the newest writer's history that may be read: from the horizon to what
  // it acknowledged.
  std::vector<wal::Lsn> consistency_points(wal::TimelineId timeline) const;
  wal::Lsn acknowledged_through(wal::TimelineId timeline) const;
  std::uint64_t records() const { return records_; }

  // A clone is made at `lsn` of the timeline: grants name it, so that nobody gives up its history.
  void pin(wal::TimelineId timeline, wal::Lsn lsn) { timelines_.at(timeline).pins.insert(lsn); }
  void unpin(wal::TimelineId timeline, wal::Lsn lsn) {
    auto& pins = timelines_.at(timeline).pins;
    pins.erase(pins.find(lsn));
  }
  const std::multiset<wal::Lsn>& pins(wal::TimelineId timeline) const {
    return timelines_.at(timeline).pins;
  }
  wal::Lsn horizon(wal::TimelineId timeline) const { return timelines_.at(timeline).horizon; }
  // The writer grants this horizon if it may; returns whether.
  bool grant(wal::TimelineId timeline, wal::Lsn horizon);

 private:
  struct Entry {
    std::vector<std::byte> encoded;
    wal::RecordView view;
  };
  using Log = std::vector<std::shared_ptr<const Entry>>;
  struct Writer {
    wal::Epoch epoch{};
    wal::Lsn base;          // where it took over
    wal::Lsn acknowledged;
    Log log;                // its history: what it took over, and its own
  };
  struct Timeline {
    wal::Lsn branch_lsn;
    Log inherited;
    std::map<WriterId, Writer> writers;  // those that came to serve
    std::map<wal::Lsn, bool> lsns;       // every LSN given on this timeline
    std::multiset<wal::Lsn> pins;
    wal::Lsn horizon;
  };

  static Log through(const Log& log, wal::Lsn lsn);
  const Writer* newest(const Timeline& timeline, wal::Epoch below) const;

  std::map<wal::TimelineId, Timeline> timelines_;
  std::uint64_t records_ = 0;
};

}  // namespace sim
