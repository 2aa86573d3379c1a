#include "types/current_session.h"

#include "types/kernel_interrupts.h"
#include "types/session_services.h"

namespace types {
namespace {

thread_local SessionServices* session_of_thread = nullptr;

}  // namespace

// Never inlined: a coroutine that was resumed on a thread must not use another one's address.
[[gnu::noinline]] SessionServices* current_session() { return session_of_thread; }

void check_interrupts() {
  if (auto* const interrupts = dynamic_cast<KernelInterrupts*>(current_session())) interrupts->check_interrupts();
}

ScopedSession::ScopedSession(SessionServices* session) : previous_(session_of_thread) { session_of_thread = session; }
ScopedSession::~ScopedSession() { session_of_thread = previous_; }

SwitchedSession::SwitchedSession(SessionServices*& session) : session_(session), previous_(session_of_thread) {
  session_of_thread = session;
}
SwitchedSession::~SwitchedSession() {
  session_ = session_of_thread;
  session_of_thread = previous_;
}

}  // namespace types
