// Functions that SQL spells in ways of their own: EXTRACT(day FROM x), TRIM(BOTH y FROM x), ...
#include <algorithm>

#include "deparser.h"

namespace query {

// False: there is no such spelling for it, so it is an ordinary call.
bool Deparser::special_syntax(const Expression& e, const Call& c) {
  if (xml_syntax(e, c)) return true;
  std::string name = names_.function_name(c.function);
  if (const std::size_t dot = name.rfind('.'); dot != std::string::npos) name.erase(0, dot + 1);
  std::erase(name, '"');
  const auto& arguments = c.arguments;
  const std::size_t count = arguments.size();
  auto bare = [&](std::size_t i) { expression(*arguments[i], false); };
  auto word = [&](std::size_t i) {
    const auto* constant = std::get_if<Constant>(&arguments[i]->node);
    out_ += constant != nullptr ? names_.value_text(arguments[i]->type.oid, constant->value) : "";
  };

  if (name == "timezone" && count == 2) {
    out_ += '(';
    argument(*arguments[1], &e, false);
    out_ += " AT TIME ZONE ";
    argument(*arguments[0], &e, false);
    out_ += ')';
  } else if (name == "overlaps" && count == 4) {
    out_ += "((";
    bare(0);
    out_ += ", ";
    bare(1);
    out_ += ") OVERLAPS (";
    bare(2);
    out_ += ", ";
    bare(3);
    out_ += "))";
  } else if (name == "extract" && count == 2) {
    out_ += "EXTRACT(";
    word(0);
    out_ += " FROM ";
    bare(1);
    out_ += ')';
  } else if (name == "is_normalized") {
    out_ += '(';
    argument(*arguments[0], &e, false);
    out_ += " IS";
    if (count == 2) {
      out_ += ' ';
      word(1);
    }
    out_ += " NORMALIZED)";
  } else if (name == "pg_collation_for") {
    out_ += "COLLATION FOR (";
    bare(0);
    out_ += ')';
  } else if (name == "normalize") {
    out_ += "NORMALIZE(";
    bare(0);
    if (count == 2) {
      out_ += ", ";
      word(1);
    }
    out_ += ')';
  } else if (name == "overlay" && count >= 3) {
    static constexpr const char* kBefore[] = {"OVERLAY(", " PLACING ", " FROM ", " FOR "};
    for (std::size_t i = 0; i < count; ++i) {
      out_ += kBefore[i];
      bare(i);
    }
    out_ += ')';
  } else if (name == "position" && count == 2) {
    out_ += "POSITION((";
    bare(1);
    out_ += ") IN (";
    bare(0);
    out_ += "))";
  } else if (name == "substring" && count == 3) {
    const bool similar = arguments[1]->type.oid == types::oid::text;
    out_ += "SUBSTRING(";
    bare(0);
    out_ += similar ? " SIMILAR " : " FROM ";
    bare(1);
    out_ += similar ? " ESCAPE " : " FOR ";
    bare(2);
    out_ += ')';
  } else if (name == "substring" && count == 2 && arguments[1]->type.oid == types::oid::int4) {
    out_ += "SUBSTRING(";
    bare(0);
    out_ += " FROM ";
    bare(1);
    out_ += ')';
  } else if ((name == "btrim" || name == "ltrim" || name == "rtrim") && count >= 1) {
    out_ += name == "btrim" ? "TRIM(BOTH" : name == "ltrim" ? "TRIM(LEADING" : "TRIM(TRAILING";
    if (count == 2) {
      out_ += ' ';
      bare(1);
    }
    out_ += " FROM ";
    bare(0);
    out_ += ')';
  } else {
    return false;
  }
  return true;
}

}  // namespace query
