// A cube's value: two opposite corners, which one may be the smaller depends on the dimension.
//
//   u32 dimensions, the highest bit where the corners are one | doubles: a corner, and the other where it is another one
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "types/arena.h"
#include "types/datum.h"

namespace extensions {

inline constexpr int kMostCubeDimensions = 100;

// Over bytes that make_cube() made. Dimensions that a cube has not are 0.
class CubeView {
 public:
  explicit CubeView(std::string_view bytes) : coordinates_(bytes.data() + sizeof(std::uint32_t)) {
    std::uint32_t header = 0;
    std::memcpy(&header, bytes.data(), sizeof header);
    is_point_ = (header & kPoint) != 0;
    dimensions_ = static_cast<int>(header & ~kPoint);
  }

  int dimensions() const { return dimensions_; }
  bool is_point() const { return is_point_; }
  double first(int i) const { return i < dimensions_ ? at(i) : 0; }
  double second(int i) const { return i < dimensions_ ? at(is_point_ ? i : dimensions_ + i) : 0; }
  double low(int i) const { return std::min(first(i), second(i)); }
  double high(int i) const { return std::max(first(i), second(i)); }

  static constexpr std::uint32_t kPoint = 1U << 31;

 private:
  double at(int i) const {
    double value = 0;
    std::memcpy(&value, coordinates_ + sizeof value * static_cast<std::size_t>(i), sizeof value);
    return value;
  }

  const char* coordinates_;
  int dimensions_ = 0;
  bool is_point_ = false;
};

// Of as many coordinates each; equal corners become one.
types::Datum make_cube(types::Arena& arena, std::span<const double> first, std::span<const double> second);

}  // namespace extensions
