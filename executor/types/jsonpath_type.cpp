// jsonpath: text and binary forms.
#include <fmt/format.h>

#include "type_table.h"
#include "types/json.h"
#include "types/jsonpath.h"
#include "types/wire.h"

namespace types {
namespace {

using Item = JsonPathItem;
using Kind = JsonPathKind;

int priority(Kind kind) {
  switch (kind) {
    case Kind::or_: return 0;
    case Kind::and_: return 1;
    case Kind::equal: case Kind::not_equal: case Kind::less: case Kind::greater:
    case Kind::less_or_equal: case Kind::greater_or_equal: case Kind::starts_with: return 2;
    case Kind::add: case Kind::subtract: return 3;
    case Kind::multiply: case Kind::divide: case Kind::modulo: return 4;
    case Kind::plus: case Kind::minus: return 5;
    default: return 6;
  }
}

void print(std::string& out, const Item& item, bool in_key, bool brackets);

void print_operand(std::string& out, const Item& operand, const Item& of) {
  print(out, operand, false, priority(operand.kind) <= priority(of.kind));
}

void print_level(std::string& out, std::uint32_t level) {
  if (level == kLastLevel)
    out += "last";
  else
    out += fmt::format("{}", level);
}

void print(std::string& out, const Item& item, bool in_key, bool brackets) {
  switch (item.kind) {
    case Kind::null: out += "null"; break;
    case Kind::boolean: out += item.boolean ? "true" : "false"; break;
    case Kind::string: append_json_string(out, item.text); break;
    case Kind::number:
      if (item.next != nullptr) out += '(';
      out += item.text;
      if (item.next != nullptr) out += ')';
      break;
    case Kind::variable:
      out += '$';
      append_json_string(out, item.text);
      break;
    case Kind::and_: case Kind::or_: case Kind::equal: case Kind::not_equal: case Kind::less:
    case Kind::greater: case Kind::less_or_equal: case Kind::greater_or_equal: case Kind::add:
    case Kind::subtract: case Kind::multiply: case Kind::divide: case Kind::modulo:
    case Kind::starts_with:
      if (brackets) out += '(';
      print_operand(out, *item.left, item);
      out += ' ';
      out += jsonpath_operation_name(item.kind);
      out += ' ';
      print_operand(out, *item.right, item);
      if (brackets) out += ')';
      break;
    case Kind::like_regex:
      if (brackets) out += '(';
      print_operand(out, *item.left, item);
      out += " like_regex ";
      append_json_string(out, item.text);
      if (item.flags != 0) {
        out += " flag \"";
        if (item.flags & kRegexIgnoreCase) out += 'i';
        if (item.flags & kRegexDotAll) out += 's';
        if (item.flags & kRegexMultiline) out += 'm';
        if (item.flags & kRegexExpanded) out += 'x';
        if (item.flags & kRegexQuote) out += 'q';
        out += '"';
      }
      if (brackets) out += ')';
      break;
    case Kind::plus: case Kind::minus:
      if (brackets) out += '(';
      out += item.kind == Kind::plus ? '+' : '-';
      print_operand(out, *item.left, item);
      if (brackets) out += ')';
      break;
    case Kind::filter:
      out += "?(";
      print(out, *item.left, false, false);
      out += ')';
      break;
    case Kind::not_:
      out += "!(";
      print(out, *item.left, false, false);
      out += ')';
      break;
    case Kind::is_unknown:
      out += '(';
      print(out, *item.left, false, false);
      out += ") is unknown";
      break;
    case Kind::exists:
      out += "exists (";
      print(out, *item.left, false, false);
      out += ')';
      break;
    case Kind::current: out += '@'; break;
    case Kind::root: out += '$'; break;
    case Kind::last: out += "last"; break;
    case Kind::any_array: out += "[*]"; break;
    case Kind::any_key:
      if (in_key) out += '.';
      out += '*';
      break;
    case Kind::index_array: {
      out += '[';
      bool first = true;
      for (const Item::Subscript& s : item.subscripts) {
        if (!first) out += ',';
        first = false;
        print(out, *s.from, false, false);
        if (s.to != nullptr) {
          out += " to ";
          print(out, *s.to, false, false);
        }
      }
      out += ']';
      break;
    }
    case Kind::any:
      if (in_key) out += '.';
      out += "**";
      if (item.first == 0 && item.last == kLastLevel) break;
      out += '{';
      print_level(out, item.first);
      if (item.first != item.last) {
        out += " to ";
        print_level(out, item.last);
      }
      out += '}';
      break;
    case Kind::key:
      if (in_key) out += '.';
      append_json_string(out, item.text);
      break;
    case Kind::datetime:
      out += ".datetime(";
      if (item.left != nullptr) print(out, *item.left, false, false);
      out += ')';
      break;
    default:
      out += '.';
      out += jsonpath_operation_name(item.kind);
      out += "()";
  }
  if (item.next != nullptr) print(out, *item.next, true, true);
}

JsonPathPatternCheck pattern_check = nullptr;

void check_patterns(EvalContext& ctx, const Item& first) {
  for (const Item* item = &first; item != nullptr; item = item->next) {
    if (item->kind == Kind::like_regex) pattern_check(ctx, item->text, item->flags);
    if (item->left != nullptr) check_patterns(ctx, *item->left);
    if (item->right != nullptr) check_patterns(ctx, *item->right);
    for (const Item::Subscript& s : item->subscripts) {
      check_patterns(ctx, *s.from);
      if (s.to != nullptr) check_patterns(ctx, *s.to);
    }
  }
}

Datum input(EvalContext& ctx, std::string_view text, std::int32_t) {
  std::string out;
  const JsonPath path = parse_jsonpath(*ctx.arena, text);
  if (pattern_check != nullptr) check_patterns(ctx, *path.root);
  append_jsonpath(out, path);
  return Datum::of(ctx.arena->copy(out));
}

constexpr TypeSupport kJsonpathTypes[] = {
    {.oid = oid::jsonpath,
     .name = "jsonpath",
     .physical = PhysicalType::varlen,
     .input = input,
     .output = [](EvalContext&, const Datum& d, std::string& out) { out += d.as<std::string_view>(); },
     .receive =
         [](EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t typmod) {
           WireReader reader(bytes);
           const auto version = reader.read<std::uint8_t>();
           if (version != 1)
             throw SqlError("XX000", fmt::format("unsupported jsonpath version number: {}", version));
           return input(ctx, as_text(reader.read_bytes(reader.left())), typmod);
         },
     .send =
         [](EvalContext&, const Datum& d, std::string& out) {
           append_wire(out, std::uint8_t{1});
           out += d.as<std::string_view>();
         },
     .compare = nullptr,
     .hash = nullptr,
     .encode_key = nullptr}};

}  // namespace

void set_jsonpath_pattern_check(JsonPathPatternCheck check) { pattern_check = check; }

std::string_view jsonpath_operation_name(Kind kind) {
  switch (kind) {
    case Kind::and_: return "&&";
    case Kind::or_: return "||";
    case Kind::equal: return "==";
    case Kind::not_equal: return "!=";
    case Kind::less: return "<";
    case Kind::greater: return ">";
    case Kind::less_or_equal: return "<=";
    case Kind::greater_or_equal: return ">=";
    case Kind::plus: case Kind::add: return "+";
    case Kind::minus: case Kind::subtract: return "-";
    case Kind::multiply: return "*";
    case Kind::divide: return "/";
    case Kind::modulo: return "%";
    case Kind::starts_with: return "starts with";
    case Kind::like_regex: return "like_regex";
    case Kind::type: return "type";
    case Kind::size: return "size";
    case Kind::abs: return "abs";
    case Kind::floor: return "floor";
    case Kind::ceiling: return "ceiling";
    case Kind::double_: return "double";
    case Kind::datetime: return "datetime";
    case Kind::keyvalue: return "keyvalue";
    default: return "?";
  }
}

void append_jsonpath(std::string& out, const JsonPath& path) {
  if (!path.lax) out += "strict ";
  print(out, *path.root, false, true);
}

std::span<const TypeSupport> jsonpath_types() { return kJsonpathTypes; }

}  // namespace types
