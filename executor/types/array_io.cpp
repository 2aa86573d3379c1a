// Text and binary forms of arrays.
#include <charconv>

#include <fmt/format.h>

#include "types/array.h"
#include "types/integer.h"
#include "types/text_limit.h"
#include "types/user_type.h"
#include "types/wire.h"

namespace types {
namespace {

// box is the one type whose elements are separated by a semicolon.
char delimiter_of(const TypeSupport& element) {
  if (element.user != nullptr && element.user->definition().kind == UserType::Kind::base) return element.user->definition().delimiter;
  return element.oid == oid::box ? ';' : ',';
}

class Parser {
 public:
  Parser(EvalContext& ctx, const TypeSupport& element, std::string_view text, std::int32_t typmod)
      : ctx_(ctx),
        element_(element),
        text_(text),
        typmod_(typmod),
        delimiter_(delimiter_of(element)),
        builder_(element.oid, element.physical) {
    lengths_.fill(-1);
  }

  Datum parse() {
    skip_space();
    parse_bounds();
    if (peek() != '{') {
      if (explicit_dimensions_ > 0) fail("Array contents must start with \"{\".");
      fail("Array value must start with \"{\" or dimension information.");
    }
    parse_level(0);
    skip_space();
    if (position_ < text_.size()) fail("Junk after closing right brace.");
    if (builder_.size() == 0 && explicit_dimensions_ == 0)
      return builder_.finish(*ctx_.arena);
    if (explicit_dimensions_ > 0) {
      bool same = explicit_dimensions_ == depth_;
      for (int d = 0; same && d < depth_; ++d) same = explicit_lengths_[d] == lengths_[d];
      if (!same) fail("Specified array dimensions do not match array contents.");
    }
    return builder_.finish(*ctx_.arena, std::span(lengths_).first(depth_),
                           std::span<const std::int32_t>(bounds_).first(depth_));
  }

 private:
  [[noreturn]] void fail(std::string detail) const {
    throw SqlError("22P02", fmt::format("malformed array literal: \"{}\"", text_))
        .with_detail(std::move(detail));
  }
  [[noreturn]] void fail_end() const { fail("Unexpected end of input."); }
  [[noreturn]] void fail_character(char c) const { fail(fmt::format("Unexpected \"{}\" character.", c)); }

  char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }
  bool at_end() const { return position_ >= text_.size(); }
  void skip_space() {
    while (!at_end() && is_space(peek())) ++position_;
  }

  std::int32_t parse_bound() {
    std::int32_t value = 0;
    const char* begin = text_.data() + position_;
    if (peek() == '+') ++begin;
    auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error == std::errc::result_out_of_range)
      throw SqlError("22003", "array bound is out of integer range");
    if (error != std::errc{})
      fail("\"[\" must introduce explicitly-specified array dimensions.");
    position_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  void parse_bounds() {
    bounds_.fill(1);
    while (peek() == '[') {
      ++position_;
      if (explicit_dimensions_ >= kMaxArrayDimensions) fail_dimensions(explicit_dimensions_ + 1);
      std::int32_t lower = 1, upper = parse_bound();
      if (peek() == ':') {
        ++position_;
        lower = upper;
        upper = parse_bound();
      }
      if (peek() != ']') fail("Missing \"]\" after array dimensions.");
      ++position_;
      if (upper < lower) throw SqlError("2202E", "upper bound cannot be less than lower bound");
      std::int64_t length = std::int64_t{upper} - lower + 1;
      if (length > kMaxArrayElements || upper == std::numeric_limits<std::int32_t>::max())
        throw SqlError("54000", fmt::format("array size exceeds the maximum allowed ({})", kMaxArrayElements));
      explicit_lengths_[explicit_dimensions_] = static_cast<std::int32_t>(length);
      bounds_[explicit_dimensions_++] = lower;
      skip_space();
    }
    if (explicit_dimensions_ == 0) return;
    if (peek() != '=') fail("Missing \"=\" after array dimensions.");
    ++position_;
    skip_space();
  }

  [[noreturn]] static void fail_dimensions(int count) {
    throw SqlError("54000", fmt::format("number of array dimensions ({}) exceeds the maximum allowed ({})",
                                        count, kMaxArrayDimensions));
  }

