#include "event_loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <memory>
#include <system_error>
#include <utility>

#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "wal/check.h"

namespace server {
namespace {

constexpr int kEventsMax = 256;
// How long a core that has run out of work looks for more before it sleeps. Waking a sleeping
// processor takes tens of microseconds, several times what a point query takes: a client that asks
// again at once is answered without it. While sessions wait for storage or for each other, the
// processor is left to those that they wait for - unless something urgent has run lately: then that is
// a client here, whose next message is on its way.
constexpr std::chrono::microseconds kPollTime{50};
// A look that takes longer than this let somebody else run: the processor has better to do than to
// be polled, so the core sleeps at once, this time and the next few.
constexpr std::chrono::microseconds kContended{5};
constexpr unsigned kSleepsMax = 64;
// Giving memory back takes a microsecond or two each; meanwhile there may be news.
constexpr unsigned kGiveBackAtOnce = 16;
// A round this long looks for events in between: something urgent may have come.
constexpr std::chrono::microseconds kLookAgain{100};
// The same while something urgent has run lately: its client asks again soon, and all that others wait
// for is that message. A look costs a small part of this.
constexpr std::chrono::microseconds kLookAgainSoon{20};
constexpr std::chrono::milliseconds kLately{1};

thread_local EventLoop* running_here = nullptr;

}  // namespace

// A function as a task; goes when it has run.
struct EventLoop::Call final : Task {
  explicit Call(std::function<void()> call) : call(std::move(call)) {}
  void run() override {
    const std::unique_ptr<Call> self(this);
    call();
  }
  std::function<void()> call;
};

EventLoop::EventLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (epoll_ < 0 || wake_ < 0) throw std::system_error(errno, std::generic_category(), "event loop");
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = nullptr}};
  CHECK(::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) == 0);
}

EventLoop::~EventLoop() {
  // Calls that came too late to run.
  take_submitted();
  while (!urgent_.empty()) urgent_.pop().run();
  while (!ordinary_.empty()) ordinary_.pop().run();
  ::close(wake_);
  ::close(epoll_);
}

void EventLoop::submit(Task& task) {
  if (running_here == this) return enqueue(task);
  Task* head = submitted_.load(std::memory_order_relaxed);
  do {
    task.next_ = head;
  } while (!submitted_.compare_exchange_weak(head, &task, std::memory_order_seq_cst,
                                             std::memory_order_relaxed));
  // The task may have run and gone by now.
  if (asleep_.load(std::memory_order_seq_cst) && asleep_.exchange(false)) {
    const std::uint64_t one = 1;
    CHECK(::write(wake_, &one, sizeof one) == sizeof one);
  }
}

void EventLoop::post(std::function<void()> call) { submit(*new Call(std::move(call))); }

void EventLoop::stop() {
  post([this] { stopping_ = true; });
}

bool EventLoop::watch(int fd, std::uint32_t events, Watcher& watcher) {
  epoll_event event{.events = events | EPOLLET, .data = {.ptr = &watcher}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) return false;
  ++watched_;
  return true;
}

void EventLoop::unwatch(int fd) {
  CHECK(::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr) == 0);
  --watched_;
}

EventLoop::Timer EventLoop::call_after(Clock::duration delay, std::function<void()> call) {
  const auto now = Clock::now();
  const Timer timer{delay < Clock::time_point::max() - now ? now + delay : Clock::time_point::max(), ++last_timer_};
  timers_.emplace(timer, std::move(call));
  return timer;
}

void EventLoop::forget(const Deferred& deferred) {
  std::erase(deferred_, const_cast<Deferred*>(&deferred));
}

void EventLoop::take_submitted() {
  if (submitted_.load(std::memory_order_relaxed) == nullptr) return;
  Task* task = submitted_.exchange(nullptr, std::memory_order_acquire);
  Task* in_order = nullptr;
  while (task != nullptr) {
    Task* const next = task->next_;
    task->next_ = in_order;
    in_order = task;
    task = next;
  }
  while (in_order != nullptr) {
    Task* const next = in_order->next_;
    in_order->next_ = nullptr;
    enqueue(*in_order);
    in_order = next;
  }
}

// Those that are urgent now; what they make urgent comes next time, so that this ends.
void EventLoop::run_urgent() {
  if (urgent_.empty()) return;
  has_run_urgent_ = true;
  Queue now;
  std::swap(now, urgent_);
  while (!now.empty()) now.pop().run();
}

