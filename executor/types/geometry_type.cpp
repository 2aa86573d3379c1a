// Geometric types: text and binary forms.
#include <cerrno>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include "type_table.h"
#include "types/float.h"
#include "types/geometry.h"
#include "types/wire.h"

namespace types {
namespace {

class Reader {
 public:
  Reader(const char* type, std::string_view text) : type_(type), text_(text), body_(text) { skip(); }

  [[noreturn]] void fail() const { throw_invalid_syntax(type_, text_); }
  char peek() const { return at_ < body_.size() ? body_[at_] : '\0'; }
  void skip() { while (is_space(peek())) ++at_; }
  bool accept(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail();
  }
  void finish() const {
    if (at_ < body_.size()) fail();
  }

  double number() {
    skip();
    const char* begin = body_.c_str() + at_;
    char* end = nullptr;
    errno = 0;
    const double value = std::strtod(begin, &end);
    if (end == begin) fail();
    if (errno == ERANGE && (value == 0 || std::isinf(value)))
      throw SqlError("22003", fmt::format("\"{}\" is out of range for type double precision",
                                          std::string_view(begin, static_cast<std::size_t>(end - begin))));
    at_ += static_cast<std::size_t>(end - begin);
    skip();
    return value;
  }
  Point pair() {
    skip();
    const bool parenthesis = accept('(');
    Point p;
    p.x = number();
    expect(',');
    p.y = number();
    if (parenthesis) {
      expect(')');
      skip();
    }
    return p;
  }
  // `count` points, in one more pair of parentheses or not; open: "[" was allowed and there.
  std::vector<Point> points(std::size_t count, bool may_be_open, bool* is_open = nullptr, bool to_end = true) {
    int depth = 0;
    skip();
    const bool open = peek() == '[';
    if (open) {
      if (!may_be_open) fail();
      ++depth;
      ++at_;
    } else if (peek() == '(') {
      std::size_t next = at_ + 1;
      while (next < body_.size() && is_space(body_[next])) ++next;
      if ((next < body_.size() && body_[next] == '(') || body_.find('(', at_ + 1) == body_.npos) {
        ++depth;
        at_ = next;
      }
    }
    if (is_open != nullptr) *is_open = open;
    std::vector<Point> result;
    for (std::size_t i = 0; i < count; ++i) {
      result.push_back(pair());
      accept(',');
    }
    while (depth > 0) {
      if (accept(')') || (open && depth == 1 && accept(']'))) {
        --depth;
        skip();
      } else {
        fail();
      }
    }
    if (to_end) finish();
    return result;
  }
  // Points written, by their commas: an odd number of them between n points.
  std::size_t pairs_written() const {
    std::size_t commas = 0;
    for (char c : body_) commas += c == ',';
    return commas % 2 == 1 ? (commas + 1) / 2 : 0;
  }
  std::size_t& at() { return at_; }
  const std::string& body() const { return body_; }