  // At '{'. All leaves lie at the same depth; all siblings have the same length.
  void parse_level(int level) {
    if (level >= kMaxArrayDimensions) fail_dimensions(level + 1);
    ++position_;
    skip_space();
    std::int32_t count = 0;
    bool nested = false;
    if (peek() == '}' && !at_end()) {
      if (level > 0) fail_character('}');
      ++position_;
      return;
    }
    for (;;) {
      skip_space();
      if (at_end()) fail_end();
      if (peek() == '{') {
        if (count > 0 && !nested) fail_character('{');
        if (depth_ != 0 && level + 1 >= depth_) fail_character('{');
        nested = true;
        parse_level(level + 1);
      } else {
        if (nested || (depth_ != 0 && level + 1 != depth_)) {
          if (peek() == '}' || peek() == delimiter_) fail_character(peek());
          fail("Unexpected array element.");
        }
        parse_element();
        if (depth_ == 0) depth_ = level + 1;
      }
      ++count;
      skip_space();
      if (at_end()) fail_end();
      char c = text_[position_];
      if (c == '}') {
        ++position_;
        break;
      }
      if (c != delimiter_) {
        if (c == '{') fail_character('{');
        fail("Unexpected array element.");
      }
      ++position_;
    }
    if (lengths_[level] < 0)
      lengths_[level] = count;
    else if (lengths_[level] != count)
      fail("Multidimensional arrays must have sub-arrays with matching dimensions.");
  }

  void parse_element() {
    std::string value;
    bool quoted = false;
    if (peek() == '"') {
      quoted = true;
      ++position_;
      for (;;) {
        if (at_end()) fail_end();
        char c = text_[position_++];
        if (c == '"') break;
        if (c == '\\') {
          if (at_end()) fail_end();
          c = text_[position_++];
        }
        value += c;
      }
    } else {
      // Spaces at the end do not count, unless escaped.
      std::size_t significant = 0;
      bool escaped = false;
      while (!at_end()) {
        char c = text_[position_];
        if (c == delimiter_ || c == '}') break;
        if (c == '{') fail_character('{');
        if (c == '"') fail("Unexpected array element.");
        ++position_;
        if (c == '\\') {
          if (at_end()) fail_end();
          c = text_[position_++];
          escaped = true;
          value += c;
          significant = value.size();
          continue;
        }
        value += c;
        if (!is_space(c)) significant = value.size();
      }
      if (at_end()) fail_end();
      value.resize(significant);
      if (value.empty()) fail_character(peek());
      if (!escaped && equals_ignoring_case(value, "null")) {
        check_null(ctx_, element_);
        builder_.add(Datum::null());
        return;
      }
    }
    (void)quoted;
    builder_.add(element_.input(ctx_, value, typmod_));
  }

  EvalContext& ctx_;
  const TypeSupport& element_;
  std::string_view text_;
  std::int32_t typmod_;
  char delimiter_;
  ArrayBuilder builder_;
  std::size_t position_ = 0;
  int depth_ = 0;  // of the leaves; 0 = not known yet
  std::array<std::int32_t, kMaxArrayDimensions> lengths_;
  std::array<std::int32_t, kMaxArrayDimensions> bounds_;
  std::array<std::int32_t, kMaxArrayDimensions> explicit_lengths_{};
  int explicit_dimensions_ = 0;
};

bool needs_quotes(std::string_view text, char delimiter) {
  if (text.empty() || equals_ignoring_case(text, "null")) return true;
  for (char c : text)
    if (c == '"' || c == '\\' || c == '{' || c == '}' || c == delimiter || is_space(c)) return true;
  return false;
}

void append_element(std::string& out, std::string_view text, char delimiter) {
  if (!needs_quotes(text, delimiter)) {
    require_room(out, text.size());
    out += text;
    return;
  }
  require_room(out, text.size() + static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
                 return c == '"' || c == '\\';
               })) + 2);
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

}  // namespace

Datum array_in(EvalContext& ctx, const TypeSupport& element, std::string_view text,
               std::int32_t typmod) {
  return Parser(ctx, element, text, typmod).parse();
}

