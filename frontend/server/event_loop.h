// One core's event loop: which coroutine runs next, which sockets have news.
#pragma once

#include <atomic>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace server {

// Threads: run() from one thread, the loop's; what says so may be called from any.
//
// Order: a round runs everything that was ready when it began, then sends what answers were left to
// its end, then asks the kernel what is ready next. What is urgent goes before what is not, within a
// round too, whether another thread submitted it or a socket has news of it; since a round runs all that
// it began with, nothing waits for more than one round.
class EventLoop {
 public:
  // Something to run. Owned by whoever submits it; linked into the queue by itself, so that
  // submitting allocates nothing. In the queue at most once at a time.
  class Task {
   public:
    virtual void run() = 0;
    // Asked by the loop's thread when the task becomes ready: others wait for what it will do.
    virtual bool is_urgent() const { return false; }

   protected:
    ~Task() = default;

   private:
    friend class EventLoop;
    Task* next_ = nullptr;
  };

  // Told about a file descriptor. Events are edges (EPOLLET): each is told once. Notes them, and
  // submits what is to run; runs nothing itself.
  class Watcher {
   public:
    virtual void ready(std::uint32_t events) = 0;

   protected:
    ~Watcher() = default;
  };

  // What is sent at the end of a round.
  class Deferred {
   public:
    virtual void send() = 0;

   protected:
    ~Deferred() = default;
  };

  // What waits for its client and holds memory that it does not need meanwhile. In order of rest(), linked by itself.
  class Resting {
   public:
    // Asked once, when it has rested for kRest.
    virtual void give_back() = 0;

   protected:
    ~Resting() = default;

   private:
    friend class EventLoop;
    Resting* before_ = nullptr;
    Resting* after_ = nullptr;
    bool listed_ = false;
    std::chrono::steady_clock::time_point since_{};
  };
  static constexpr std::chrono::milliseconds kRest{500};

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Until stop() was called and nothing is watched any more.
  void run();

  // --- any thread -----------------------------------------------------------------------------
  void stop();
  void submit(Task& task);
  void post(std::function<void()> call);

  // --- the loop's thread, or before it runs ---------------------------------------------------
  // False: errno says why not.
  bool watch(int fd, std::uint32_t events, Watcher& watcher);
  // Not from a Watcher: what was found ready is told first.
  void unwatch(int fd);
  // A call that is to come; numbered, so that one that was made means nothing any more.
  struct Timer {
    std::chrono::steady_clock::time_point at{};
    std::uint64_t number = 0;
    auto operator<=>(const Timer&) const = default;
  };
  Timer call_after(std::chrono::steady_clock::duration delay, std::function<void()> call);
  // It will not be called, unless it was already.
  void cancel(const Timer& timer) { timers_.erase(timer); }
  void defer(Deferred& deferred) { deferred_.push_back(&deferred); }
  void forget(const Deferred& deferred);
  // From rest() to stir(); costs a few instructions, for it is for every message that a client sends.
  void rest(Resting& resting);
  void stir(Resting& resting) {
    if (resting.listed_) unlist(resting);
  }
  // While any is parked, something else in this process has the processor's time to make use of.
  void parked(int change) { parked_ += change; }

 private:
  using Clock = std::chrono::steady_clock;

  // First in, first out.
  struct Queue {
    Task* first = nullptr;
    Task* last = nullptr;

    bool empty() const { return first == nullptr; }
    void push(Task& task) {
      (last == nullptr ? first : last->next_) = &task;
      last = &task;
    }
    Task& pop() {
      Task& task = *first;
      first = task.next_;
      if (first == nullptr) last = nullptr;
      task.next_ = nullptr;
      return task;
    }
  };

  struct Call;

  bool is_idle() const { return ordinary_.empty() && urgent_.empty(); }
  void enqueue(Task& task) { (task.is_urgent() ? urgent_ : ordinary_).push(task); }
  void take_submitted();
  void run_urgent();
  void run_round();
  void send_deferred();
  // Waits for up to `wait`; negative: for as long as it takes. True when there were events.
  bool look(std::chrono::milliseconds wait);
  void run_timers();
  // How long the loop may sleep; negative: for as long as it takes.
  std::chrono::milliseconds until_timer() const;
  void unlist(Resting& resting);
  // Those that have rested for long enough, a few at a time: true when there may be more.
  bool give_back();

  int epoll_ = -1;
  int wake_ = -1;  // an eventfd, never read: each write is an edge
  Queue urgent_, ordinary_;
  bool has_run_urgent_ = false;
  Clock::time_point last_urgent_{};  // about when something urgent ran last
  std::vector<Deferred*> deferred_;
  std::size_t watched_ = 0;
  int parked_ = 0;
  std::map<Timer, std::function<void()>> timers_;
  std::uint64_t last_timer_ = 0;
  Clock::time_point now_ = Clock::now();  // when the loop looked at the clock last
  Resting* longest_resting_ = nullptr;
  Resting* latest_resting_ = nullptr;
  bool stopping_ = false;

  alignas(64) std::atomic<Task*> submitted_{nullptr};  // by other threads, last first
  std::atomic<bool> asleep_{false};
};

}  // namespace server
