#include "wal/commit_search.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "log_fetch.h"
#include "pagestore/storage_tier.h"
#include "wal/record.h"
#include "wal/record_codec.h"
#include "wal/volume_errc.h"

namespace wal {
namespace {

using pagestore::LogPart;
using pagestore::StorageTier;

// Closer than this the search reads part after part instead of halving on.
constexpr std::uint64_t kScanBytes = std::uint64_t{256} << 10;
constexpr std::uint64_t kSearchBytes = std::uint64_t{1} << 20;

// Calls visit(commit) for every commit record, in LSN order, until it returns false.
template <typename Visit>
Result<void> for_each_commit(const LogPart& part, Visit visit) {
  RecordReader reader(*part.records);
  for (;;) {
    auto record = reader.next();
    if (!record) return make_error_code(VolumeErrc::corrupt);
    if (!*record) return {};
    if ((*record)->kind != RecordKind::commit) continue;
    if ((*record)->payload.size() < 16) return make_error_code(VolumeErrc::corrupt);
    CommitPoint commit{(*record)->lsn, 0};
    std::memcpy(&commit.time_us, (*record)->payload.data() + 8, sizeof(commit.time_us));
    if (!visit(commit)) return {};
  }
}

// Control records are all in the volume's first group.
constexpr GroupNo kControlGroup{0};

// The commits of one copy's log.
class CopyLog {
 public:
  CopyLog(StorageTier& tier, std::size_t node, TimelineId timeline)
      : tier_(tier), node_(node), timeline_(timeline) {}

  std::size_t node() const { return node_; }

  // Parts that begin at or above `from`, at least one if there is any.
  Result<std::vector<LogPart>> parts(Lsn from, std::uint64_t max_bytes) const {
    auto found = fetch_log(tier_, node_, {timeline_, kControlGroup}, from, max_bytes);
    if (!found) return found.error();
    return std::move(found->parts);
  }

  // Where the log that is still there begins: `after` itself if nothing was forgotten.
  Result<Lsn> floor(Lsn after, Lsn through) const {
    Lsn gone = after, there = through;
    for (Lsn at = after; at < there;) {
      auto found = parts(at, 1);
      if (found) {
        there = at;
      } else if (found.error() == make_error_code(VolumeErrc::below_horizon)) {
        gone = at;
      } else {
        return found.error();
      }
      if (there == after || distance(gone, there) <= 1) break;
      at = gone.advanced_by(distance(gone, there) / 2);
    }
    return there;
  }

  // The first commit in parts that begin at or above `from` and below `through`.
  Result<std::optional<CommitPoint>> first_commit(Lsn from, Lsn through) const {
    while (from < through) {
      auto found = parts(from, 1);
      if (!found) return found.error();
      if (found->empty() || found->front().begin >= through) return std::nullopt;
      std::optional<CommitPoint> first;
      auto read = for_each_commit(found->front(), [&](const CommitPoint& commit) {
        first = commit;
        return false;
      });
      if (!read) return read.error();
      if (first) return first->lsn <= through ? first : std::nullopt;
      from = found->front().end;
    }
    return std::nullopt;
  }

  // The newest commit at or below `time_us` in parts that begin in [from, through), and its part.
  struct Found {
    CommitPoint commit;
    LogPart part;
  };
  // `is_sure`: the copy's log goes on behind it. Else the copy may lag.
  Result<std::optional<Found>> newest_commit(Lsn from, Lsn through, std::int64_t time_us,
                                             bool& is_sure) const {
    std::optional<Found> newest;
    bool over = false;
    is_sure = false;
    while (!over && from < through) {
      auto found = parts(from, kSearchBytes);
      if (!found) return found.error();
      if (found->empty()) break;
      for (const LogPart& part : *found) {
        if (part.begin >= through) over = true;
        if (over) break;
        auto read = for_each_commit(part, [&](const CommitPoint& commit) {
          over = commit.lsn > through || commit.time_us > time_us;
          if (!over) newest = Found{commit, part};
          return !over;
        });
        if (!read) return read.error();
        from = part.end;
      }
    }
    is_sure = over || from >= through;
    return newest;
  }

