#include "jsonpath_exec.h"

#include <cmath>

#include <fmt/format.h>

#include "datetime_template.h"
#include "jsonb_size.h"
#include "jsonpath_datetime.h"
#include "regex.h"
#include "types/float.h"
#include "types/numeric.h"
#include "types/sql_error.h"
#include "types/stack_depth.h"

namespace functions {
namespace {

std::shared_ptr<Regex> like_pattern(types::EvalContext& ctx, std::string_view pattern, std::uint8_t flags) {
  RegexOptions options;
  options.ignore_case = (flags & types::kRegexIgnoreCase) != 0;
  if ((flags & types::kRegexQuote) != 0) {
    options.syntax = RegexSyntax::literal;
  } else {
    options.newline_anchors = (flags & types::kRegexMultiline) != 0;
    options.newline_stops = (flags & types::kRegexDotAll) == 0;
  }
  return Regex::get(ctx, pattern, options);
}
const bool patterns_are_checked = [] {
  types::set_jsonpath_pattern_check(
      [](types::EvalContext& ctx, std::string_view pattern, std::uint8_t flags) { (void)like_pattern(ctx, pattern, flags); });
  return true;
}();

using std::string_view;
using types::EvalContext;
using types::JsonKind;
using types::JsonNode;
using types::SqlError;
using Item = types::JsonPathItem;
using Kind = types::JsonPathKind;
using Values = PathValues;

enum class Outcome { ok, not_found, error };
enum class Truth { no, yes, unknown };

constexpr int kMaxDepth = 300;

class Executor {
 public:
  Executor(EvalContext& ctx, const PathCall& call)
      : ctx_(ctx), call_(call), path_(*call.path), root_(&types::parse_json(*ctx.arena, call.target)) {
    throws_ = !call.silent;
    ignores_structure_ = path_.lax;
    current_.node = root_;
    base_ = root_;
  }

  Outcome run(Values* found) {
    PathValue root;
    root.node = root_;
    return item(*path_.root, root, found, path_.lax);
  }
  Outcome exists() {
    if (path_.lax) return run(nullptr);
    // In strict mode the whole sequence has to be seen, for its errors.
    Values found;
    const Outcome outcome = run(&found);
    if (outcome == Outcome::error) return outcome;
    return found.empty() ? Outcome::not_found : Outcome::ok;
  }

 private:
  struct Deeper {
    explicit Deeper(int& depth) : depth_(depth) {
      if (++depth_ > kMaxDepth) types::throw_stack_depth_exceeded();
    }
    ~Deeper() { --depth_; }
    int& depth_;
  };

  Outcome fail(const char* state, std::string message, std::string hint = {}) const {
    if (!throws_) return Outcome::error;
    SqlError error(state, std::move(message));
    if (!hint.empty()) throw std::move(error).with_hint(std::move(hint));
    throw error;
  }

  static bool is_array(const PathValue& v) { return v.node != nullptr && v.node->kind == JsonKind::array; }
  static bool is_object(const PathValue& v) { return v.node != nullptr && v.node->kind == JsonKind::object; }
  static bool is_number(const PathValue& v) { return v.node != nullptr && v.node->kind == JsonKind::number; }
  static bool is_string(const PathValue& v) { return v.node != nullptr && v.node->kind == JsonKind::string; }
  static PathValue of(const JsonNode& node) {
    PathValue v;
    v.node = &node;
    return v;
  }
  PathValue scalar(JsonKind kind, string_view raw, string_view string = {}) const {
    auto* node = ctx_.arena->allocate_array<JsonNode>(1);
    *node = JsonNode{kind, raw, string, {}, {}};
    return of(*node);
  }
  PathValue string_value(string_view text) const {
    std::string raw;
    types::append_json_string(raw, text);
    return scalar(JsonKind::string, ctx_.arena->copy(raw), text);
  }
  PathValue number_value(types::NumericView number) const {
    std::string text;
    types::append_numeric(text, number);
    return scalar(JsonKind::number, ctx_.arena->copy(text));
  }
  types::NumericView numeric(const PathValue& v) const {
    return types::parse_numeric(*ctx_.arena, v.node->raw);
  }

