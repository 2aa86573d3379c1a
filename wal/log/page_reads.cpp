// Reading pages: one copy is asked; a second one when the first is slow or refuses.
#include <algorithm>
#include <chrono>
#include <cstring>

#include "wal/check.h"
#include "writer_core.h"

namespace wal {

using pagestore::RefusalReason;
using Clock = std::chrono::steady_clock;

namespace {

// A copy that let a read wait is asked last for so long: a hung node costs a reader now and then, not
// every one until it is known to be lost.
constexpr std::chrono::seconds kSlowFor{1};

}  // namespace

// One read under way; shared with the callbacks of all copies asked.
struct WriterVolume::Core::Read {
  Parker& parker = Parker::current();
  const Clock::time_point began = Clock::now();
  Lsn not_below;                // its read points are not; set under reads_mutex_
  Clock::time_point hedge_at;

  std::mutex mutex;  // guards the rest; held by who unparks
  std::optional<pagestore::PageContents> contents;
  NodeSet asked, answered;
  std::size_t outstanding = 0;
  std::size_t below_horizon = 0;  // refusals of this round, by reason
  std::size_t corrupt = 0;
  NodeSet fenced;               // serve a newer writer
  std::vector<CopyIndex> damaged;  // said so; they get the page from who has it
  bool hedge = false;           // slow: ask another
  bool refused = false;         // somebody refused: ask another
  bool left = false;            // the reader is gone, and its Parker perhaps too
};

// Copies that can answer, best first. Completes the request.
std::vector<CopyIndex> WriterVolume::Core::readable_copies(PageNo page_no,
                                                           pagestore::ReadPage& request) {
  const std::scoped_lock lock(ship_mutex_);
  const GroupNo group{static_cast<std::uint32_t>(raw(page_no) / pages_per_group_)};
  request = {.group = {timeline_, group},
             .page_no = page_no,
             .read_point = shipper_.vdl(),
             .required_scl = shipper_.required_scl(group)};
  // Pages next to each other on the same copy: its cache and its disk reads cover neighbours.
  const NodeSet members = shipper_.membership().all();
  std::vector<CopyIndex> copies(members.begin(), members.end());
  std::ranges::rotate(copies, copies.begin() + static_cast<std::ptrdiff_t>(
                                                   (raw(page_no) / 64) % copies.size()));
  std::erase_if(copies, [&](CopyIndex copy) {
    return !shipper_.can_read(copy, group, request.required_scl);
  });
  std::ranges::stable_partition(
      copies, [&](CopyIndex copy) { return tier_.node(copy).zone() == options_.zone; });
  const auto now = Clock::now().time_since_epoch().count();
  std::ranges::stable_partition(copies, [&](CopyIndex copy) { return slow_until_[copy] <= now; });
  return copies;
}

void WriterVolume::Core::send_read(const std::shared_ptr<Read>& read, CopyIndex copy,
                                   const pagestore::ReadPage& request) {
  const auto believable = [page_no = request.page_no, read_point = request.read_point](
                              const pagestore::PageContents& contents) {
    return contents.page == nullptr || (contents.page->header().page_no == raw(page_no) &&
                                        contents.page->lsn() <= read_point);
  };
  tier_.node(copy).send(request, [read, believable, copy](pagestore::Response response) {
    const std::scoped_lock lock(read->mutex);
    --read->outstanding;
    read->answered.add(copy);
    if (read->left) return;
    auto* contents = std::get_if<pagestore::PageContents>(&response);
    if (contents != nullptr && believable(*contents)) {
      if (!read->contents) read->contents = std::move(*contents);
    } else {
      const auto* refusal = std::get_if<pagestore::Refusal>(&response);
      if (refusal != nullptr && refusal->reason == RefusalReason::below_horizon) {
        ++read->below_horizon;
      } else if (refusal != nullptr && refusal->reason == RefusalReason::stale_epoch) {
        read->fenced.add(copy);
      } else if (contents != nullptr ||
                 (refusal != nullptr && refusal->reason == RefusalReason::corrupt)) {
        ++read->corrupt;
        read->damaged.push_back(copy);
      }
      read->refused = true;
    }
    read->parker.unpark();
  });
}

// Nobody waits for it: when it fails, the next reader finds the damage again.
void WriterVolume::Core::repair(const std::vector<CopyIndex>& damaged,
                                const pagestore::ReadPage& request,
                                std::shared_ptr<const Page> page) {
  const Epoch epoch = this->epoch();
  for (const CopyIndex copy : damaged) {
    tier_.node(copy).send(
        pagestore::RepairPage{request.group, epoch, request.page_no, request.read_point, page},
        [](const pagestore::Response&) {});
  }
}

void WriterVolume::Core::begin_read(Read& read) {
  {
    const std::scoped_lock lock(reads_mutex_);
    read.not_below = vdl();
    reads_.push_back(&read);
  }
  const std::scoped_lock lock(ship_mutex_);
  arm_tick_locked(1);
}

void WriterVolume::Core::end_read(Read& read) {
  const std::scoped_lock lock(reads_mutex_);
  *std::ranges::find(reads_, &read) = reads_.back();
  reads_.pop_back();
}

Lsn WriterVolume::Core::oldest_read() {
  const std::scoped_lock lock(reads_mutex_);
  Lsn oldest = vdl();
  for (const Read* read : reads_) oldest = std::min(oldest, read->not_below);
  return oldest;
}

// Returns whether reads are under way.
bool WriterVolume::Core::tick_reads() {
  const auto now = Clock::now();
  const std::scoped_lock lock(reads_mutex_);
  for (Read* read : reads_) {
    const std::scoped_lock read_lock(read->mutex);
    if (now < read->hedge_at) continue;
    read->hedge_at = now + options_.hedge_after;
    read->hedge = true;
    read->parker.unpark();
  }
  return !reads_.empty();
}

Result<void> WriterVolume::Core::read_page(PageNo page_no, Lsn at_least, Page& into) {
  if (at_least > vdl()) {
    if (auto durable = wait_durable(at_least); !durable) return durable;
  }
  const auto read = std::make_shared<Read>();
  read->hedge_at = read->began + options_.hedge_after;
  begin_read(*read);
  struct Ended {
    Core& core;
    Read& read;
    ~Ended() {
      core.end_read(read);
      const std::scoped_lock lock(read.mutex);
      read.left = true;
    }
  } ended{*this, *read};

  for (;;) {
    const auto failed = error();
    // Without a write quorum what is durable stays readable.
    if (failed && failed != VolumeErrc::quorum_lost) return failed;
    pagestore::ReadPage request;
    const auto copies = readable_copies(page_no, request);
    std::optional<CopyIndex> next;
    {
      const std::scoped_lock lock(read->mutex);
      if (tier_.membership().blocks_writes(read->fenced)) {
        return VolumeErrc::fenced;
      }
      if (read->hedge) {
        const auto until = (Clock::now() + kSlowFor).time_since_epoch().count();
        for (const CopyIndex copy : read->asked - read->answered) slow_until_[copy] = until;
      }
      read->hedge = read->refused = false;
      for (const CopyIndex copy : copies) {
        if (!read->asked.contains(copy)) {
          next = copy;
          read->asked.add(copy);
          ++read->outstanding;
          break;
        }
      }
      if (!next && read->outstanding == 0) {
        // Every copy has had its say. Damage and a given-up history do not pass by waiting; the
        // rest may.
        if (!copies.empty() && read->below_horizon >= copies.size()) {
          return VolumeErrc::below_horizon;
        }
        if (!copies.empty() && read->corrupt >= copies.size()) {
          return VolumeErrc::corrupt;
        }
        if (failed) return failed;
        if (Clock::now() > read->began + options_.quorum_timeout) return VolumeErrc::quorum_lost;
        read->asked = read->answered = {};
        read->below_horizon = read->corrupt = 0;
      }
    }
    if (next) send_read(read, *next, request);

    for (;;) {
      {
        std::unique_lock lock(read->mutex);
        if (read->contents) {
          const auto page = read->contents->page;
          const auto damaged = std::exchange(read->damaged, {});
          lock.unlock();
          if (page != nullptr && !damaged.empty()) repair(damaged, request, page);
          if (page == nullptr) {
            std::memset(into.bytes.data(), 0, kPageSize);
          } else {
            std::memcpy(into.bytes.data(), page->bytes.data(), kPageSize);
          }
          return {};
        }
        // With nobody left to ask in this round, only the clock starts another.
        if (read->hedge || (read->refused && next)) break;
      }
      read->parker.park();
    }
  }
}

}  // namespace wal
