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

void Prefetcher::run() {
  for (;;) {
    Request request;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      request = queue_.front();
      queue_.pop_front();
    }
    // A hint: whoever needs the page meets the error again.
    (void)request.volume->load(request.page_no);
    request.volume->state_->drop_user();
  }
}

}  // namespace buffer