void EventLoop::run_round() {
  run_urgent();
  Queue round;
  std::swap(round, ordinary_);
  auto looked = Clock::now(), sent = looked;
  while (!round.empty()) {
    round.pop().run();
    if (round.empty()) break;
    const auto now = Clock::now();
    if (std::exchange(has_run_urgent_, false)) last_urgent_ = now;
    if (now - sent > kLookAgain) {
      send_deferred();
      sent = now;
    }
    // Another core may have handed a lock over.
    take_submitted();
    if (now - looked > (now - last_urgent_ < kLately ? kLookAgainSoon : kLookAgain)) {
      look(std::chrono::milliseconds(0));
      looked = now;
    }
    run_urgent();
  }
}

void EventLoop::send_deferred() {
  for (std::size_t i = 0; i < deferred_.size(); ++i) deferred_[i]->send();
  deferred_.clear();
}

bool EventLoop::look(std::chrono::milliseconds wait) {
  std::array<epoll_event, kEventsMax> events;
  const int count =
      ::epoll_wait(epoll_, events.data(), kEventsMax, static_cast<int>(wait.count()));
  if (count <= 0) return false;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    if (auto* watcher = static_cast<Watcher*>(events[i].data.ptr)) watcher->ready(events[i].events);
  }
  return true;
}

void EventLoop::run_timers() {
  while (!timers_.empty() && timers_.begin()->first.at <= Clock::now()) {
    const auto call = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    call();
  }
}

void EventLoop::rest(Resting& resting) {
  CHECK(!resting.listed_);
  resting.listed_ = true;
  resting.since_ = now_;
  resting.before_ = latest_resting_;
  resting.after_ = nullptr;
  (latest_resting_ == nullptr ? longest_resting_ : latest_resting_->after_) = &resting;
  latest_resting_ = &resting;
}

void EventLoop::unlist(Resting& resting) {
  (resting.before_ == nullptr ? longest_resting_ : resting.before_->after_) = resting.after_;
  (resting.after_ == nullptr ? latest_resting_ : resting.after_->before_) = resting.before_;
  resting.listed_ = false;
}

bool EventLoop::give_back() {
  for (unsigned i = 0; i < kGiveBackAtOnce; ++i) {
    Resting* const resting = longest_resting_;
    if (resting == nullptr || now_ - resting->since_ < kRest) return false;
    unlist(*resting);
    resting->give_back();
  }
  return true;
}

std::chrono::milliseconds EventLoop::until_timer() const {
  auto next = Clock::time_point::max();
  if (!timers_.empty()) next = timers_.begin()->first.at;
  if (longest_resting_ != nullptr) next = std::min(next, longest_resting_->since_ + kRest);
  if (next == Clock::time_point::max()) return std::chrono::milliseconds(-1);
  // The kernel takes an int; a timer further away is looked at again then.
  constexpr std::chrono::milliseconds kLongest{std::numeric_limits<int>::max()};
  const auto rest = next - now_;
  if (rest >= kLongest) return kLongest;
  return std::max(std::chrono::milliseconds(0), std::chrono::ceil<std::chrono::milliseconds>(rest));
}

void EventLoop::run() {
  running_here = this;
  auto last_work = now_ = Clock::now();
  unsigned sleeps = 0, next_sleeps = 1;
  while (!stopping_ || watched_ > 0 || !is_idle()) {
    take_submitted();
    if (!timers_.empty()) run_timers();
    if (!is_idle()) {
      run_round();
      send_deferred();
      if (!is_idle()) look(std::chrono::milliseconds(0));
      last_work = now_ = Clock::now();
      if (std::exchange(has_run_urgent_, false)) last_urgent_ = now_;
      // With enough to do for ever, too.
      if (longest_resting_ != nullptr && now_ - longest_resting_->since_ >= 2 * kRest) give_back();
      continue;
    }
    now_ = Clock::now();
    if (sleeps == 0 && now_ - last_work < kPollTime && (parked_ == 0 || now_ - last_urgent_ < kLately)) {
      if (look(std::chrono::milliseconds(0))) continue;
      ::sched_yield();
      if (Clock::now() - now_ > kContended) {
        sleeps = next_sleeps;
        next_sleeps = std::min(next_sleeps * 2, kSleepsMax);
      }
      continue;
    }
    if (sleeps > 0)
      --sleeps;
    else
      next_sleeps = 1;  // a whole poll time without anybody else
    if (give_back()) {
      look(std::chrono::milliseconds(0));
      continue;
    }
    asleep_.store(true, std::memory_order_seq_cst);
    // Whoever submits after this look sees that the loop is asleep.
    if (submitted_.load(std::memory_order_seq_cst) == nullptr) look(until_timer());
    asleep_.store(false, std::memory_order_relaxed);
    last_work = now_ = Clock::now();
  }
  running_here = nullptr;
}

}  // namespace server