  // The accessors behind `item` applied to `value`, or `value` itself.
  Outcome next(const Item& item, const PathValue& value, Values* found) {
    if (item.next != nullptr) return this->item(*item.next, value, found, path_.lax);
    if (found != nullptr) found->push_back(value);
    return Outcome::ok;
  }

  Outcome unwrap_and_run(const Item& item, const PathValue& array, Values* found, bool unwrap_elements) {
    return any(&item, array, found, 1, 1, 1, false, unwrap_elements);
  }

  // Every value between the levels `first` and `last` below `value`.
  Outcome any(const Item* item, const PathValue& value, Values* found, std::uint32_t level,
              std::uint32_t first, std::uint32_t last, bool ignore_structure, bool unwrap_next) {
    Deeper deeper(depth_);
    Outcome result = Outcome::not_found;
    if (level > last) return result;
    for (const JsonNode& child : value.node->children) {
      const PathValue v = of(child);
      const bool container = child.kind == JsonKind::array || child.kind == JsonKind::object;
      if (level >= first || (first == types::kLastLevel && last == types::kLastLevel && !container)) {
        if (item != nullptr) {
          const bool saved = ignores_structure_;
          if (ignore_structure) ignores_structure_ = true;
          result = this->item(*item, v, found, unwrap_next);
          ignores_structure_ = saved;
          if (result == Outcome::error || (result == Outcome::ok && found == nullptr)) return result;
        } else if (found != nullptr) {
          found->push_back(v);
        } else {
          return Outcome::ok;
        }
      }
      if (level < last && container) {
        result = any(item, v, found, level + 1, first, last, ignore_structure, unwrap_next);
        if (result == Outcome::error || (result == Outcome::ok && found == nullptr)) return result;
      }
    }
    return result;
  }

