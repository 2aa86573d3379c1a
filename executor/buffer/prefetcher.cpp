#include <algorithm>

#include "buffer/paged_volume.h"
#include "pool_impl.h"

namespace buffer {

Prefetcher::~Prefetcher() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Prefetcher::request(PagedVolume& volume, wal::PageNo page_no) {
  {
    const std::scoped_lock lock(mutex_);
    if (queue_.size() >= kQueueLimit) return;
    while (threads_.size() < kThreads) threads_.emplace_back([this] { run(); });
    volume.state_->add_user();
    queue_.push_back({&volume, page_no});
  }
  wake_.notify_one();
}

void Prefetcher::forget(PagedVolume& volume) {
  std::size_t forgotten;
  {
    const std::scoped_lock lock(mutex_);
    forgotten = std::erase_if(queue_, [&](const Request& r) { return r.volume == &volume; });
  }
  while (forgotten-- != 0) volume.state_->drop_user();
}

// What there is for one volume is read together: a scan asks for many pages at once, and one wait for
// several costs as much as one for each.
std::vector<wal::PageNo> Prefetcher::take_together(PagedVolume*& volume) {
  volume = queue_.front().volume;
  // The other threads get their share.
  const std::size_t share = std::min(kTogether, queue_.size() / kThreads + 1);
  std::vector<wal::PageNo> pages;
  std::erase_if(queue_, [&](const Request& request) {
    if (request.volume != volume || pages.size() == share) return false;
    pages.push_back(request.page_no);
    return true;
  });
  return pages;
}

void Prefetcher::run() {
  for (;;) {
    PagedVolume* volume = nullptr;
    std::vector<wal::PageNo> pages;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      pages = take_together(volume);
    }
    // A hint: whoever needs the page meets the error again.
    if (pages.size() == 1 || volume->batch_reader_ == nullptr) {
      for (const wal::PageNo page_no : pages) (void)volume->load(page_no);
    } else {
      volume->load_together(pages);
    }
    for (std::size_t i = 0; i < pages.size(); ++i) volume->state_->drop_user();
  }
}

}  // namespace buffer
