// concat, concat_ws, format, num_nulls: functions of any number of arguments of any type.
#include <fmt/format.h>

#include "function_table.h"
#include "functions/quote.h"
#include "kernel.h"
#include "types/array.h"
#include "types/session_services.h"
#include "types/integer.h"
#include "types/sql_error.h"
#include "types/utf8.h"

namespace functions {
namespace {

using std::string_view;
using types::SqlError;

using Values = std::vector<std::optional<std::string>>;

// The arguments from `first` on as text; a VARIADIC array's elements instead when called so.
// False when that array is null.
bool collect(EvalContext& ctx, const FunctionCall& call, std::span<const Vector* const> arguments,
             std::size_t first, std::uint32_t row, Values& out) {
  out.clear();
  auto add = [&](types::Oid type, const Datum& value) {
    if (value.is_null) {
      out.emplace_back();
    } else {
      types::type_support(ctx, type).output(ctx, value, out.emplace_back().emplace());
    }
  };
  if (call.variadic_array) {
    Datum array = arguments.back()->datum(row);
    if (array.is_null) return false;
    types::ArrayView view(array);
    for (types::ArrayView::Cursor c(view); c.next();) add(view.element_type(), c.value());
    return true;
  }
  for (std::size_t i = first; i < arguments.size(); ++i)
    add(call.arguments[i].oid, arguments[i]->datum(row));
  return true;
}

void concat(EvalContext& ctx, const FunctionCall& call, std::span<const Vector* const> arguments,
            Selection rows, Vector& out) {
  Values values;
  std::string text;
  detail::for_each_row(rows, [&](std::uint32_t row) {
    if (!collect(ctx, call, arguments, 0, row, values)) return out.set_null(row);
    text.clear();
    for (const auto& value : values)
      if (value) text += *value;
    out.set(row, ctx.arena->copy(text));
  });
}

void concat_ws(EvalContext& ctx, const FunctionCall& call, std::span<const Vector* const> arguments,
               Selection rows, Vector& out) {
  Values values;
  std::string text;
  detail::for_each_row(rows, [&](std::uint32_t row) {
    if (arguments[0]->is_null(row)) return out.set_null(row);
    auto separator = arguments[0]->get<string_view>(row);
    if (!collect(ctx, call, arguments, 1, row, values)) return out.set_null(row);
    text.clear();
    bool first = true;
    for (const auto& value : values) {
      if (!value) continue;
      if (!first) text += separator;
      first = false;
      text += *value;
    }
    out.set(row, ctx.arena->copy(text));
  });
}

class Formatter {
 public:
  Formatter(string_view format, const Values& values) : format_(format), values_(values) {}

  std::string run() {
    while (at_ < format_.size()) {
      char c = format_[at_++];
      if (c != '%') {
        out_ += c;
      } else if (peek() == '%') {
        out_ += '%';
        advance();
      } else {
        specifier();
      }
    }
    return std::move(out_);
  }

 private:
  char peek() const { return at_ < format_.size() ? format_[at_] : '\0'; }
  void advance() {
    ++at_;
  }
  [[noreturn]] static void unterminated() {
    throw SqlError("22023", "unterminated format() type specifier")
        .with_hint("For a single \"%\" use \"%%\".");
  }
  void need() const {
    if (at_ >= format_.size()) unterminated();
  }

  bool number(int& value) {
    if (peek() < '0' || peek() > '9') return false;
    value = 0;
    while (peek() >= '0' && peek() <= '9') {
      if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, peek() - '0', &value))
        throw SqlError("22003", "number is out of range");
      ++at_;
      need();
    }
    return true;
  }
  static void check_position(int position) {
    if (position == 0)
      throw SqlError("22023", "format specifies argument 0, but arguments are numbered from 1");
  }
  const std::optional<std::string>& value_at(int position) const {
    if (position > static_cast<int>(values_.size()))
      throw SqlError("22023", "too few arguments for format()");
    return values_[static_cast<std::size_t>(position - 1)];
  }

  void specifier() {
    need();
    int position = 0, width = 0, n = 0;
    bool left = false, has_width = false;
    if (number(n)) {
      if (peek() == '$') {
        check_position(n);
        position = n;
        ++at_;
        need();
      } else {
        // It was a width after all.
        width = n;
        has_width = true;
      }
    }
    while (!has_width && peek() == '-') {
      left = true;
      ++at_;
      need();
    }
    if (!has_width && peek() == '*') {
      ++at_;
      need();
      int from = 0;
      if (number(n)) {
        if (peek() != '$') throw SqlError("22023", "width argument position must be ended by \"$\"");
        check_position(n);
        from = n;
        ++at_;
        need();
      } else {
        from = next_++;
      }
      const auto& text = value_at(from);
      width = text ? types::parse_int32(*text) : 0;
      if (from >= next_) next_ = from + 1;
    } else if (!has_width && number(n)) {
      width = n;
    }
    char type = peek();
    if (type != 's' && type != 'I' && type != 'L') {
      auto size = types::utf8_width(static_cast<unsigned char>(type));
      throw SqlError("22023", fmt::format("unrecognized format() type specifier \"{}\"", format_.substr(at_, size)))
          .with_hint("For a single \"%\" use \"%%\".");
    }
    ++at_;
    if (position == 0) position = next_;
    const auto& value = value_at(position);
    next_ = position + 1;
    std::string text;
    if (type == 'I') {
      if (!value) throw SqlError("22004", "null values cannot be formatted as an SQL identifier");
      text = quote_identifier(*value);
    } else if (type == 'L') {
      text = value ? quote_literal(*value) : "NULL";
    } else if (value) {
      text = *value;
    }
    if (width < 0) {
      left = true;
      width = -width;
    }
    auto length = types::utf8_length(text);
    std::string padding(static_cast<std::size_t>(width) > length ? static_cast<std::size_t>(width) - length : 0, ' ');
    out_ += left ? text + padding : padding + text;
  }

