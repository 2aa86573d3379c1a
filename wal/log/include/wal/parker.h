// Waiting without holding a thread.
#pragma once

namespace wal {

// Where one thread of control waits: a session's coroutine, or a plain thread. The layers below
// the sessions are ordinary synchronous code; whatever must wait (a page read, a row lock,
// durability) parks the current Parker and is unparked by the event it waits for.
//
// park() and unpark() form a binary semaphore: an unpark that comes first is not lost, several
// before one park count once. Callers re-check their condition in a loop.
// No latch is held across park().
class Parker {
 public:
  virtual ~Parker() = default;

  // Waits until unpark(). Called only by the thread of control that this Parker stands for.
  virtual void park() = 0;

  // Ends the current park(), or lets the next one return at once. Any thread.
  virtual void unpark() = 0;

  // The Parker of the caller: what ScopedParker installed on this thread, else one that blocks
  // the thread itself.
  static Parker& current();
};

// Makes `parker` the current one on this thread while it lives. Whoever resumes a coroutine
// installs that coroutine's Parker first: coroutines of one thread must not see each other's.
class ScopedParker {
 public:
  explicit ScopedParker(Parker& parker);
  ~ScopedParker();
  ScopedParker(const ScopedParker&) = delete;
  ScopedParker& operator=(const ScopedParker&) = delete;

 private:
  Parker* previous_;
};

}  // namespace wal