  Outcome item(const Item& i, const PathValue& value, Values* found, bool unwrap) {
    Deeper deeper(depth_);
    switch (i.kind) {
      case Kind::and_: case Kind::or_: case Kind::not_: case Kind::is_unknown: case Kind::equal:
      case Kind::not_equal: case Kind::less: case Kind::greater: case Kind::less_or_equal:
      case Kind::greater_or_equal: case Kind::exists: case Kind::starts_with: case Kind::like_regex: {
        const Truth truth = predicate(i, value, true);
        const PathValue result = truth == Truth::unknown ? scalar(JsonKind::null, "null")
                                 : truth == Truth::yes   ? scalar(JsonKind::boolean, "true")
                                                         : scalar(JsonKind::boolean, "false");
        return next(i, result, found);
      }
      case Kind::key:
        if (is_object(value)) {
          if (const JsonNode* child = value.node->find(i.text)) return next(i, of(*child), found);
          if (ignores_structure_) return Outcome::not_found;
          return fail("2203A", fmt::format("JSON object does not contain key \"{}\"", i.text));
        }
        if (unwrap && is_array(value)) return unwrap_and_run(i, value, found, false);
        if (ignores_structure_) return Outcome::not_found;
        return fail("2203A", "jsonpath member accessor can only be applied to an object");
      case Kind::root: {
        const JsonNode* saved = base_;
        base_ = root_;
        const Outcome result = next(i, of(*root_), found);
        base_ = saved;
        return result;
      }
      case Kind::current: return next(i, current_, found);
      case Kind::any_array:
        if (is_array(value)) return any(i.next, value, found, 1, 1, 1, false, path_.lax);
        if (path_.lax) return next(i, value, found);
        if (ignores_structure_) return Outcome::not_found;
        return fail("22039", "jsonpath wildcard array accessor can only be applied to an array");
      case Kind::index_array: return subscripts(i, value, found);
      case Kind::last: {
        const std::string text = fmt::format("{}", innermost_array_size_ - 1);
        return next(i, scalar(JsonKind::number, ctx_.arena->copy(text)), found);
      }
      case Kind::any_key:
        if (is_object(value)) return any(i.next, value, found, 1, 1, 1, false, path_.lax);
        if (unwrap && is_array(value)) return unwrap_and_run(i, value, found, false);
        if (ignores_structure_) return Outcome::not_found;
        return fail("2203C", "jsonpath wildcard member accessor can only be applied to an object");
      case Kind::add: case Kind::subtract: case Kind::multiply: case Kind::divide: case Kind::modulo:
        return arithmetic(i, value, found);
      case Kind::plus: case Kind::minus: return unary(i, value, found);
      case Kind::filter: {
        if (unwrap && is_array(value)) return unwrap_and_run(i, value, found, false);
        if (nested_predicate(*i.left, value) != Truth::yes) return Outcome::not_found;
        return next(i, value, found);
      }
      case Kind::any: {
        if (i.first == 0) {
          const bool saved = ignores_structure_;
          ignores_structure_ = true;
          const Outcome result = next(i, value, found);
          ignores_structure_ = saved;
          if (result == Outcome::error || (result == Outcome::ok && found == nullptr)) return result;
        }
        Outcome result = i.first == 0 && found != nullptr ? Outcome::ok : Outcome::not_found;
        if (is_array(value) || is_object(value))
          result = any(i.next, value, found, 1, i.first, i.last, true, path_.lax);
        return result;
      }
      case Kind::null: return next(i, scalar(JsonKind::null, "null"), found);
      case Kind::boolean: return next(i, scalar(JsonKind::boolean, i.boolean ? "true" : "false"), found);
      case Kind::number: return next(i, scalar(JsonKind::number, i.text), found);
      case Kind::string: return next(i, string_value(i.text), found);
      case Kind::variable: return next(i, variable(i.text), found);
      case Kind::type: return next(i, string_value(type_name(value)), found);
      case Kind::size: {
        std::size_t size = 1;
        if (is_array(value)) {
          size = value.node->children.size();
        } else if (!path_.lax) {
          if (ignores_structure_) return Outcome::not_found;
          return fail("22039", "jsonpath item method .size() can only be applied to an array");
        }
        return next(i, scalar(JsonKind::number, ctx_.arena->copy(fmt::format("{}", size))), found);
      }
      case Kind::abs: case Kind::floor: case Kind::ceiling: {
        if (unwrap && is_array(value)) return unwrap_and_run(i, value, found, false);
        if (!is_number(value))
          return fail("22036", fmt::format("jsonpath item method .{}() can only be applied to a numeric value",
                                           types::jsonpath_operation_name(i.kind)));
        const types::NumericView n = numeric(value);
        return next(i, number_value(i.kind == Kind::abs     ? types::numeric_abs(*ctx_.arena, n)
                                    : i.kind == Kind::floor ? types::numeric_floor(*ctx_.arena, n)
                                                            : types::numeric_ceil(*ctx_.arena, n)),
                    found);
      }
      case Kind::double_: return to_double(i, value, found, unwrap);
      case Kind::datetime: {
        if (unwrap && is_array(value)) return unwrap_and_run(i, value, found, false);
        return datetime(i, value, found);
      }
      case Kind::keyvalue:
        if (unwrap && is_array(value)) return unwrap_and_run(i, value, found, false);
        return key_values(i, value, found);
    }
    return Outcome::error;
  }

  // Runs and takes the elements of arrays (in lax mode) for a predicate's or operator's operand.
  Outcome operand(const Item& i, const PathValue& value, Values& found, bool unwrap) {
    if (!unwrap || !path_.lax) return item(i, value, &found, path_.lax);
    Values sequence;
    const Outcome result = item(i, value, &sequence, path_.lax);
    if (result == Outcome::error) return result;
    for (const PathValue& v : sequence) {
      if (is_array(v))
        for (const JsonNode& child : v.node->children) found.push_back(of(child));
      else
        found.push_back(v);
    }
    return Outcome::ok;
  }
  Outcome operand_quietly(const Item& i, const PathValue& value, Values* found, bool unwrap) {
    const bool saved = throws_;
    throws_ = false;
    Outcome result;
    if (found != nullptr) {
      result = operand(i, value, *found, unwrap);
    } else {
      result = item(i, value, nullptr, path_.lax);
    }
    throws_ = saved;
    return result;
  }

