// ~ and the regexp_* functions that return one value.
#include <fmt/format.h>

#include "function_table.h"
#include "kernel.h"
#include "regex.h"
#include "types/array.h"
#include "types/sql_error.h"
#include "types/utf8.h"

namespace functions {
namespace {

using std::string_view;
using types::SqlError;

template <bool IgnoreCase, bool Negated>
void match_kernel(EvalContext& ctx, const FunctionCall&, std::span<const Vector* const> arguments,
                  Selection rows, Vector& out) {
  const Vector &text = *arguments[0], &pattern = *arguments[1];
  RegexOptions options;
  options.ignore_case = IgnoreCase;
  std::shared_ptr<Regex> regex;  // compiled, and found wrong, when a text needs it
  detail::for_each_row(rows, [&](std::uint32_t row) {
    if (text.is_null(row) || pattern.is_null(row)) return out.set_null(row);
    if (!regex || !pattern.is_constant()) regex = Regex::get(ctx, pattern.get<string_view>(row), options);
    out.set<bool>(row, regex->matches(ctx, text.get<string_view>(row)) != Negated);
  });
}

RegexOptions options_of(string_view letters, string_view function) {
  RegexOptions options = RegexOptions::parse(letters);
  if (options.global && !function.empty()) {
    SqlError error("22023", fmt::format("{} does not support the \"global\" option", function));
    if (function == "regexp_match()")
      throw std::move(error).with_hint("Use the regexp_matches function instead.");
    throw error;
  }
  return options;
}

// Byte offset of character `start` (from 1); past the end gives npos.
std::size_t start_offset(string_view text, std::int32_t start) {
  if (start <= 0) throw SqlError("22023", fmt::format("invalid value for parameter \"start\": {}", start));
  auto skip = static_cast<std::size_t>(start - 1);
  std::size_t offset = types::utf8_prefix(text, skip);
  return types::utf8_length(text.substr(0, offset)) < skip ? string_view::npos : offset;
}

std::size_t step_over(string_view text, std::size_t at) {
  return at < text.size() ? at + types::utf8_width(static_cast<unsigned char>(text[at])) : at + 1;
}

// Calls use(search, index from 1) for each match until it returns false.
template <typename F>
void for_each_match(EvalContext& ctx, Regex& regex, string_view text, std::size_t from, F&& use) {
  Regex::Search search(ctx, regex, text);
  std::int32_t index = 0;
  while (from <= text.size() && search.find(from)) {
    auto whole = *search.spans()[0];
    if (!use(search, ++index)) return;
    from = whole.end == whole.begin ? step_over(text, whole.end) : whole.end;
  }
}

Datum groups_array(EvalContext& ctx, Regex& regex, const Regex::Search& search) {
  types::ArrayBuilder builder(types::oid::text, types::PhysicalType::varlen);
  for (std::size_t g = regex.groups() > 0 ? 1 : 0; g <= static_cast<std::size_t>(regex.groups()); ++g)
    builder.add(search.spans()[g] ? Datum::of(search.text(g)) : Datum::null());
  return builder.finish(*ctx.arena);
}

std::optional<Datum> match(EvalContext& ctx, string_view text, string_view pattern,
                           RegexOptions options) {
  auto regex = Regex::get(ctx, pattern, options);
  Regex::Search search(ctx, *regex, text);
  if (!search.find(0)) return std::nullopt;
  return groups_array(ctx, *regex, search);
}
std::optional<Datum> regexp_match(EvalContext& ctx, string_view text, string_view pattern,
                                  string_view flags) {
  return match(ctx, text, pattern, options_of(flags, "regexp_match()"));
}
std::optional<Datum> regexp_match_no_flags(EvalContext& ctx, string_view text, string_view pattern) {
  return match(ctx, text, pattern, {});
}

void append_replacement(std::string& out, string_view replacement, const Regex::Search& search) {
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    char c = replacement[i];
    if (c != '\\' || i + 1 == replacement.size()) {
      out += c;
      continue;
    }
    char next = replacement[++i];
    if (next >= '1' && next <= '9') {
      auto group = static_cast<std::size_t>(next - '0');
      if (group < search.spans().size() && search.spans()[group]) out += search.text(group);
    } else if (next == '&') {
      out += search.text(0);
    } else if (next == '\\') {
      out += '\\';
    } else {
      out += '\\';
      out += next;
    }
  }
}

// n: which match to replace, 0 for all.
std::string replace(EvalContext& ctx, string_view text, string_view pattern, string_view replacement,
                    std::size_t from, std::int32_t n, RegexOptions options) {
  auto regex = Regex::get(ctx, pattern, options);
  if (from == string_view::npos) return std::string(text);
  std::string out;
  std::size_t copied = 0;
  for_each_match(ctx, *regex, text, from, [&](const Regex::Search& search, std::int32_t index) {
    if (n != 0 && index < n) return true;
    auto whole = *search.spans()[0];
    out += text.substr(copied, whole.begin - copied);
    append_replacement(out, replacement, search);
    copied = whole.end;
    return n == 0;
  });
  out += text.substr(copied);
  return out;
}

std::string replace_first(EvalContext& ctx, string_view text, string_view pattern, string_view replacement) {
  return replace(ctx, text, pattern, replacement, 0, 1, {});
}
std::string replace_flags(EvalContext& ctx, string_view text, string_view pattern, string_view replacement,
                          string_view flags) {
  // A digit here is a start position meant for the longer form.
  if (!flags.empty() && flags[0] >= '0' && flags[0] <= '9')
    throw SqlError("22023", fmt::format("invalid regular expression option: \"{}\"", flags.substr(0, 1)))
        .with_hint("If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.");
  RegexOptions options = RegexOptions::parse(flags);
  return replace(ctx, text, pattern, replacement, 0, options.global ? 0 : 1, options);
}
std::int32_t checked_n(std::int32_t n) {
  if (n < 0) throw SqlError("22023", fmt::format("invalid value for parameter \"n\": {}", n));
  return n;
}
std::int32_t positive_n(std::int32_t n) {
  if (n <= 0) throw SqlError("22023", fmt::format("invalid value for parameter \"n\": {}", n));
  return n;
}
std::string replace_extended(EvalContext& ctx, string_view text, string_view pattern, string_view replacement,
                             std::int32_t start, std::int32_t n, string_view flags) {
  const std::size_t from = start_offset(text, start);
  checked_n(n);
  // N decides; the g flag says nothing here.
  return replace(ctx, text, pattern, replacement, from, n, RegexOptions::parse(flags));
}
std::string replace_no_flags(EvalContext& ctx, string_view text, string_view pattern, string_view replacement,
                             std::int32_t start, std::int32_t n) {
  return replace_extended(ctx, text, pattern, replacement, start, n, "");
}
std::string replace_no_n(EvalContext& ctx, string_view text, string_view pattern, string_view replacement,
                         std::int32_t start) {
  return replace_extended(ctx, text, pattern, replacement, start, 1, "");
}

std::optional<string_view> substring(EvalContext& ctx, string_view text, string_view pattern) {
  auto regex = Regex::get(ctx, pattern, {});
  Regex::Search search(ctx, *regex, text);
  if (!search.find(0)) return std::nullopt;
  std::size_t group = regex->groups() > 0 ? 1 : 0;
  if (!search.spans()[group]) return std::nullopt;
  return search.text(group);
}

std::int32_t count(EvalContext& ctx, string_view text, string_view pattern, std::int32_t start, string_view flags) {
  const std::size_t from = start_offset(text, start);
  auto regex = Regex::get(ctx, pattern, options_of(flags, "regexp_count()"));
  std::int32_t result = 0;
  if (from == string_view::npos) return 0;
  for_each_match(ctx, *regex, text, from, [&](const Regex::Search&, std::int32_t index) {
    result = index;
    return true;
  });
  return result;
}
std::int32_t count_no_flags(EvalContext& ctx, string_view text, string_view pattern, std::int32_t start) {
  return count(ctx, text, pattern, start, "");
}
std::int32_t count_no_start(EvalContext& ctx, string_view text, string_view pattern) { return count(ctx, text, pattern, 1, ""); }

bool regexp_like(EvalContext& ctx, string_view text, string_view pattern, string_view flags) {
  return Regex::get(ctx, pattern, options_of(flags, "regexp_like()"))->matches(ctx, text);
}
bool regexp_like_no_flags(EvalContext& ctx, string_view text, string_view pattern) {
  return Regex::get(ctx, pattern, {})->matches(ctx, text);
}

// The span of one group of the n-th match.
std::optional<RegexSpan> find_nth(EvalContext& ctx, string_view text, string_view pattern, std::int32_t start,
                                  std::int32_t n, string_view flags, std::int32_t group,
                                  string_view function) {
  std::size_t from = start_offset(text, start);
  positive_n(n);
  if (group < 0)
    throw SqlError("22023", fmt::format("invalid value for parameter \"subexpr\": {}", group));
  auto regex = Regex::get(ctx, pattern, options_of(flags, function));
  std::optional<RegexSpan> result;
  // Without groups the whole match is the first.
  if (regex->groups() == 0 && group == 1) group = 0;
  if (from == string_view::npos || group > regex->groups()) return result;
  for_each_match(ctx, *regex, text, from, [&](const Regex::Search& search, std::int32_t index) {
    if (index < n) return true;
    result = search.spans()[static_cast<std::size_t>(group)];
    return false;
  });
  return result;
}

std::int32_t instr(EvalContext& ctx, string_view text, string_view pattern, std::int32_t start, std::int32_t n,
                   std::int32_t end_option, string_view flags, std::int32_t group) {
  if (start <= 0) start_offset(text, start);
  positive_n(n);
  if (end_option != 0 && end_option != 1)
    throw SqlError("22023", fmt::format("invalid value for parameter \"endoption\": {}", end_option));
  auto span = find_nth(ctx, text, pattern, start, n, flags, group, "regexp_instr()");
  if (!span) return 0;
  return static_cast<std::int32_t>(
      types::utf8_length(text.substr(0, end_option == 1 ? span->end : span->begin)) + 1);
}
std::int32_t instr_no_subexpr(EvalContext& ctx, string_view t, string_view p, std::int32_t s, std::int32_t n,
                              std::int32_t e, string_view f) { return instr(ctx, t, p, s, n, e, f, 0); }
std::int32_t instr_no_flags(EvalContext& ctx, string_view t, string_view p, std::int32_t s, std::int32_t n,
                            std::int32_t e) { return instr(ctx, t, p, s, n, e, "", 0); }
std::int32_t instr_no_end(EvalContext& ctx, string_view t, string_view p, std::int32_t s, std::int32_t n) {
  return instr(ctx, t, p, s, n, 0, "", 0);
}
std::int32_t instr_no_n(EvalContext& ctx, string_view t, string_view p, std::int32_t s) { return instr(ctx, t, p, s, 1, 0, "", 0); }
std::int32_t instr_no_start(EvalContext& ctx, string_view t, string_view p) { return instr(ctx, t, p, 1, 1, 0, "", 0); }

std::optional<string_view> substr(EvalContext& ctx, string_view text, string_view pattern, std::int32_t start,
                                  std::int32_t n, string_view flags, std::int32_t group) {
  auto span = find_nth(ctx, text, pattern, start, n, flags, group, "regexp_substr()");
  if (!span) return std::nullopt;
  return text.substr(span->begin, span->end - span->begin);
}
std::optional<string_view> substr_no_subexpr(EvalContext& ctx, string_view t, string_view p, std::int32_t s,
                                             std::int32_t n, string_view f) { return substr(ctx, t, p, s, n, f, 0); }
std::optional<string_view> substr_no_flags(EvalContext& ctx, string_view t, string_view p, std::int32_t s,
                                           std::int32_t n) { return substr(ctx, t, p, s, n, "", 0); }
std::optional<string_view> substr_no_n(EvalContext& ctx, string_view t, string_view p, std::int32_t s) {
  return substr(ctx, t, p, s, 1, "", 0);
}
std::optional<string_view> substr_no_start(EvalContext& ctx, string_view t, string_view p) { return substr(ctx, t, p, 1, 1, "", 0); }

Datum split_array(EvalContext& ctx, string_view text, string_view pattern, string_view flags) {
  types::ArrayBuilder builder(types::oid::text, types::PhysicalType::varlen);
  for (auto part : regexp_split(ctx, text, pattern, flags, "regexp_split_to_array()"))
    builder.add(Datum::of(part));
  return builder.finish(*ctx.arena);
}
Datum split_array_no_flags(EvalContext& ctx, string_view text, string_view pattern) {
  return split_array(ctx, text, pattern, "");
}

constexpr ScalarFunction kRegexpFunctions[] = {
    {"textregexeq", &match_kernel<false, false>},
    {"textregexne", &match_kernel<false, true>},
    {"texticregexeq", &match_kernel<true, false>},
    {"texticregexne", &match_kernel<true, true>},
    {"nameregexeq", &match_kernel<false, false>},
    {"nameregexne", &match_kernel<false, true>},
    {"nameicregexeq", &match_kernel<true, false>},
    {"nameicregexne", &match_kernel<true, true>},
    {"regexp_match", strict<&regexp_match>},
    {"regexp_match_no_flags", strict<&regexp_match_no_flags>},
    {"textregexreplace_noopt", strict<&replace_first>},
    {"textregexreplace", strict<&replace_flags>},
    {"textregexreplace_extended", strict<&replace_extended>},
    {"textregexreplace_extended_no_flags", strict<&replace_no_flags>},
    {"textregexreplace_extended_no_n", strict<&replace_no_n>},
    {"textregexsubstr", strict<&substring>},
    {"regexp_count", strict<&count>},
    {"regexp_count_no_flags", strict<&count_no_flags>},
    {"regexp_count_no_start", strict<&count_no_start>},
    {"regexp_like", strict<&regexp_like>},
    {"regexp_like_no_flags", strict<&regexp_like_no_flags>},
    {"regexp_instr", strict<&instr>},
    {"regexp_instr_no_subexpr", strict<&instr_no_subexpr>},
    {"regexp_instr_no_flags", strict<&instr_no_flags>},
    {"regexp_instr_no_endoption", strict<&instr_no_end>},
    {"regexp_instr_no_n", strict<&instr_no_n>},
    {"regexp_instr_no_start", strict<&instr_no_start>},
    {"regexp_substr", strict<&substr>},
    {"regexp_substr_no_subexpr", strict<&substr_no_subexpr>},
    {"regexp_substr_no_flags", strict<&substr_no_flags>},
    {"regexp_substr_no_n", strict<&substr_no_n>},
    {"regexp_substr_no_start", strict<&substr_no_start>},
    {"regexp_split_to_array", strict<&split_array>},
    {"regexp_split_to_array_no_flags", strict<&split_array_no_flags>},
};

}  // namespace

