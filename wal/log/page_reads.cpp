// Reading pages, and what is known of them: one copy is asked; a second one when the first is slow
// or refuses.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <functional>

#include "wal/check.h"
#include "writer_core.h"

namespace wal {

using pagestore::RefusalReason;
using Clock = std::chrono::steady_clock;

namespace {

// A copy that let a read wait is asked last for so long: a hung node costs a reader now and then, not
// every one until it is known to be lost.
constexpr std::chrono::seconds kSlowFor{1};

// Where all copies that can be asked are damaged, a read waits for so long for the others: one that lags or starts
// again has the page in a moment.
constexpr std::chrono::seconds kDamagePatience{10};

void copy_page(const pagestore::Response& answer, Page& into) {
  const auto& page = std::get<pagestore::PageContents>(answer).page;
  if (page == nullptr) {
    std::memset(into.bytes.data(), 0, kPageSize);
  } else {
    std::memcpy(into.bytes.data(), page->bytes.data(), kPageSize);
  }
}

}  // namespace

// One read under way; shared with the callbacks of all copies asked.
struct WriterVolume::Core::Read {
  Parker& parker = Parker::current();
  const Clock::time_point began = Clock::now();
  Lsn not_below;                // its read points are not; set under reads_mutex_
  Clock::time_point hedge_at;

  std::mutex mutex;  // guards the rest; held by who unparks
  std::optional<pagestore::Response> answer;
  NodeSet asked, answered;
  std::size_t outstanding = 0;
  std::size_t below_horizon = 0;  // refusals of this round, by reason
  NodeSet corrupt;
  NodeSet fenced;               // serve a newer writer
  std::vector<CopyIndex> damaged;  // said so; they get the page from who has it
  bool hedge = false;           // slow: ask another
  bool refused = false;         // somebody refused: ask another
  bool left = false;            // the reader is gone, and its Parker perhaps too
};

// What is asked, again and again, until a copy gives an answer that can be true.
struct WriterVolume::Core::Question {
  PageNo page_no;   // the first one
  // What differs between the kinds of questions.
  std::function<pagestore::Request(pagestore::GroupId, Lsn read_point, Lsn required_scl,
                                   std::uint64_t run)>
      request;
  std::function<bool(const pagestore::Response&, Lsn read_point)> is_believable;
};

// A question under way: from being asked until the answer is here or nobody waits for it any more.
struct WriterVolume::Core::Asking {
  Asking(Core& core_asked, const Question& asked)
      : core(core_asked), question(asked), read(std::make_shared<Read>()) {
    read->hedge_at = read->began + core.options_.hedge_after;
    core.begin_read(*read);
  }
  ~Asking() {
    core.end_read(*read);
    const std::scoped_lock lock(read->mutex);
    read->left = true;
  }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;