  Truth nested_predicate(const Item& i, const PathValue& value) {
    const PathValue saved = current_;
    current_ = value;
    const Truth truth = predicate(i, value, false);
    current_ = saved;
    return truth;
  }

  Truth predicate(const Item& i, const PathValue& value, bool can_have_next) {
    Deeper deeper(depth_);
    (void)can_have_next;
    switch (i.kind) {
      case Kind::and_: {
        const Truth left = predicate(*i.left, value, false);
        if (left == Truth::no) return left;
        const Truth right = predicate(*i.right, value, false);
        return right == Truth::yes ? left : right;
      }
      case Kind::or_: {
        const Truth left = predicate(*i.left, value, false);
        if (left == Truth::yes) return left;
        const Truth right = predicate(*i.right, value, false);
        return right == Truth::no ? left : right;
      }
      case Kind::not_: {
        const Truth truth = predicate(*i.left, value, false);
        return truth == Truth::unknown ? truth : truth == Truth::yes ? Truth::no : Truth::yes;
      }
      case Kind::is_unknown: return predicate(*i.left, value, false) == Truth::unknown ? Truth::yes : Truth::no;
      case Kind::equal: case Kind::not_equal: case Kind::less: case Kind::greater:
      case Kind::less_or_equal: case Kind::greater_or_equal:
        return pairs(i, value, *i.right, true,
                     [&](const PathValue& a, const PathValue* b) { return compare(i.kind, a, *b); });
      case Kind::starts_with:
        return pairs(i, value, *i.right, false, [&](const PathValue& a, const PathValue* b) {
          if (!is_string(*b) || !is_string(a)) return Truth::unknown;
          return a.node->string.starts_with(b->node->string) ? Truth::yes : Truth::no;
        });
      case Kind::like_regex: {
        const auto regex = like_pattern(ctx_, i.text, i.flags);
        return pairs(i, value, [&](const PathValue& a, const PathValue*) {
          if (!is_string(a)) return Truth::unknown;
          return regex->matches(ctx_, a.node->string) ? Truth::yes : Truth::no;
        });
      }
      case Kind::exists: {
        if (!path_.lax) {
          Values found;
          const Outcome result = operand_quietly(*i.left, value, &found, false);
          if (result == Outcome::error) return Truth::unknown;
          return found.empty() ? Truth::no : Truth::yes;
        }
        const Outcome result = operand_quietly(*i.left, value, nullptr, false);
        return result == Outcome::error ? Truth::unknown : result == Outcome::ok ? Truth::yes : Truth::no;
      }
      default: return Truth::unknown;
    }
  }

  template <typename Test>
  Truth pairs(const Item& i, const PathValue& value, Test&& test) {
    return pairs_of(i, value, nullptr, false, test);
  }
  template <typename Test>
  Truth pairs(const Item& i, const PathValue& value, const Item& right, bool unwrap_right, Test&& test) {
    return pairs_of(i, value, &right, unwrap_right, test);
  }
  template <typename Test>
  Truth pairs_of(const Item& i, const PathValue& value, const Item* right, bool unwrap_right, Test&& test) {
    Values lefts, rights;
    if (operand_quietly(*i.left, value, &lefts, true) == Outcome::error) return Truth::unknown;
    if (right != nullptr && operand_quietly(*right, value, &rights, unwrap_right) == Outcome::error)
      return Truth::unknown;
    bool error = false, yes = false;
    for (const PathValue& left : lefts) {
      const std::size_t count = right != nullptr ? rights.size() : 1;
      for (std::size_t r = 0; r < count; ++r) {
        const Truth truth = test(left, right != nullptr ? &rights[r] : nullptr);
        if (truth == Truth::unknown) {
          if (!path_.lax) return truth;
          error = true;
        } else if (truth == Truth::yes) {
          if (path_.lax) return truth;
          yes = true;
        }
      }
    }
    if (yes) return Truth::yes;
    return error ? Truth::unknown : Truth::no;
  }