  string_view format_;
  const Values& values_;
  std::size_t at_ = 0;
  int next_ = 1;
  std::string out_;
};

void format(EvalContext& ctx, const FunctionCall& call, std::span<const Vector* const> arguments,
            Selection rows, Vector& out) {
  Values values;
  detail::for_each_row(rows, [&](std::uint32_t row) {
    if (arguments[0]->is_null(row)) return out.set_null(row);
    // A null VARIADIC array is an empty one here.
    collect(ctx, call, arguments, 1, row, values);
    out.set(row, ctx.arena->copy(Formatter(arguments[0]->get<string_view>(row), values).run()));
  });
}

template <bool Nulls>
void count_nulls(EvalContext&, const FunctionCall& call, std::span<const Vector* const> arguments,
                 Selection rows, Vector& out) {
  detail::for_each_row(rows, [&](std::uint32_t row) {
    std::int32_t count = 0;
    if (call.variadic_array) {
      Datum array = arguments.back()->datum(row);
      if (array.is_null) return out.set_null(row);
      types::ArrayView view(array);
      for (types::ArrayView::Cursor c(view); c.next();) count += c.value().is_null == Nulls;
    } else {
      for (const Vector* v : arguments) count += v->is_null(row) == Nulls;
    }
    out.set(row, count);
  });
}

void type_of(EvalContext&, const FunctionCall& call, std::span<const Vector* const>, Selection rows,
             Vector& out) {
  detail::for_each_row(rows, [&](std::uint32_t row) { out.set(row, call.arguments[0].oid); });
}

// Bytes that a value takes, as it is kept here.
void column_size(EvalContext&, const FunctionCall&, std::span<const Vector* const> arguments, Selection rows,
                 Vector& out) {
  const Vector& values = *arguments[0];
  const bool varlen = values.type() == types::PhysicalType::varlen;
  detail::for_each_row(rows, [&](std::uint32_t row) {
    if (values.is_null(row)) return out.set_null(row);
    const std::size_t size = varlen ? values.get<string_view>(row).size() : types::width_of(values.type());
    out.set(row, static_cast<std::int32_t>(size));
  });
}
// No value is compressed by itself: pages are, as a whole.
void no_answer(EvalContext&, const FunctionCall&, std::span<const Vector* const>, Selection rows, Vector& out) {
  detail::for_each_row(rows, [&](std::uint32_t row) { out.set_null(row); });
}

// satisfies_hash_partition(parent, modulus, remainder, VARIADIC key): the session knows how the parent hashes.
void satisfies_hash_partition(EvalContext& ctx, const FunctionCall& call, std::span<const Vector* const> arguments,
                              Selection rows, Vector& out) {
  if (ctx.session == nullptr) throw SqlError::not_supported("this function without a session");
  detail::for_each_row(rows, [&](std::uint32_t row) {
    std::vector<std::optional<std::string>> texts;
    const auto add = [&](types::Oid type, const Datum& value) {
      texts.emplace_back();
      if (!value.is_null) types::type_support(ctx, type).output(ctx, value, texts.back().emplace());
    };
    for (std::size_t i = 0; i < 3; ++i) add(call.arguments[i].oid, arguments[i]->datum(row));
    texts.emplace_back(call.variadic_array ? "v" : "");
    const auto add_key = [&](types::Oid type, const Datum& value) {
      texts.emplace_back(std::to_string(type));
      add(type, value);
    };
    if (!call.variadic_array) {
      for (std::size_t i = 3; i < arguments.size(); ++i) add_key(call.arguments[i].oid, arguments[i]->datum(row));
    } else {
      const Datum array = arguments.back()->datum(row);
      if (array.is_null) return out.set_null(row);
      types::ArrayView view(array);
      for (types::ArrayView::Cursor c(view); c.next();) add_key(view.element_type(), c.value());
    }
    const std::optional<std::string> answer = ctx.session->catalog_text("satisfies_hash_partition", texts);
    if (!answer) return out.set_null(row);
    out.set<bool>(row, *answer == "t");
  });
}

constexpr ScalarFunction kConcatFunctions[] = {
    {"satisfies_hash_partition", &satisfies_hash_partition},
    {"pg_column_size", &column_size},
    {"pg_column_compression", &no_answer},
    {"text_concat", &concat},
    {"text_concat_ws", &concat_ws},
    {"text_format", &format},
    {"text_format_nv", &format},
    {"pg_num_nulls", &count_nulls<true>},
    {"pg_num_nonnulls", &count_nulls<false>},
    {"pg_typeof", &type_of},
};

}  // namespace

std::span<const ScalarFunction> concat_functions() { return kConcatFunctions; }

}  // namespace functions