  Core& core;
  const Question& question;
  std::shared_ptr<Read> read;
  ReadPoint point;
  bool began = false;
  bool asked_somebody = false;  // in this round
};

// Copies that can answer, best first. Completes the request.
std::vector<WriterVolume::Core::Readable> WriterVolume::Core::readable_copies(PageNo page_no,
                                                                              ReadPoint& point) {
  const std::scoped_lock lock(ship_mutex_);
  const GroupNo group{static_cast<std::uint32_t>(raw(page_no) / pages_per_group_)};
  point = {.group = {timeline_, group},
           .lsn = shipper_.vdl(),
           .required_scl = shipper_.required_scl(group),
           .with_pages = shipper_.with_pages(group)};
  // Pages next to each other on the same copy: its cache and its disk reads cover neighbours.
  const NodeSet members = shipper_.placement().of(group).all();
  std::vector<Readable> copies;
  for (const CopyIndex copy : members) copies.push_back({copy, shipper_.run(copy)});
  std::ranges::rotate(copies, copies.begin() + static_cast<std::ptrdiff_t>(
                                                   (raw(page_no) / 64) % copies.size()));
  std::erase_if(copies, [&](const Readable& each) {
    return !shipper_.can_read(each.copy, group, point.required_scl);
  });
  std::ranges::stable_partition(
      copies, [&](const Readable& each) { return tier_.node(each.copy).zone() == options_.zone; });
  const auto now = Clock::now().time_since_epoch().count();
  std::ranges::stable_partition(
      copies, [&](const Readable& each) { return slow_until_[each.copy] <= now; });
  return copies;
}

void WriterVolume::Core::send_read(const std::shared_ptr<Read>& read, const Readable& readable,
                                   const Question& question, const ReadPoint& point) {
  const auto [copy, run] = readable;
  tier_.node(copy).send(question.request(point.group, point.lsn, point.required_scl, run),
                        [self = shared_from_this(), read, is_believable = question.is_believable,
                         read_point = point.lsn, copy, run](pagestore::Response response) {
    if (const auto* refusal = std::get_if<pagestore::Refusal>(&response);
        refusal != nullptr && refusal->reason == RefusalReason::opened_anew) {
      self->opened_anew(copy, run);
    }
    const std::scoped_lock lock(read->mutex);
    --read->outstanding;
    read->answered.add(copy);
    if (read->left) return;
    const auto* refusal = std::get_if<pagestore::Refusal>(&response);
    if (refusal == nullptr && is_believable(response, read_point)) {
      if (!read->answer) read->answer = std::move(response);
    } else {
      if (refusal != nullptr && refusal->reason == RefusalReason::below_horizon) {
        ++read->below_horizon;
      } else if (refusal != nullptr && refusal->reason == RefusalReason::stale_epoch) {
        read->fenced.add(copy);
      } else if (refusal == nullptr || refusal->reason == RefusalReason::corrupt) {
        read->corrupt.add(copy);
        read->damaged.push_back(copy);
      }
      read->refused = true;
    }
    read->parker.unpark();
  });
}

// Nobody waits for it: when it fails, the next reader finds the damage again.
void WriterVolume::Core::repair(const std::vector<CopyIndex>& damaged,
                                PageNo page_no, const ReadPoint& point,
                                std::shared_ptr<const Page> page) {
  const Epoch epoch = this->epoch();
  for (const CopyIndex copy : damaged) {
    tier_.node(copy).send(
        pagestore::RepairPage{point.group, epoch, page_no, point.lsn, page},
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

WriterVolume::Core::Question WriterVolume::Core::page_question(PageNo page_no) {
  return {page_no,
          [page_no](pagestore::GroupId group, Lsn read_point, Lsn required_scl, std::uint64_t run) {
            return pagestore::ReadPage{group, page_no, read_point, required_scl, run};
          },
          [page_no](const pagestore::Response& response, Lsn read_point) {
            const auto* contents = std::get_if<pagestore::PageContents>(&response);
            return contents != nullptr &&
                   (contents->page == nullptr || (contents->page->header().page_no == raw(page_no) &&
                                                  contents->page->lsn() <= read_point));
          }};
}

Result<void> WriterVolume::Core::read_page(PageNo page_no, Lsn at_least, Page& into) {
  if (at_least > vdl()) {
    if (auto durable = wait_durable(at_least); !durable) return durable;
  }
  auto answer = ask(page_question(page_no));
  if (!answer) return answer.error();
  copy_page(*answer, into);
  return {};
}

void WriterVolume::Core::read_pages(std::span<BatchReader::PageRead> reads) {
  Lsn at_least;
  for (const BatchReader::PageRead& read : reads) at_least = std::max(at_least, read.at_least);
  if (at_least > vdl()) {
    if (auto durable = wait_durable(at_least); !durable) {
      for (BatchReader::PageRead& read : reads) read.error = durable.error();
      return;
    }
  }
  std::vector<Question> questions;
  questions.reserve(reads.size());
  for (const BatchReader::PageRead& read : reads) questions.push_back(page_question(read.page_no));
  std::deque<Asking> asked;
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < reads.size(); ++i) {
    asked.emplace_back(*this, questions[i]);
    open.push_back(i);
  }
  for (;;) {
    std::erase_if(open, [&](std::size_t i) {
      auto answer = advance(asked[i]);
      if (!answer) return false;
      if (*answer) {
        copy_page(**answer, *reads[i].into);
      } else {
        reads[i].error = answer->error();
      }
      return true;
    });
    if (open.empty()) return;
    Parker::current().park();
  }
}

Result<std::vector<PageNo>> WriterVolume::Core::changed_pages(TimelineId base, Lsn after,
                                                              std::uint64_t end) {
  std::vector<PageNo> pages;
  for (std::uint64_t from = 0; from < end;) {
    const PageNo first{static_cast<std::uint32_t>(from)};
    const std::uint64_t group_end = std::min((from / pages_per_group_ + 1) * pages_per_group_, end);
    const PageNo through{static_cast<std::uint32_t>(group_end - 1)};
    const Question question{
        first,
        [=](pagestore::GroupId group, Lsn read_point, Lsn required_scl, std::uint64_t run) {
          return pagestore::FindChanges{group, read_point, required_scl, base, after,
                                        first, through,    run};
        },
        [=](const pagestore::Response& response, Lsn) {
          const auto* found = std::get_if<pagestore::ChangedPages>(&response);
          return found != nullptr && std::ranges::is_sorted(found->pages) &&
                 (found->last || found->next > first) &&
                 (found->pages.empty() ||
                  (found->pages.front() >= first && found->pages.back() <= through));
        }};
    auto answer = ask(question);
    if (!answer) return answer.error();
    const auto& found = std::get<pagestore::ChangedPages>(*answer);
    pages.insert(pages.end(), found.pages.begin(), found.pages.end());
    from = found.last ? group_end : raw(found.next);
  }
  return pages;
}

Result<pagestore::Response> WriterVolume::Core::ask(const Question& question) {
  Asking asking(*this, question);
  for (;;) {
    if (auto answer = advance(asking)) return *std::move(answer);
    Parker::current().park();
  }
}

std::optional<Result<pagestore::Response>> WriterVolume::Core::advance(Asking& asking) {
  const std::shared_ptr<Read>& read = asking.read;
  for (;;) {
    {
      std::unique_lock lock(read->mutex);
      if (read->answer) {
        pagestore::Response answer = *std::move(read->answer);
        const auto damaged = std::exchange(read->damaged, {});
        lock.unlock();
        const auto* contents = std::get_if<pagestore::PageContents>(&answer);
        if (contents != nullptr && contents->page != nullptr && !damaged.empty()) {
          repair(damaged, asking.question.page_no, asking.point, contents->page);
        }
        return answer;
      }
      // With nobody left to ask in this round, only the clock starts another.
      if (asking.began && !read->hedge && !(read->refused && asking.asked_somebody)) return std::nullopt;
    }
    asking.began = true;

    const auto failed = error();
    // Without a write quorum what is durable stays readable.
    if (failed && failed != VolumeErrc::quorum_lost) return failed;
    const auto copies = readable_copies(asking.question.page_no, asking.point);
    std::optional<Readable> next;
    {
      const std::scoped_lock lock(read->mutex);
      if (!read->fenced.empty() && tier_.placement().of(asking.point.group.group).blocks_writes(read->fenced)) {
        return VolumeErrc::fenced;
      }
      if (read->hedge) {
        const auto until = (Clock::now() + kSlowFor).time_since_epoch().count();
        for (const CopyIndex copy : read->asked - read->answered) slow_until_[copy] = until;
      }
      read->hedge = read->refused = false;
      for (const Readable& each : copies) {
        if (!read->asked.contains(each.copy)) {
          next = each;
          read->asked.add(each.copy);
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
        const auto waited = Clock::now() - read->began;
        const bool is_damaged = !read->corrupt.empty() && read->corrupt == read->answered;
        if (is_damaged && ((asking.point.with_pages - read->corrupt).empty() || waited > kDamagePatience)) {
          return VolumeErrc::corrupt;
        }
        if (failed) return failed;
        if (waited > options_.quorum_timeout) return VolumeErrc::quorum_lost;
        read->asked = read->answered = read->corrupt = {};
        read->below_horizon = 0;
      }
    }
    asking.asked_somebody = next.has_value();
    if (next) send_read(read, *next, asking.question, asking.point);
  }
}

}  // namespace wal
