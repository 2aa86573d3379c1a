// A timeline that goes again unless it is kept.
#pragma once

#include <functional>
#include <utility>

#include "wal/ids.h"

namespace database {

class ScopedTimeline {
 public:
  ScopedTimeline(wal::TimelineId timeline, std::function<void(wal::TimelineId)> drop)
      : timeline_(timeline), drop_(std::move(drop)) {}
  ~ScopedTimeline() {
    if (drop_) drop_(timeline_);
  }
  ScopedTimeline(const ScopedTimeline&) = delete;
  ScopedTimeline& operator=(const ScopedTimeline&) = delete;

  wal::TimelineId timeline() const { return timeline_; }
  void keep() { drop_ = nullptr; }

 private:
  wal::TimelineId timeline_;
  std::function<void(wal::TimelineId)> drop_;
};

}  // namespace database
