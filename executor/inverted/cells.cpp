#include "cells.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "extensions/cube.h"
#include "types/geometry.h"
#include "types/key_encoding.h"

namespace inverted {
namespace {

using types::Box;
using types::Point;

constexpr char kNullForm = 0, kUnorderedForm = 1, kCellForm = 2;
constexpr std::uint64_t kMostCoordinate = std::numeric_limits<std::uint64_t>::max();

struct WholeBox {
  std::uint64_t low_x = 0, low_y = 0, high_x = kMostCoordinate, high_y = kMostCoordinate;
};

// As types::append_key_f64() has it.
std::uint64_t ordered(double value) {
  if (value == 0) value = 0;
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return (bits >> 63) != 0 ? ~bits : bits | (std::uint64_t{1} << 63);
}

bool has_nan(const Box& box) {
  return std::isnan(box.low.x) || std::isnan(box.low.y) || std::isnan(box.high.x) || std::isnan(box.high.y);
}

Box box_around(const types::Circle& circle) {
  // Whatever rounding does to distances stays inside.
  const double radius = circle.radius * (1 + 1e-9);
  return {.high = {circle.center.x + radius, circle.center.y + radius},
          .low = {circle.center.x - radius, circle.center.y - radius}};
}

Box box_of(Source source, const types::Datum& value) {
  if (source == Source::point) {
    const auto point = value.as<Point>();
    return {point, point};
  }
  const auto bytes = value.as<std::string_view>();
  if (source == Source::cube) {
    const extensions::CubeView cube(bytes);
    // What lies in fewer dimensions is contained wherever it lies in the others.
    constexpr double kNowhere = std::numeric_limits<double>::quiet_NaN();
    if (cube.dimensions() < 2) return {.high = {kNowhere, kNowhere}, .low = {kNowhere, kNowhere}};
    return {.high = {cube.high(0), cube.high(1)}, .low = {cube.low(0), cube.low(1)}};
  }
  if (source == Source::box) return types::read_geometry<Box>(bytes);
  if (source == Source::circle) return box_around(types::read_geometry<types::Circle>(bytes));
  const types::Polygon polygon = types::read_polygon(bytes);
  for (const Point& point : polygon)
    if (std::isnan(point.x) || std::isnan(point.y)) return {point, point};
  return types::bounding_box(polygon);
}

WholeBox whole(const Box& box) {
  return {ordered(box.low.x), ordered(box.low.y), ordered(box.high.x), ordered(box.high.y)};
}

unsigned level_of(const WholeBox& box) {
  return static_cast<unsigned>(
      std::max(std::bit_width(box.high_x - box.low_x), std::bit_width(box.high_y - box.low_y)));
}

// A place on the curve.
struct ZCode {
  std::uint64_t high = 0, low = 0;
  auto operator<=>(const ZCode&) const = default;
};

std::uint64_t spread(std::uint32_t half) {
  std::uint64_t v = half;
  v = (v | v << 16) & 0x0000ffff0000ffffULL;
  v = (v | v << 8) & 0x00ff00ff00ff00ffULL;
  v = (v | v << 4) & 0x0f0f0f0f0f0f0f0fULL;
  v = (v | v << 2) & 0x3333333333333333ULL;
  return (v | v << 1) & 0x5555555555555555ULL;
}

ZCode z_code(std::uint64_t x, std::uint64_t y) {
  return {spread(static_cast<std::uint32_t>(x >> 32)) << 1 | spread(static_cast<std::uint32_t>(y >> 32)),
          spread(static_cast<std::uint32_t>(x)) << 1 | spread(static_cast<std::uint32_t>(y))};
}

// A square of 2^bits by 2^bits.
struct Cell {
  std::uint64_t x, y;
  unsigned bits;

