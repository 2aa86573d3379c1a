// Linked parts that are not in the page index yet.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "timeline.h"

namespace pagestore {

class IndexQueue {
 public:
  void push(HeldPart part) {
    bytes_ += size_of(part);
    parts_.push_back(std::move(part));
  }
  HeldPart pop() {
    HeldPart part = std::move(parts_.front());
    parts_.pop_front();
    bytes_ -= size_of(part);
    return part;
  }
  void erase_timeline(TimelineId timeline) {
    std::erase_if(parts_, [&](const HeldPart& part) {
      if (part.part.group.timeline != timeline) return false;
      bytes_ -= size_of(part);
      return true;
    });
  }
  bool empty() const { return parts_.empty(); }
  // Of memory, about.
  std::uint64_t bytes() const { return bytes_; }

 private:
  static std::uint64_t size_of(const HeldPart& part) {
    return sizeof(HeldPart) + (part.refs == nullptr ? 0 : part.refs->size() * sizeof(RecordRef));
  }

  std::deque<HeldPart> parts_;
  std::uint64_t bytes_ = 0;
};

}  // namespace pagestore
