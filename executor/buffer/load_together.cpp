// Reading several pages with one wait for all.
#include <algorithm>
#include <array>
#include <boost/system/errc.hpp>

#include "buffer/paged_volume.h"
#include "pool_impl.h"

namespace buffer {
namespace {

// A frame that is being filled is lost to everybody else.
constexpr std::size_t kAtOnce = 32;

}  // namespace

// The pages of one batch that this caller reads: it is their one loader, as in fill().
class PagedVolume::Batch {
 public:
  explicit Batch(PagedVolume& volume) : volume_(volume), impl_(*volume.pool_.impl_) {}

  // Whoever waits for a page that was not read tries itself.
  ~Batch() {
    for (std::size_t i = 0; i < count_; ++i) {
      impl_.give_back(*frames_[i]);
      finish(reads_[i].page_no, boost::system::errc::make_error_code(boost::system::errc::operation_canceled));
    }
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  bool full() const { return count_ == kAtOnce; }

  // False: there is no frame for it.
  bool add(wal::PageNo page_no) {
    if (!claim(page_no)) return true;
    Frame* const frame = impl_.try_allocate();
    if (frame == nullptr) {
      finish(page_no, boost::system::errc::make_error_code(boost::system::errc::operation_canceled));
      return false;
    }
    if (volume_.borrow(page_no, *frame->page)) {
      impl_.borrowed.fetch_add(1, std::memory_order_relaxed);
      impl_.publish(*frame, volume_, page_no, false);
      finish(page_no, {});
      return true;
    }
    reads_[count_] = {page_no, volume_.state_->newest_change(page_no), frame->page, {}};
    frames_[count_++] = frame;
    return true;
  }

  void read() {
    if (count_ == 0) return;
    impl_.misses.fetch_add(count_, std::memory_order_relaxed);
    volume_.state_->usage.add(State::kReads, count_);
    volume_.batch_reader_->read_pages(std::span(reads_).first(count_));
    while (count_ != 0) {
      --count_;
      wal::BatchReader::PageRead& read = reads_[count_];
      if (!read.error) {
        if (const auto checked = volume_.check(read.page_no, *read.into); !checked) read.error = checked.error();
      }
      if (read.error) {
        impl_.give_back(*frames_[count_]);
      } else {
        impl_.publish(*frames_[count_], volume_, read.page_no, false);
      }
      finish(read.page_no, read.error);
    }
  }

 private:
  Partition& partition_of(wal::PageNo page_no) {
    return impl_.partition_of(impl_.hash_of(volume_.timeline_, page_no));
  }
  auto find_load(Partition& partition, wal::PageNo page_no) {
    return std::ranges::find_if(partition.loads, [&](const LoadInFlight& load) {
      return load.timeline == wal::raw(volume_.timeline_) && load.page_no == wal::raw(page_no);
    });
  }

  bool claim(wal::PageNo page_no) {
    Partition& partition = partition_of(page_no);
    const std::scoped_lock lock(partition.mutex);
    if (impl_.find(volume_.timeline_, page_no) != nullptr ||
        find_load(partition, page_no) != partition.loads.end()) {
      return false;
    }
    partition.loads.push_back({wal::raw(volume_.timeline_), wal::raw(page_no), {}});
    return true;
  }

  void finish(wal::PageNo page_no, boost::system::error_code error) {
    Partition& partition = partition_of(page_no);
    const std::scoped_lock lock(partition.mutex);
    finish_load(partition, find_load(partition, page_no), error);
  }

  PagedVolume& volume_;
  BufferPool::Impl& impl_;
  std::array<wal::BatchReader::PageRead, kAtOnce> reads_;
  std::array<Frame*, kAtOnce> frames_;
  std::size_t count_ = 0;
};

void PagedVolume::load_together(std::span<const wal::PageNo> pages) {
  if (state_->failed.load()) return;
  if (batch_reader_ == nullptr) {
    for (const wal::PageNo page_no : pages) prefetch(page_no);
    return;
  }
  for (bool room = true; room && !pages.empty();) {
    Batch batch(*this);
    while (room && !pages.empty() && !batch.full()) {
      room = batch.add(pages.front());
      pages = pages.subspan(1);
    }
    batch.read();
  }
}

}  // namespace buffer
