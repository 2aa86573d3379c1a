#include "coroutine_parker.h"

#include <boost/asio/post.hpp>

namespace server {

namespace asio = boost::asio;

namespace {
thread_local unsigned parked_count = 0;
}  // namespace

unsigned CoroutineParker::parked_here() { return parked_count; }

CoroutineParker::CoroutineParker(asio::yield_context yield)
    : yield_(yield), executor_(yield.get_executor()), installed_(std::in_place, *this) {}

void CoroutineParker::park() {
  // An unpark that came first: nothing to wait for.
  State expected = State::signalled;
  if (state_.compare_exchange_strong(expected, State::running)) return;

  ++parked_count;
  suspended([this](asio::yield_context yield) {
    asio::async_initiate<asio::yield_context, void()>(
        [this](auto handler) {
          // The handler is move-only; std::function needs a copyable wrapper.
          auto shared = std::make_shared<decltype(handler)>(std::move(handler));
          resume_ = [executor = executor_, shared] {
            asio::post(executor, [shared]() mutable { std::move (*shared)(); });
          };
          State running = State::running;
          // Lost the race against unpark(): resume at once.
          if (!state_.compare_exchange_strong(running, State::parked)) take_resume()();
        },
        yield);
  });
  --parked_count;
  state_.store(State::running);
}

void CoroutineParker::unpark() {
  // Whoever takes the state out of `parked` owns resume_; it is moved out first, since the
  // coroutine may run again before the call has returned.
  State previous = state_.exchange(State::signalled);
  if (previous == State::parked) take_resume()();
}

std::function<void()> CoroutineParker::take_resume() {
  std::function<void()> resume;
  resume.swap(resume_);
  return resume;
}

}  // namespace server