  std::uint64_t span() const { return bits == 64 ? kMostCoordinate : (std::uint64_t{1} << bits) - 1; }
  bool touches(const WholeBox& box) const {
    return x <= box.high_x && x + span() >= box.low_x && y <= box.high_y && y + span() >= box.low_y;
  }
  bool inside(const WholeBox& box) const {
    return x >= box.low_x && x + span() <= box.high_x && y >= box.low_y && y + span() <= box.high_y;
  }
};

struct ZRange {
  ZCode first, last;
};

// Ranges of the curve that cover a box, ascending.
std::vector<ZRange> cover(const WholeBox& box) {
  const auto bits =
      static_cast<unsigned>(std::max(std::bit_width(box.low_x ^ box.high_x), std::bit_width(box.low_y ^ box.high_y)));
  const std::uint64_t mask = bits == 64 ? 0 : kMostCoordinate << bits;
  std::vector<Cell> done, left{{box.low_x & mask, box.low_y & mask, bits}}, smaller;
  while (!left.empty() && done.size() + left.size() < kMostRanges) {
    smaller.clear();
    for (const Cell& cell : left) {
      if (cell.bits == 0 || cell.inside(box)) {
        done.push_back(cell);
        continue;
      }
      const std::uint64_t half = std::uint64_t{1} << (cell.bits - 1);
      for (const Cell& child : {Cell{cell.x, cell.y, cell.bits - 1}, Cell{cell.x, cell.y + half, cell.bits - 1},
                                Cell{cell.x + half, cell.y, cell.bits - 1},
                                Cell{cell.x + half, cell.y + half, cell.bits - 1}})
        if (child.touches(box)) smaller.push_back(child);
    }
    std::swap(left, smaller);
  }
  done.insert(done.end(), left.begin(), left.end());
  std::vector<ZRange> ranges;
  ranges.reserve(done.size());
  for (const Cell& cell : done)
    ranges.push_back({z_code(cell.x, cell.y), z_code(cell.x + cell.span(), cell.y + cell.span())});
  std::ranges::sort(ranges, {}, &ZRange::first);
  // Neighbours on the curve are read together.
  std::size_t kept = 0;
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    ZCode next = ranges[kept].last;
    if (++next.low == 0) ++next.high;
    if (ranges[i].first == next)
      ranges[kept].last = ranges[i].last;
    else
      ranges[++kept] = ranges[i];
  }
  ranges.resize(std::min(ranges.size(), kept + 1));
  return ranges;
}

void append_level(std::string& out, unsigned level, const ZCode& code) {
  out.push_back(kCellForm);
  types::append_key_u8(out, static_cast<std::uint8_t>(level));
  types::append_key_u64(out, code.high);
  types::append_key_u64(out, code.low);
}

std::uint64_t minus(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; }

// Which boxes, of one level, have their corner where: said by the operator, for all levels at once.
enum class Wanted : std::uint8_t {
  touching,    // the query
  containing,  // it
  inside,      // it, or with the corner in it: the corner says it all
};

// The ranges of one level after the other, those of a level when the tree has something there.
class CellRanges final : public KeyRanges {
 public:
  CellRanges(std::string_view beginning, const WholeBox& query, Wanted wanted, unsigned last_level)
      : beginning_(beginning), query_(query), wanted_(wanted), last_level_(last_level) {}

  bool next(std::string_view key, std::string& lower, std::string& upper) override {
    lower.assign(beginning_);
    lower.push_back(kUnorderedForm);
    upper.assign(beginning_);
    upper.push_back(kCellForm);
    if (key < upper) return true;
    // What the key says of level and code; what is cut off counts as 0.
    const auto byte = [&](std::size_t at) -> std::uint8_t {
      at += beginning_.size();
      return at < key.size() ? static_cast<std::uint8_t>(key[at]) : 0;
    };
    if (!key.starts_with(beginning_) || byte(0) != kCellForm) return false;
    unsigned level = byte(1);
    ZCode code;
    for (std::size_t i = 0; i < 8; ++i) {
      code.high = code.high << 8 | byte(2 + i);
      code.low = code.low << 8 | byte(10 + i);
    }
    for (; level <= last_level_; ++level, code = {}) {
      const std::vector<ZRange>& ranges = ranges_of(level);
      const auto found = std::ranges::partition_point(ranges, [&](const ZRange& range) { return range.last < code; });
      if (found == ranges.end()) continue;
      lower.assign(beginning_);
      append_level(lower, level, found->first);
      upper.assign(beginning_);
      append_level(upper, level, found->last);
      upper = above_prefix(upper);
      return true;
    }
    return false;
  }