void array_out(EvalContext& ctx, const TypeSupport& element, const Datum& value, std::string& out) {
  ArrayView array(value);
  int ndim = array.dimensions();
  if (array.size() == 0) {
    out += "{}";
    return;
  }
  bool usual = true;
  for (int d = 0; d < ndim; ++d) usual &= array.lower_bound(d) == 1;
  if (!usual) {
    for (int d = 0; d < ndim; ++d)
      out += fmt::format("[{}:{}]", array.lower_bound(d), array.lower_bound(d) + array.length(d) - 1);
    out += '=';
  }
  char delimiter = delimiter_of(element);
  ArrayView::Cursor cursor(array);
  std::string text;
  auto level = [&](auto& self, int d) -> void {
    out += '{';
    for (std::int32_t i = 0; i < array.length(d); ++i) {
      if (i > 0) out += delimiter;
      if (d + 1 < ndim) {
        self(self, d + 1);
        continue;
      }
      cursor.next();
      if (cursor.value().is_null) {
        out += "NULL";
      } else {
        text.clear();
        element.output(ctx, cursor.value(), text);
        append_element(out, text, delimiter);
      }
    }
    out += '}';
  };
  level(level, 0);
}

Datum array_receive(EvalContext& ctx, const TypeSupport& element, std::span<const std::byte> bytes,
                    std::int32_t typmod) {
  WireReader reader(bytes);
  auto ndim = reader.read<std::int32_t>();
  if (ndim < 0) throw SqlError("22P03", fmt::format("invalid number of dimensions: {}", ndim));
  if (ndim > kMaxArrayDimensions)
    throw SqlError("54000", fmt::format("number of array dimensions ({}) exceeds the maximum allowed ({})",
                                        ndim, kMaxArrayDimensions));
  auto flags = reader.read<std::int32_t>();
  if (flags != 0 && flags != 1) throw SqlError("22P03", "invalid array flags");
  auto type = reader.read<std::uint32_t>();
  if (type != element.oid)
    throw SqlError("22P03", fmt::format("binary data has array element type {} instead of expected {}",
                                        type, element.oid));
  std::int32_t lengths[kMaxArrayDimensions], bounds[kMaxArrayDimensions];
  for (int d = 0; d < ndim; ++d) {
    lengths[d] = reader.read<std::int32_t>();
    bounds[d] = reader.read<std::int32_t>();
    std::int32_t upper;
    if (lengths[d] < 0 || __builtin_add_overflow(lengths[d], bounds[d], &upper))
      throw SqlError("54000", fmt::format("array size exceeds the maximum allowed ({})", kMaxArrayElements));
  }
  std::uint32_t count = checked_array_size({lengths, static_cast<std::size_t>(ndim)});
  ArrayBuilder builder(element.oid, element.physical);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto size = reader.read<std::int32_t>();
    if (size == -1) {
      check_null(ctx, element);
      builder.add(Datum::null());
      continue;
    }
    if (size < 0) throw SqlError("22P03", "insufficient data left in message");
    builder.add(element.receive(ctx, reader.read_bytes(static_cast<std::size_t>(size)), typmod));
  }
  reader.finish();
  if (count == 0) return builder.finish(*ctx.arena);
  return builder.finish(*ctx.arena, {lengths, static_cast<std::size_t>(ndim)},
                        {bounds, static_cast<std::size_t>(ndim)});
}

void array_send(EvalContext& ctx, const TypeSupport& element, const Datum& value, std::string& out) {
  ArrayView array(value);
  append_wire<std::int32_t>(out, array.dimensions());
  append_wire<std::int32_t>(out, array.has_nulls() ? 1 : 0);
  append_wire<std::uint32_t>(out, element.oid);
  for (int d = 0; d < array.dimensions(); ++d) {
    append_wire(out, array.length(d));
    append_wire(out, array.lower_bound(d));
  }
  for (ArrayView::Cursor c(array); c.next();) {
    if (c.value().is_null) {
      append_wire<std::int32_t>(out, -1);
      continue;
    }
    std::size_t at = out.size();
    append_wire<std::int32_t>(out, 0);
    element.send(ctx, c.value(), out);
    auto size = static_cast<std::uint32_t>(out.size() - at - 4);
    for (int i = 0; i < 4; ++i) out[at + i] = static_cast<char>(size >> (8 * (3 - i)));
  }
}

}  // namespace types
