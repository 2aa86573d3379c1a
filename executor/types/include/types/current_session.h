// The session that a thread of control works for, where none can be handed down.
#pragma once

namespace types {

class SessionServices;

// What ScopedSession named last on this thread; null: none. A table's index expressions are evaluated
// far below any session, by whoever changes a row; those that call users' functions ask here.
SessionServices* current_session();

// Makes it the current one while it lives.
class ScopedSession {
 public:
  explicit ScopedSession(SessionServices* session);
  ~ScopedSession();
  ScopedSession(const ScopedSession&) = delete;
  ScopedSession& operator=(const ScopedSession&) = delete;

 private:
  SessionServices* previous_;
};

// For whoever switches between threads of control on one thread, as wal::ScopedParker: makes `session`
// the current one, and when it ends leaves in it the one that was current then.
class SwitchedSession {
 public:
  explicit SwitchedSession(SessionServices*& session);
  ~SwitchedSession();
  SwitchedSession(const SwitchedSession&) = delete;
  SwitchedSession& operator=(const SwitchedSession&) = delete;

 private:
  SessionServices*& session_;
  SessionServices* previous_;
};

}  // namespace types
