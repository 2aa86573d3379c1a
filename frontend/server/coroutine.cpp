#include "coroutine.h"

#include <cstdint>

#include <boost/context/protected_fixedsize_stack.hpp>
#include <sys/mman.h>

#include "types/current_session.h"

namespace server {

namespace context = boost::context;

namespace {

// Tells where the stack begins, behind its guard page.
class KnownStack {
 public:
  KnownStack(std::size_t bytes, std::byte*& low) : stacks_(bytes), low_(low) {}
  context::stack_context allocate() {
    const context::stack_context stack = stacks_.allocate();
    low_ = static_cast<std::byte*>(stack.sp) - stack.size + context::stack_traits::page_size();
    return stack;
  }
  void deallocate(context::stack_context& stack) { stacks_.deallocate(stack); }

 private:
  context::protected_fixedsize_stack stacks_;
  std::byte*& low_;
};

}  // namespace

void Coroutine::start(EventLoop& loop, std::size_t stack_bytes, Body body) {
  loop.submit(*new Coroutine(loop, stack_bytes, std::move(body)));
}

Coroutine::Coroutine(EventLoop& loop, std::size_t stack_bytes, Body body)
    : loop_(loop),
      fiber_(std::allocator_arg, KnownStack(stack_bytes, stack_low_),
             [this, body = std::move(body)](context::fiber&& caller) mutable {
               caller_ = std::move(caller);
               body(*this);
               body = nullptr;  // on the coroutine's own stack
               return std::move(caller_);
             }) {}

void Coroutine::run() {
  {
    const wal::ScopedParker installed(*this);
    const types::SwitchedSession switched(session_);
    fiber_ = std::move(fiber_).resume();
  }
  if (!fiber_) delete this;
}

void Coroutine::suspend() { caller_ = std::move(caller_).resume(); }

void Coroutine::rest() {
  resting_at_ = static_cast<std::byte*>(__builtin_frame_address(0));
  loop_.rest(*this);
  suspend();
  loop_.stir(*this);
}

void Coroutine::give_back() {
  // What suspend() and the switch put below; more than they need.
  constexpr std::size_t kBelow = 2048;
  const std::size_t page = context::stack_traits::page_size();
  auto* const end = reinterpret_cast<std::byte*>(reinterpret_cast<std::uintptr_t>(resting_at_ - kBelow) & ~(page - 1));
  if (end > stack_low_) ::madvise(stack_low_, static_cast<std::size_t>(end - stack_low_), MADV_DONTNEED);
}

void Coroutine::yield() {
  resume();
  suspend();
}

void Coroutine::park() {
  State expected = State::running;
  if (state_.compare_exchange_strong(expected, State::parked)) {
    loop_.parked(+1);
    suspend();
    loop_.parked(-1);
  }
  // An unpark came: before, or during this.
  state_.store(State::running);
}

void Coroutine::unpark() {
  // Whoever takes the state out of `parked` resumes, once: the task is in no queue then. (The
  // coroutine may not have suspended yet, but only its own thread takes tasks off the queue.)
  if (state_.exchange(State::signalled) == State::parked) loop_.submit(*this);
}

}  // namespace server