  Truth compare(Kind op, const PathValue& a, const PathValue& b) const {
    auto decide = [&](int order) {
      bool result = false;
      switch (op) {
        case Kind::equal: result = order == 0; break;
        case Kind::not_equal: result = order != 0; break;
        case Kind::less: result = order < 0; break;
        case Kind::greater: result = order > 0; break;
        case Kind::less_or_equal: result = order <= 0; break;
        default: result = order >= 0;
      }
      return result ? Truth::yes : Truth::no;
    };
    if (a.node == nullptr || b.node == nullptr) {
      if (a.node == nullptr && b.node == nullptr) {
        const auto order = compare_path_datetime(ctx_, a, b, call_.use_time_zone);
        return order ? decide(*order) : Truth::unknown;
      }
      const PathValue& other = a.node == nullptr ? b : a;
      if (other.node->kind == JsonKind::null) return op == Kind::not_equal ? Truth::yes : Truth::no;
      return Truth::unknown;
    }
    if (a.node->kind != b.node->kind) {
      if (a.node->kind == JsonKind::null || b.node->kind == JsonKind::null)
        return op == Kind::not_equal ? Truth::yes : Truth::no;
      return Truth::unknown;
    }
    switch (a.node->kind) {
      case JsonKind::null: return decide(0);
      case JsonKind::boolean:
        return decide(static_cast<int>(a.node->boolean()) - static_cast<int>(b.node->boolean()));
      case JsonKind::number: return decide(types::compare_json_numbers(a.node->raw, b.node->raw));
      case JsonKind::string: return decide(a.node->string.compare(b.node->string));
      default: return Truth::unknown;
    }
  }

  PathValue variable(string_view name) const {
    const JsonNode* found = call_.vars == nullptr ? nullptr : call_.vars->find(name);
    if (found == nullptr) throw SqlError("42704", fmt::format("could not find jsonpath variable \"{}\"", name));
    return of(*found);
  }

  static string_view type_name(const PathValue& v) {
    if (v.node == nullptr) return path_datetime_type_name(v.type);
    switch (v.node->kind) {
      case JsonKind::null: return "null";
      case JsonKind::string: return "string";
      case JsonKind::number: return "number";
      case JsonKind::boolean: return "boolean";
      case JsonKind::array: return "array";
      case JsonKind::object: return "object";
    }
    return "null";
  }

  Outcome arithmetic(const Item& i, const PathValue& value, Values* found) {
    Values lefts, rights;
    Outcome result = operand(*i.left, value, lefts, true);
    if (result == Outcome::error) return result;
    result = operand(*i.right, value, rights, true);
    if (result == Outcome::error) return result;
    const string_view name = types::jsonpath_operation_name(i.kind);
    if (lefts.size() != 1 || !is_number(lefts[0]))
      return fail("22038", fmt::format("left operand of jsonpath operator {} is not a single numeric value", name));
    if (rights.size() != 1 || !is_number(rights[0]))
      return fail("22038", fmt::format("right operand of jsonpath operator {} is not a single numeric value", name));
    const types::NumericView a = numeric(lefts[0]), b = numeric(rights[0]);
    types::NumericView answer;
    try {
      switch (i.kind) {
        case Kind::add: answer = types::numeric_add(*ctx_.arena, a, b); break;
        case Kind::subtract: answer = types::numeric_sub(*ctx_.arena, a, b); break;
        case Kind::multiply: answer = types::numeric_mul(*ctx_.arena, a, b); break;
        case Kind::divide: answer = types::numeric_div(*ctx_.arena, a, b); break;
        default: answer = types::numeric_mod(*ctx_.arena, a, b);
      }
    } catch (const SqlError&) {
      if (throws_) throw;
      return Outcome::error;
    }
    if (i.next == nullptr && found == nullptr) return Outcome::ok;
    return next(i, number_value(answer), found);
  }

