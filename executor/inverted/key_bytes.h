// How one key is laid out: u8 column | u8 form | bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "inverted/key_set.h"
#include "inverted/stored_hash.h"

namespace inverted {

enum class Form : std::uint8_t {
  empty = 0,      // the value has no keys
  null = 1,       // an element that is null
  whole = 2,
  // Too long: its beginning, then a hash of all of it. All of these have one length.
  cut = 3,
};

// One key on its way into a buffer: begin, append the bytes of the whole, finish.
class KeyWriter {
 public:
  KeyWriter(std::string& out, std::uint8_t column, Form form = Form::whole) : out_(out), start_(out.size()) {
    out_.push_back(static_cast<char>(column));
    out_.push_back(static_cast<char>(form));
  }
  std::string& out() { return out_; }
  void finish();  // cuts it when it is too long

 private:
  std::string& out_;
  std::size_t start_;
};

// Bytes that a cut key keeps.
extern const std::size_t kKeptBytes;

}  // namespace inverted
