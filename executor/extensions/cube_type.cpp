#include "cube_type.h"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "extensions/cube.h"
#include "types/ascii.h"
#include "types/float.h"
#include "types/sql_error.h"
#include "types/utf8.h"
#include "types/wire.h"

namespace extensions {

using std::string_view;
using types::Datum;
using types::EvalContext;
using types::SqlError;

types::Datum make_cube(types::Arena& arena, std::span<const double> first, std::span<const double> second) {
  const bool point = first.data() == second.data() || std::ranges::equal(first, second);
  const std::size_t corner = first.size_bytes(), size = sizeof(std::uint32_t) + (point ? 1 : 2) * corner;
  auto* const out = static_cast<char*>(arena.allocate(size, 1));
  const std::uint32_t header = static_cast<std::uint32_t>(first.size()) | (point ? CubeView::kPoint : 0);
  std::memcpy(out, &header, sizeof header);
  if (corner > 0) {
    std::memcpy(out + sizeof header, first.data(), corner);
    if (!point) std::memcpy(out + sizeof header + corner, second.data(), corner);
  }
  return Datum::of(string_view(out, size));
}

namespace {

[[noreturn]] void refuse(std::string why) { throw SqlError("22P02", "invalid input syntax for cube").with_detail(std::move(why)); }

// "(1,2),(3,4)", the same in brackets, "(1,2)", "1,2".
class CubeParser {
 public:
  explicit CubeParser(string_view text) : text_(text) { next(); }

  Datum parse(types::Arena& arena) {
    Corner first, second;
    bool two = false;
    if (take("[")) {
      first = corner();
      expect(",");
      second = corner();
      expect("]");
      two = true;
    } else if (token_ == "(") {
      first = corner();
      two = take(",");
      if (two) second = corner();
    } else {
      list(first);
    }
    if (!token_.empty()) fail();
    if (two && first.texts.size() != second.texts.size())
      refuse(fmt::format("Different point dimensions in ({}) and ({}).", fmt::join(first.texts, ","), fmt::join(second.texts, ",")));
    if (first.texts.size() > kMostCubeDimensions)
      refuse(fmt::format("A cube cannot have more than {} dimensions.", kMostCubeDimensions));
    const std::vector<double> a = numbers(first), b = numbers(second);
    return make_cube(arena, a, two ? b : a);
  }

 private:
  struct Corner {
    std::vector<string_view> texts;
  };

  [[noreturn]] void fail() const {
    refuse(token_.empty() ? "syntax error at end of input" : fmt::format("syntax error at or near \"{}\"", token_));
  }

  static std::vector<double> numbers(const Corner& corner) {
    std::vector<double> result;
    for (const string_view text : corner.texts) result.push_back(types::parse_float8(text));
    return result;
  }

  bool take(string_view token) {
    if (token_ != token) return false;
    next();
    return true;
  }
  void expect(string_view token) {
    if (!take(token)) fail();
  }

  Corner corner() {
    Corner result;
    expect("(");
    if (take(")")) return result;
    list(result);
    expect(")");
    return result;
  }
  void list(Corner& corner) {
    do {
      if (!is_number_) fail();
      corner.texts.push_back(token_);
      next();
    } while (take(","));
  }

  std::size_t digits(std::size_t at) const {
    while (at < text_.size() && types::is_digit(text_[at])) ++at;
    return at;
  }
  // Where a number ends that begins there; its beginning: there is none.
  std::size_t number_end(std::size_t begin) const {
    std::size_t at = begin;
    if (at < text_.size() && (text_[at] == '+' || text_[at] == '-')) ++at;
    for (const string_view word : {"infinity", "inf", "nan"})
      if (types::equals_ignoring_case(text_.substr(at, word.size()), word)) return at + word.size();
    const std::size_t whole = digits(at);
    std::size_t end = whole;
    if (end < text_.size() && text_[end] == '.') {
      const std::size_t fraction = digits(end + 1);
      if (whole > at || fraction > end + 1) end = fraction;
    }
    if (end == at) return begin;
    if (end < text_.size() && (text_[end] | 32) == 'e') {
      std::size_t power = end + 1;
      if (power < text_.size() && (text_[power] == '+' || text_[power] == '-')) ++power;
      if (const std::size_t power_end = digits(power); power_end > power) end = power_end;
    }
    return end;
  }
  // Empty: the text is over.
  void next() {
    while (at_ < text_.size() && types::is_space(text_[at_])) ++at_;
    const std::size_t end = number_end(at_);
    is_number_ = end > at_;
    const std::size_t width =
        at_ < text_.size() ? std::min(types::utf8_width(static_cast<unsigned char>(text_[at_])), text_.size() - at_) : 0;
    token_ = text_.substr(at_, is_number_ ? end - at_ : width);
    at_ += token_.size();
  }

