// How a kernel that runs for long is told to end.
#pragma once

namespace types {

// What stands behind EvalContext::session implements it too, where a statement can be ended; a kernel that may run for
// long looks for it by dynamic_cast when it has run for a while.
class KernelInterrupts {
 public:
  // Throws when the statement is to end. May let other coroutines of the thread run: the kernel holds nothing then that
  // these could come upon.
  virtual void check_interrupts() = 0;

 protected:
  ~KernelInterrupts() = default;
};

// The same for the session that the thread of control works for (current_session.h); does nothing where there is none.
// For what takes long before a statement runs: what is planned, say.
void check_interrupts();

}  // namespace types
