// Where the literal stands that a type's input is reading just now, for what the input has to tell beside errors.
#pragma once

namespace types {

// While one of these is there, this thread reads a literal of a statement. What is read must not wait: another of the
// thread's sessions would be told this one's place.
class LiteralPosition {
 public:
  explicit LiteralPosition(int byte_offset) { current_ = byte_offset; }
  ~LiteralPosition() { current_ = -1; }
  LiteralPosition(const LiteralPosition&) = delete;
  LiteralPosition& operator=(const LiteralPosition&) = delete;

  // -1: no literal.
  static int current() { return current_; }

 private:
  static inline thread_local int current_ = -1;
};

}  // namespace types