 private:
  const char* type_;
  std::string_view text_;
  std::string body_;
  std::size_t at_ = 0;
};

void append_number(EvalContext& ctx, double value, std::string& out) {
  append_float8(out, value, ctx.format->extra_float_digits);
}
void append_point(EvalContext& ctx, Point p, std::string& out) {
  out += '(';
  append_number(ctx, p.x, out);
  out += ',';
  append_number(ctx, p.y, out);
  out += ')';
}
void append_points(EvalContext& ctx, std::span<const Point> points, std::string& out) {
  bool first = true;
  for (Point p : points) {
    if (!first) out += ',';
    first = false;
    append_point(ctx, p, out);
  }
}
void send_point(Point p, std::string& out) {
  append_wire(out, p.x);
  append_wire(out, p.y);
}
Point receive_point(WireReader& reader) {
  Point p;
  p.x = reader.read<double>();
  p.y = reader.read<double>();
  return p;
}

template <typename T>
Datum datum_of(EvalContext& ctx, const T& value) { return Datum::of(make_geometry(*ctx.arena, value)); }
template <typename T>
T value_of(const Datum& d) { return read_geometry<T>(d.as<std::string_view>()); }

Datum point_in(EvalContext&, std::string_view text, std::int32_t) {
  Reader reader("point", text);
  const Point p = reader.pair();
  reader.finish();
  return Datum::of(p);
}
Datum lseg_in(EvalContext& ctx, std::string_view text, std::int32_t) {
  const auto points = Reader("lseg", text).points(2, true);
  return datum_of(ctx, Lseg{{points[0], points[1]}});
}
Datum box_in(EvalContext& ctx, std::string_view text, std::int32_t) {
  const auto points = Reader("box", text).points(2, false);
  return datum_of(ctx, make_box(points[0], points[1]));
}
Datum line_in(EvalContext& ctx, std::string_view text, std::int32_t) {
  Reader reader("line", text);
  if (reader.accept('{')) {
    Line line;
    line.a = reader.number();
    reader.expect(',');
    line.b = reader.number();
    reader.expect(',');
    line.c = reader.number();
    reader.expect('}');
    reader.skip();
    reader.finish();
    if (fp_zero(line.a) && fp_zero(line.b))
      throw SqlError("22P02", "invalid line specification: A and B cannot both be zero");
    return datum_of(ctx, line);
  }
  const auto p = reader.points(2, true);
  if (fp_eq(p[0].x, p[1].x) && fp_eq(p[0].y, p[1].y))
    throw SqlError("22P02", "invalid line specification: must be two distinct points");
  return datum_of(ctx, make_line(p[0], slope_of(p[0], p[1])));
}
Datum circle_in(EvalContext& ctx, std::string_view text, std::int32_t) {
  Reader reader("circle", text);
  int depth = 0;
  if (reader.accept('<')) {
    ++depth;
  } else if (reader.peek() == '(') {
    std::size_t next = reader.at() + 1;
    while (next < reader.body().size() && is_space(reader.body()[next])) ++next;
    if (next < reader.body().size() && reader.body()[next] == '(') {
      ++depth;
      reader.at() = next;
    }
  }
  Circle circle;
  circle.center = reader.pair();
  reader.accept(',');
  circle.radius = reader.number();
  if (circle.radius < 0) reader.fail();
  while (depth > 0) {
    if (reader.accept(')') || (depth == 1 && reader.accept('>'))) {
      --depth;
      reader.skip();
    } else {
      reader.fail();
    }
  }
  reader.finish();
  return datum_of(ctx, circle);
}
Datum path_in(EvalContext& ctx, std::string_view text, std::int32_t) {
  Reader reader("path", text);
  const std::size_t count = reader.pairs_written();
  if (count == 0) reader.fail();
  bool extra = false;
  if (reader.peek() == '(') {
    // One pair of parentheses around what points() reads by itself.
    std::size_t next = reader.at() + 1;
    while (next < reader.body().size() && is_space(reader.body()[next])) ++next;
    if (next < reader.body().size() && reader.body()[next] == '(') {
      extra = true;
      reader.at() = next;
    }
  }
  bool open = false;
  Path path;
  path.points = reader.points(count, true, &open, false);
  path.closed = !open;
  if (extra) {
    reader.expect(')');
    reader.skip();
  }
  reader.finish();
  return Datum::of(make_path(*ctx.arena, path));
}
Datum polygon_in(EvalContext& ctx, std::string_view text, std::int32_t) {
  Reader reader("polygon", text);
  const std::size_t count = reader.pairs_written();
  if (count == 0) reader.fail();
  return Datum::of(make_polygon(*ctx.arena, reader.points(count, false)));
}

template <typename T>
Datum receive_doubles(EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t) {
  WireReader reader(bytes);
  double values[sizeof(T) / sizeof(double)];
  for (double& v : values) v = reader.read<double>();
  reader.finish();
  T value;
  std::memcpy(&value, values, sizeof value);
  if constexpr (std::is_same_v<T, Box>) value = make_box(value.high, value.low);
  if constexpr (std::is_same_v<T, Line>)
    if (fp_zero(value.a) && fp_zero(value.b))
      throw SqlError("22P03", "invalid line specification: A and B cannot both be zero");
  if constexpr (std::is_same_v<T, Circle>)
    if (value.radius < 0) throw SqlError("22P03", "invalid radius in external \"circle\" value");
  return datum_of(ctx, value);
}
template <typename T>
void send_doubles(EvalContext&, const Datum& d, std::string& out) {
  double values[sizeof(T) / sizeof(double)];
  std::memcpy(values, d.varlen.data, sizeof values);
  for (double v : values) append_wire(out, v);
}
std::vector<Point> receive_points(WireReader& reader, const char* what) {
  const auto count = reader.read<std::int32_t>();
  if (count <= 0 || static_cast<std::size_t>(count) > reader.left() / 16)
    throw SqlError("22P03", fmt::format("invalid number of points in external \"{}\" value", what));
  std::vector<Point> points;
  for (std::int32_t i = 0; i < count; ++i) points.push_back(receive_point(reader));
  reader.finish();
  return points;
}

constexpr TypeSupport kGeometryTypes[] = {
    {.oid = oid::point, .name = "point", .physical = PhysicalType::fixed16, .input = point_in,
     .output = [](EvalContext& ctx, const Datum& d, std::string& out) { append_point(ctx, d.as<Point>(), out); },
     .receive =
         [](EvalContext&, std::span<const std::byte> bytes, std::int32_t) {
           WireReader reader(bytes);
           const Point p = receive_point(reader);
           reader.finish();
           return Datum::of(p);
         },
     .send = [](EvalContext&, const Datum& d, std::string& out) { send_point(d.as<Point>(), out); },
     .compare = nullptr, .hash = nullptr, .encode_key = nullptr},
    {.oid = oid::lseg, .name = "lseg", .physical = PhysicalType::varlen, .input = lseg_in,
     .output =
         [](EvalContext& ctx, const Datum& d, std::string& out) {
           const Lseg v = value_of<Lseg>(d);
           out += '[';
           append_points(ctx, v.p, out);
           out += ']';
         },
     .receive = receive_doubles<Lseg>, .send = send_doubles<Lseg>,
     .compare = nullptr, .hash = nullptr, .encode_key = nullptr},
    {.oid = oid::box, .name = "box", .physical = PhysicalType::varlen, .input = box_in,
     .output =
         [](EvalContext& ctx, const Datum& d, std::string& out) {
           const Box v = value_of<Box>(d);
           append_point(ctx, v.high, out);
           out += ',';
           append_point(ctx, v.low, out);
         },
     .receive = receive_doubles<Box>, .send = send_doubles<Box>,
     .compare = nullptr, .hash = nullptr, .encode_key = nullptr},
    {.oid = oid::line, .name = "line", .physical = PhysicalType::varlen, .input = line_in,
     .output =
         [](EvalContext& ctx, const Datum& d, std::string& out) {
           const Line v = value_of<Line>(d);
           out += '{';
           append_number(ctx, v.a, out);
           out += ',';
           append_number(ctx, v.b, out);
           out += ',';
           append_number(ctx, v.c, out);
           out += '}';
         },
     .receive = receive_doubles<Line>, .send = send_doubles<Line>,
     .compare = nullptr, .hash = nullptr, .encode_key = nullptr},
    {.oid = oid::circle, .name = "circle", .physical = PhysicalType::varlen, .input = circle_in,
     .output =
         [](EvalContext& ctx, const Datum& d, std::string& out) {
           const Circle v = value_of<Circle>(d);
           out += '<';
           append_point(ctx, v.center, out);
           out += ',';
           append_number(ctx, v.radius, out);
           out += '>';
         },
     .receive = receive_doubles<Circle>, .send = send_doubles<Circle>,
     .compare = nullptr, .hash = nullptr, .encode_key = nullptr},
    {.oid = oid::path, .name = "path", .physical = PhysicalType::varlen, .input = path_in,
     .output =
         [](EvalContext& ctx, const Datum& d, std::string& out) {
           const Path v = read_path(d.as<std::string_view>());
           out += v.closed ? '(' : '[';
           append_points(ctx, v.points, out);
           out += v.closed ? ')' : ']';
         },
     .receive =
         [](EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t) {
           WireReader reader(bytes);
           Path path;
           path.closed = reader.read<std::uint8_t>() != 0;
           path.points = receive_points(reader, "path");
           return Datum::of(make_path(*ctx.arena, path));
         },
     .send =
         [](EvalContext&, const Datum& d, std::string& out) {
           const Path v = read_path(d.as<std::string_view>());
           append_wire(out, static_cast<std::uint8_t>(v.closed ? 1 : 0));
           append_wire(out, static_cast<std::int32_t>(v.points.size()));
           for (Point p : v.points) send_point(p, out);
         },
     .compare = nullptr, .hash = nullptr, .encode_key = nullptr},
    {.oid = oid::polygon, .name = "polygon", .physical = PhysicalType::varlen, .input = polygon_in,
     .output =
         [](EvalContext& ctx, const Datum& d, std::string& out) {
           out += '(';
           append_points(ctx, read_polygon(d.as<std::string_view>()), out);
           out += ')';
         },
     .receive =
         [](EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t) {
           WireReader reader(bytes);
           return Datum::of(make_polygon(*ctx.arena, receive_points(reader, "polygon")));
         },
     .send =
         [](EvalContext&, const Datum& d, std::string& out) {
           const Polygon v = read_polygon(d.as<std::string_view>());
           append_wire(out, static_cast<std::int32_t>(v.size()));
           for (Point p : v) send_point(p, out);
         },
     .compare = nullptr, .hash = nullptr, .encode_key = nullptr}};

}  // namespace

Path read_path(std::string_view bytes) {
  double closed;
  std::memcpy(&closed, bytes.data(), sizeof closed);
  return {closed != 0, read_polygon(bytes.substr(sizeof closed))};
}
Polygon read_polygon(std::string_view bytes) {
  Polygon points(bytes.size() / sizeof(Point));
  if (!points.empty()) std::memcpy(points.data(), bytes.data(), points.size() * sizeof(Point));
  return points;
}
std::string_view make_path(Arena& arena, const Path& path) {
  const double closed = path.closed ? 1 : 0;
  std::string out(reinterpret_cast<const char*>(&closed), sizeof closed);
  out.append(reinterpret_cast<const char*>(path.points.data()), path.points.size() * sizeof(Point));
  return arena.copy(out);
}
std::string_view make_polygon(Arena& arena, const Polygon& polygon) {
  return arena.copy({reinterpret_cast<const char*>(polygon.data()), polygon.size() * sizeof(Point)});
}

Box make_box(Point a, Point b) {
  // NaN sorts above everything.
  auto above = [](double x, double y) { return compare_floats(x, y) > 0; };
  Box box{a, b};
  if (above(b.x, a.x)) std::swap(box.high.x, box.low.x);
  if (above(b.y, a.y)) std::swap(box.high.y, box.low.y);
  return box;
}
Box bounding_box(const Polygon& polygon) {
  Box box{polygon.front(), polygon.front()};
  for (Point p : polygon) {
    box.high.x = std::max(box.high.x, p.x);
    box.high.y = std::max(box.high.y, p.y);
    box.low.x = std::min(box.low.x, p.x);
    box.low.y = std::min(box.low.y, p.y);
  }
  return box;
}
double slope_of(Point a, Point b) {
  if (fp_eq(a.x, b.x)) return std::numeric_limits<double>::infinity();
  if (fp_eq(a.y, b.y)) return 0;
  return (a.y - b.y) / (a.x - b.x);
}
Line make_line(Point through, double slope) {
  if (std::isinf(slope)) return {-1, 0, through.x};
  if (slope == 0) return {0, -1, through.y};
  double c = through.y - slope * through.x;
  if (c == 0) c = 0;  // no -0
  return {slope, -1, c};
}

std::span<const TypeSupport> geometry_types() { return kGeometryTypes; }

}  // namespace types