 private:
  const std::vector<ZRange>& ranges_of(unsigned level) {
    if (level == cached_level_) return cached_;
    cached_level_ = level;
    const std::uint64_t side = level >= 64 ? kMostCoordinate : (std::uint64_t{1} << level) - 1;
    WholeBox corner = query_;
    if (wanted_ == Wanted::touching) {
      corner.low_x = minus(query_.low_x, side);
      corner.low_y = minus(query_.low_y, side);
    } else if (wanted_ == Wanted::containing) {
      corner = {minus(query_.high_x, side), minus(query_.high_y, side), query_.low_x, query_.low_y};
    }
    if (corner.low_x > corner.high_x || corner.low_y > corner.high_y)
      cached_.clear();
    else
      cached_ = cover(corner);
    return cached_;
  }

  const std::string beginning_;
  const WholeBox query_;
  const Wanted wanted_;
  const unsigned last_level_;
  unsigned cached_level_ = 255;
  std::vector<ZRange> cached_;
};

// Strategies of box_ops and the like; those of point_ops beyond.
constexpr int kBoxLeft = 1, kBoxOverLeft = 2, kBoxOverlap = 3, kBoxOverRight = 4, kBoxRight = 5, kBoxSame = 6,
              kBoxContains = 7, kBoxContained = 8, kBoxOverBelow = 9, kBoxBelow = 10, kBoxAbove = 11,
              kBoxOverAbove = 12, kBoxOldBelow = 29, kBoxOldAbove = 30, kPointInBox = 28, kPointInPolygon = 48,
              kPointInCircle = 68;

Source source_of_query(Source column, int strategy) {
  if (column != Source::point) return column;
  switch (strategy) {
    case kBoxContained:  // of spgist's classes
    case kPointInBox: return Source::box;
    case kPointInPolygon: return Source::polygon;
    case kPointInCircle: return Source::circle;
    default: return Source::point;
  }
}

// Comparisons forgive kGeometryEpsilon: four times that outlasts what rounding adds.
Box widened(const Box& box) {
  constexpr double kMargin = 4 * types::kGeometryEpsilon;
  return {.high = {box.high.x + kMargin, box.high.y + kMargin}, .low = {box.low.x - kMargin, box.low.y - kMargin}};
}

}  // namespace

void append_cell(Source source, const types::Datum& value, std::string& out) {
  if (value.is_null) return out.push_back(kNullForm);
  const Box box = box_of(source, value);
  if (has_nan(box)) return out.push_back(kUnorderedForm);
  const WholeBox corners = whole(box);
  append_level(out, level_of(corners), z_code(corners.low_x, corners.low_y));
}

Search cell_search(Source source, std::string_view beginning, int strategy, const types::Datum& query) {
  const Source asked = source_of_query(source, strategy);
  const Box box = widened(box_of(asked, query));
  if (has_nan(box)) return {};
  const WholeBox around = whole(box);
  const unsigned own_level = level_of(around);
  constexpr unsigned kTopLevel = 64;
  WholeBox corner;  // all of the plane
  Wanted wanted = Wanted::inside;
  unsigned last_level = kTopLevel;
  switch (strategy) {
    case kBoxLeft:
    case kBoxOverLeft: corner.high_x = around.high_x; break;
    case kBoxRight:
    case kBoxOverRight: corner.low_x = around.low_x; break;
    case kBoxBelow:
    case kBoxOverBelow:
    case kBoxOldBelow: corner.high_y = around.high_y; break;
    case kBoxAbove:
    case kBoxOverAbove:
    case kBoxOldAbove: corner.low_y = around.low_y; break;
    case kBoxOverlap:
      corner = around;
      wanted = Wanted::touching;
      break;
    case kBoxContains: {
      // What contains the query contains all but its margin.
      const Box inner = box_of(asked, query);
      constexpr double kMargin = 4 * types::kGeometryEpsilon;
      corner = whole({.high = {inner.high.x - kMargin, inner.high.y - kMargin},
                      .low = {inner.low.x + kMargin, inner.low.y + kMargin}});
      wanted = Wanted::containing;
      break;
    }
    case kBoxSame:
    case kBoxContained:
    case kPointInBox:
    case kPointInPolygon:
    case kPointInCircle:
      corner = around;
      last_level = source == Source::point ? 0 : own_level;
      break;
    default: return {};
  }
  if (source == Source::point) last_level = 0;
  Search search{.kind = Search::Kind::ranges};
  search.ranges = std::make_shared<CellRanges>(beginning, corner, wanted, last_level);
  return search;
}

}  // namespace inverted