std::vector<string_view> regexp_split(EvalContext& ctx, string_view text, string_view pattern, string_view flags,
                                      string_view function) {
  auto regex = Regex::get(ctx, pattern, options_of(flags, function));
  std::vector<string_view> parts;
  std::size_t begin = 0;
  for_each_match(ctx, *regex, text, 0, [&](const Regex::Search& search, std::int32_t) {
    auto whole = *search.spans()[0];
    // Empty matches at the ends and right after the match before do not split.
    if (whole.begin == whole.end && (whole.begin >= text.size() || whole.begin == begin)) return true;
    parts.push_back(text.substr(begin, whole.begin - begin));
    begin = whole.end;
    return true;
  });
  parts.push_back(text.substr(begin));
  return parts;
}

std::vector<Datum> regexp_matches(EvalContext& ctx, string_view text, string_view pattern,
                                  string_view flags) {
  RegexOptions options = RegexOptions::parse(flags);
  auto regex = Regex::get(ctx, pattern, options);
  std::vector<Datum> rows;
  for_each_match(ctx, *regex, text, 0, [&](const Regex::Search& search, std::int32_t) {
    rows.push_back(groups_array(ctx, *regex, search));
    return options.global;
  });
  return rows;
}

std::span<const ScalarFunction> regexp_functions() { return kRegexpFunctions; }

}  // namespace functions
