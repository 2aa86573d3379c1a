#include "coroutine.h"

#include <boost/context/protected_fixedsize_stack.hpp>

#include "types/current_session.h"

namespace server {

namespace context = boost::context;

void Coroutine::start(EventLoop& loop, std::size_t stack_bytes, Body body) {
  loop.submit(*new Coroutine(loop, stack_bytes, std::move(body)));
}

Coroutine::Coroutine(EventLoop& loop, std::size_t stack_bytes, Body body)
    : loop_(loop),
      fiber_(std::allocator_arg, context::protected_fixedsize_stack(stack_bytes),
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
