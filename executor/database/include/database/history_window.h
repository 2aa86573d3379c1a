// How much of a volume's history is kept: what may be given up follows the VDL at a distance in time.
#pragma once

#include <chrono>
#include <deque>

#include "wal/lsn.h"

namespace database {

// One per open volume; not thread-safe. Time is the steady clock's: a wall clock that steps does
// not shorten the window. It begins anew with every opening, so after a restart more is kept.
class HistoryWindow {
 public:
  using Clock = std::chrono::steady_clock;

  explicit HistoryWindow(std::chrono::seconds window) : window_(window) {}

  // The volume's VDL is `vdl` at `now`. Returns what it was a window ago, at most a 240th of the
  // window earlier; kNoLsn when it has not been open for so long.
  wal::Lsn advance(Clock::time_point now, wal::Lsn vdl) {
    if (window_ == std::chrono::seconds::zero()) return vdl;
    if (samples_.empty() || (vdl > samples_.back().vdl &&
                             now - samples_.back().time >= window_ / kSamples)) {
      samples_.push_back({now, vdl});
    }
    while (samples_.size() > 1 && now - samples_[1].time >= window_) samples_.pop_front();
    return now - samples_.front().time >= window_ ? samples_.front().vdl : wal::kNoLsn;
  }

 private:
  static constexpr int kSamples = 240;
  struct Sample {
    Clock::time_point time;
    wal::Lsn vdl;
  };
  std::chrono::seconds window_;
  std::deque<Sample> samples_;  // ascending
};

}  // namespace database