 private:
  StorageTier& tier_;
  std::size_t node_;
  TimelineId timeline_;
};

Result<std::uint64_t> count(const CopyLog& log, Lsn from, Lsn after, Lsn through) {
  std::uint64_t commits = 0;
  while (from < through) {
    auto found = log.parts(from, 0);
    if (!found) return found.error();
    if (found->empty()) break;
    for (const LogPart& part : *found) {
      from = part.end;
      auto read = for_each_commit(part, [&](const CommitPoint& commit) {
        if (commit.lsn > after && commit.lsn <= through) ++commits;
        return commit.lsn <= through;
      });
      if (!read) return read.error();
    }
  }
  return commits;
}

// Where in [from, through) the last commits at or below `time_us` may begin, to within kScanBytes.
Result<Lsn> narrow(const CopyLog& log, Lsn from, Lsn through, std::int64_t time_us) {
  Lsn low = from, high = through;
  while (distance(low, high) > kScanBytes) {
    const Lsn middle = low.advanced_by(distance(low, high) / 2);
    auto first = log.first_commit(middle, high);
    if (!first) return first.error();
    if (*first && (*first)->time_us <= time_us) low = middle;
    else high = middle;
  }
  return low;
}

// The six that hold control records.
pagestore::Membership copies_of(const StorageTier& tier) {
  return tier.placement().of(kControlGroup).unchanged();
}

// Whether enough copies hold the very same part. A truncation is on a write quorum before the volume serves: what a
// read quorum has, holds.
bool is_vouched_for(StorageTier& tier, TimelineId timeline, const LogPart& part) {
  const pagestore::Membership members = copies_of(tier);
  pagestore::NodeSet vouching;
  for (const auto node : members.before()) {
    auto parts = CopyLog(tier, node, timeline).parts(part.begin, 1);
    if (parts && !parts->empty() && parts->front().begin == part.begin &&
        parts->front().end == part.end && *parts->front().records == *part.records)
      vouching.add(node);
    if (members.is_read_quorum(vouching)) return true;
  }
  return false;
}

// Asks one copy after the other until `ask` has an answer; the last error if none has.
template <typename Ask>
Result<std::optional<CommitPoint>> ask_copies(StorageTier& tier, TimelineId timeline, Ask ask) {
  boost::system::error_code error = make_error_code(VolumeErrc::quorum_lost);
  const pagestore::Membership members = copies_of(tier);
  pagestore::NodeSet empty;
  for (const auto node : members.before()) {
    Result<std::optional<CommitPoint>> answer = ask(CopyLog(tier, node, timeline));
    if (!answer) {
      if (error != make_error_code(VolumeErrc::below_horizon)) error = answer.error();
    } else if (*answer) {
      return answer;
    } else {
      empty.add(node);
      if (members.is_read_quorum(empty)) return std::optional<CommitPoint>();
    }
  }
  return error;
}

}  // namespace

Result<std::optional<CommitPoint>> find_commit(StorageTier& tier, TimelineId timeline, Lsn after,
                                               Lsn through, std::int64_t time_us) {
  using Answer = Result<std::optional<CommitPoint>>;
  if (through <= after) return std::optional<CommitPoint>();
  // A copy that lags knows of fewer commits. What is durable is on a write quorum: one of any read quorum has it.
  const pagestore::Membership members = copies_of(tier);
  std::optional<CommitPoint> newest;
  pagestore::NodeSet unsure;
  auto answer = ask_copies(tier, timeline, [&](const CopyLog& log) -> Answer {
    auto floor = log.floor(after, through);
    if (!floor) return floor.error();
    auto from = narrow(log, *floor, through, time_us);
    if (!from) return from.error();
    bool is_sure = false;
    auto found = log.newest_commit(*from, through, time_us, is_sure);
    if (!found) return found.error();
    if (!*found) {
      if (*floor > after) return make_error_code(VolumeErrc::below_horizon);
      return std::optional<CommitPoint>();
    }
    if (!is_vouched_for(tier, timeline, (*found)->part)) return make_error_code(VolumeErrc::quorum_lost);
    if (!newest || newest->lsn < (*found)->commit.lsn) newest = (*found)->commit;
    unsure.add(log.node());
    if (is_sure || members.is_read_quorum(unsure)) return newest;
    return std::optional<CommitPoint>();
  });
  if (answer && newest) return newest;
  return answer;
}

Result<std::optional<CommitPoint>> oldest_commit(StorageTier& tier, TimelineId timeline, Lsn after,
                                                 Lsn through) {
  using Answer = Result<std::optional<CommitPoint>>;
  if (through <= after) return std::optional<CommitPoint>();
  return ask_copies(tier, timeline, [&](const CopyLog& log) -> Answer {
    auto floor = log.floor(after, through);
    if (!floor) return floor.error();
    return log.first_commit(*floor, through);
  });
}

Result<std::uint64_t> count_commits(StorageTier& tier, TimelineId timeline, Lsn branch_lsn,
                                    Lsn after, Lsn through) {
  // The part that `after` lies in begins before it, no further than a chunk is long.
  const std::uint64_t back = std::min(distance(branch_lsn, after), kLongestChunk);
  const Lsn from(after.value() - back);
  boost::system::error_code error = make_error_code(VolumeErrc::quorum_lost);
  for (const auto node : tier.placement().of(kControlGroup).before()) {
    auto commits = count(CopyLog(tier, node, timeline), from, after, through);
    if (commits) return commits;
    error = commits.error();
  }
  return error;
}

}  // namespace wal