  string_view text_, token_;
  std::size_t at_ = 0;
  bool is_number_ = false;
};

Datum input(EvalContext& ctx, string_view text, std::int32_t) { return CubeParser(text).parse(*ctx.arena); }

void output(EvalContext& ctx, const Datum& value, std::string& out) {
  const CubeView cube(value.as<string_view>());
  const int digits = ctx.format != nullptr ? ctx.format->extra_float_digits : 1;
  const auto append = [&](double (CubeView::*corner)(int) const) {
    out += '(';
    for (int i = 0; i < cube.dimensions(); ++i) {
      if (i > 0) out += ", ";
      types::append_float8(out, (cube.*corner)(i), digits);
    }
    out += ')';
  };
  append(&CubeView::first);
  if (cube.is_point()) return;
  out += ',';
  append(&CubeView::second);
}

Datum receive(EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t) {
  types::WireReader reader(bytes);
  const auto header = reader.read<std::uint32_t>();
  const std::uint32_t dimensions = header & ~CubeView::kPoint;
  if (dimensions > kMostCubeDimensions)
    throw SqlError("54000", "cube dimension is too large")
        .with_detail(fmt::format("A cube cannot have more than {} dimensions.", kMostCubeDimensions));
  std::vector<double> first(dimensions), second;
  for (double& one : first) one = reader.read<double>();
  second = first;
  if ((header & CubeView::kPoint) == 0)
    for (double& one : second) one = reader.read<double>();
  reader.finish();
  return make_cube(*ctx.arena, first, second);
}

void send(EvalContext&, const Datum& value, std::string& out) {
  const CubeView cube(value.as<string_view>());
  types::append_wire(out, static_cast<std::uint32_t>(cube.dimensions()) | (cube.is_point() ? CubeView::kPoint : 0));
  for (int i = 0; i < cube.dimensions(); ++i) types::append_wire(out, cube.first(i));
  for (int i = 0; !cube.is_point() && i < cube.dimensions(); ++i) types::append_wire(out, cube.second(i));
}

constexpr types::TypeSupport kSupport{
    .oid = 0,
    .name = "cube",
    .physical = types::PhysicalType::varlen,
    .input = input,
    .output = output,
    .receive = receive,
    .send = send,
    .compare = [](const Datum& a, const Datum& b) { return compare_cubes(a.as<string_view>(), b.as<string_view>()); },
    .hash = nullptr,
    // Which dimensions count first depends on both of two cubes: no bytes have that order.
    .encode_key = nullptr};

}  // namespace

const types::TypeSupport& cube_support() { return kSupport; }

// In the dimensions of both by the lower sides, then by the upper ones; then those that one of them has not, against 0;
// then that one is less.
int compare_cubes(string_view a, string_view b) noexcept {
  const CubeView x(a), y(b);
  const int common = std::min(x.dimensions(), y.dimensions()), all = std::max(x.dimensions(), y.dimensions());
  const auto compare = [&](int from, int to, double (CubeView::*side)(int) const) {
    for (int i = from; i < to; ++i) {
      const double v = (x.*side)(i), w = (y.*side)(i);
      if (v != w && (v > w || v < w)) return v < w ? -1 : 1;
    }
    return 0;
  };
  for (const auto& [from, to] : {std::pair(0, common), std::pair(common, all)}) {
    if (const int order = compare(from, to, &CubeView::low)) return order;
    if (const int order = compare(from, to, &CubeView::high)) return order;
  }
  return x.dimensions() < y.dimensions() ? -1 : x.dimensions() > y.dimensions() ? 1 : 0;
}

}  // namespace extensions