  Outcome unary(const Item& i, const PathValue& value, Values* found) {
    Values operands;
    Outcome result = operand(*i.left, value, operands, true);
    if (result == Outcome::error) return result;
    result = Outcome::not_found;
    for (const PathValue& v : operands) {
      if (!is_number(v)) {
        if (found == nullptr && i.next == nullptr) continue;
        return fail("2203B", fmt::format("operand of unary jsonpath operator {} is not a numeric value",
                                         types::jsonpath_operation_name(i.kind)));
      }
      if (found == nullptr && i.next == nullptr) return Outcome::ok;
      const Outcome one = next(
          i, i.kind == Kind::minus ? number_value(types::numeric_negate(*ctx_.arena, numeric(v))) : v, found);
      if (one == Outcome::error) return one;
      if (one == Outcome::ok) {
        if (found == nullptr) return one;
        result = one;
      }
    }
    return result;
  }

  // A subscript's number; nullopt after a suppressed error.
  std::optional<std::int32_t> subscript(const Item& i, const PathValue& value) {
    Values found;
    if (item(i, value, &found, path_.lax) == Outcome::error) return std::nullopt;
    if (found.size() != 1 || !is_number(found[0])) {
      fail("22033", "jsonpath array subscript is not a single numeric value");
      return std::nullopt;
    }
    try {
      return types::numeric_to_int32(types::numeric_trunc(*ctx_.arena, numeric(found[0]), 0));
    } catch (const SqlError&) {
      fail("22033", "jsonpath array subscript is out of integer range");
      return std::nullopt;
    }
  }

  Outcome subscripts(const Item& i, const PathValue& value, Values* found) {
    const bool single = !is_array(value);
    if (single && !path_.lax) {
      if (ignores_structure_) return Outcome::not_found;
      return fail("22039", "jsonpath array accessor can only be applied to an array");
    }
    const int saved = innermost_array_size_;
    const auto size = single ? 1 : static_cast<std::int32_t>(value.node->children.size());
    innermost_array_size_ = size;
    Outcome result = Outcome::not_found;
    for (const Item::Subscript& s : i.subscripts) {
      const auto from = subscript(*s.from, value);
      const auto to = !from || s.to == nullptr ? from : subscript(*s.to, value);
      if (!from || !to) {
        result = Outcome::error;
        break;
      }
      std::int32_t first = *from, last = *to;
      if (!ignores_structure_ && (first < 0 || first > last || last >= size)) {
        innermost_array_size_ = saved;
        return fail("22033", "jsonpath array subscript is out of bounds");
      }
      first = std::max(first, 0);
      last = std::min(last, size - 1);
      result = Outcome::not_found;
      for (std::int32_t k = first; k <= last; ++k) {
        const PathValue v = single ? value : of(value.node->children[static_cast<std::size_t>(k)]);
        if (i.next == nullptr && found == nullptr) {
          innermost_array_size_ = saved;
          return Outcome::ok;
        }
        const int inner = innermost_array_size_;
        result = next(i, v, found);
        innermost_array_size_ = inner;
        if (result == Outcome::error || (result == Outcome::ok && found == nullptr)) break;
      }
      if (result == Outcome::error || (result == Outcome::ok && found == nullptr)) break;
    }
    innermost_array_size_ = saved;
    return result;
  }

