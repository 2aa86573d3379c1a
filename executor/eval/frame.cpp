#include "eval/node.h"

namespace eval {

Frame::Frame(std::uint32_t slots, std::uint32_t capacity)
    : arena_(capacity > 1 ? 16384 : 1024), slots_(slots), capacity_(capacity) {}

types::Vector& Frame::scratch(std::uint32_t slot, types::PhysicalType type) {
  Slot& s = slots_[slot];
  if (!s.made) [[unlikely]] {
    s.vector = types::Vector::allocate(arena_, type, capacity_);
    s.made = true;
  } else {
    s.vector.clear();
  }
  return s.vector;
}

types::Vector& Frame::constant(std::uint32_t slot, types::PhysicalType type) {
  Slot& s = slots_[slot];
  if (!s.made) [[unlikely]] {
    s.vector = types::Vector::constant(arena_, type, types::Datum::null());
    s.made = true;
  }
  return s.vector;
}

std::uint16_t* Frame::selection(std::uint32_t slot) {
  Slot& s = slots_[slot];
  if (s.selection == nullptr) [[unlikely]] s.selection = arena_.allocate_array<std::uint16_t>(capacity_);
  return s.selection;
}

}  // namespace eval