  Outcome to_double(const Item& i, const PathValue& value, Values* found, bool unwrap) {
    if (unwrap && is_array(value)) return unwrap_and_run(i, value, found, false);
    if (is_number(value)) {
      const double d = types::numeric_to_float8_no_overflow(numeric(value));
      if (std::isinf(d) || std::isnan(d))
        return fail("22036", "numeric argument of jsonpath item method .double() is out of range for type double precision");
      return next(i, value, found);
    }
    if (is_string(value)) {
      double d = 0;
      bool valid = true;
      try {
        d = types::parse_float8(value.node->string);
      } catch (const SqlError&) {
        valid = false;
      }
      if (!valid || std::isinf(d) || std::isnan(d))
        return fail("22036", "string argument of jsonpath item method .double() is not a valid representation of a double precision number");
      return next(i, number_value(types::numeric_from_float8(*ctx_.arena, d)), found);
    }
    return fail("22036", "jsonpath item method .double() can only be applied to a string or numeric value");
  }

  Outcome datetime(const Item& i, const PathValue& value, Values* found) {
    if (!is_string(value))
      return fail("22031", "jsonpath item method .datetime() can only be applied to a string");
    std::optional<PathValue> result;
    // A template that is none is told of however silent the call is.
    if (i.left != nullptr) (void)DateTemplate::get(i.left->text, TemplateRules::standard);
    try {
      result = parse_path_datetime(ctx_, value.node->string,
                                   i.left != nullptr ? std::optional(i.left->text) : std::nullopt);
    } catch (const SqlError&) {
      if (throws_) throw;
      return Outcome::error;
    }
    if (!result)
      return fail("22031", fmt::format("datetime format is not recognized: \"{}\"", value.node->string),
                  "Use a datetime template argument to specify the input data format.");
    return next(i, *result, found);
  }

  Outcome key_values(const Item& i, const PathValue& value, Values* found) {
    if (!is_object(value)) return fail("2203C", "jsonpath item method .keyvalue() can only be applied to an object");
    if (value.node->children.empty()) return Outcome::not_found;
    if (i.next == nullptr && found == nullptr) return Outcome::ok;
    const std::int64_t id = jsonb_offset(*ctx_.arena, *base_, *value.node);
    Outcome result = Outcome::not_found;
    const JsonNode* saved = base_;
    for (std::size_t k = 0; k < value.node->children.size(); ++k) {
      std::string text = fmt::format("{{\"id\": {}, \"key\": ", id);
      types::append_json_string(text, value.node->keys[k]);
      text += ", \"value\": ";
      text += value.node->children[k].raw;
      text += '}';
      const JsonNode& object = types::parse_json(*ctx_.arena, types::to_jsonb(*ctx_.arena, ctx_.arena->copy(text)));
      base_ = &object;
      result = next(i, of(object), found);
      if (result == Outcome::error || (result == Outcome::ok && found == nullptr)) break;
    }
    base_ = saved;
    return result;
  }

  EvalContext& ctx_;
  const PathCall& call_;
  const types::JsonPath& path_;
  const JsonNode* root_;
  const JsonNode* base_ = nullptr;  // what ids of .keyvalue() count from
  PathValue current_;
  bool throws_ = true, ignores_structure_ = true;
  int innermost_array_size_ = -1;
  int depth_ = 0;
};

}  // namespace

const JsonNode& path_variables(types::Arena& arena, string_view vars) {
  const JsonNode& read = types::parse_json(arena, vars);
  if (read.kind != JsonKind::object)
    throw SqlError("22023", "\"vars\" argument is not an object")
        .with_detail("Jsonpath parameters should be encoded as key-value pairs of \"vars\" object.");
  return read;
}

PathValues run_jsonpath(EvalContext& ctx, const PathCall& call) {
  Values found;
  Executor(ctx, call).run(&found);
  return found;
}

std::optional<bool> jsonpath_exists(EvalContext& ctx, const PathCall& call) {
  const Outcome outcome = Executor(ctx, call).exists();
  if (outcome == Outcome::error) return std::nullopt;
  return outcome == Outcome::ok;
}

string_view path_value_text(EvalContext& ctx, const PathValue& value) {
  if (value.node != nullptr) return value.node->raw;
  return ctx.arena->copy("\"" + path_datetime_text(ctx, value) + "\"");
}

}  // namespace functions
