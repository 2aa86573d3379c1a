// Taking the literals out of a text, so that texts that differ only in them share a plan.
//
// How a session uses it, for each simple-protocol text with one statement:
//   1. make_template(text): the key, and the literals found.
//   2. Key unknown: parse() and choose_literals(), analyse with the chosen ones as parameters
//      (analyzer::LiftedLiteral), plan, keep {plan, LiftPlan} under the key.
//   3. Key known: a kept plan whose LiftPlan fits() runs with the literals as parameter values. If
//      converting a value to the parameter's type fails, analyse the text as it stands: the error
//      then has PostgreSQL's words and position.
//
// Lifting never changes a result: what stands where a constant means more than its value (ORDER BY
// 1, type modifiers, '1 day'::interval, GROUP BY expressions, LIKE patterns that an index may
// serve, ...) is kept as part of the plan and compared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parser/parse.h"

namespace parser {

enum class LiteralType : std::uint8_t { int4, int8, numeric, string };

struct TextLiteral {
  LiteralType type;
  int location;  // byte offset of its first character, a sign not included
  int length;
  // Numbers as written; strings without quotes, doubled quotes resolved. Points into the text or
  // into TextTemplate::unescaped.
  std::string_view value;
};

struct TextTemplate {
  // The text with each literal replaced by a mark of its type: equal keys parse to trees that
  // differ in these literals alone.
  std::string key;
  std::vector<TextLiteral> literals;
  std::vector<char> unescaped;  // strings that are not in the text as they are meant
};

// By PostgreSQL's lexical rules with standard_conforming_strings on. Nullopt when lifting is not
// worth it or not safe: more than one statement, not SELECT, INSERT, UPDATE, DELETE or WITH, $n
// parameters, U&'' strings, strings continued over lines, over kMaximumLiterals literals.
// The text outlives the template.
std::optional<TextTemplate> make_template(std::string_view text);
// The same into a template that is used again and again, so that nothing is allocated.
bool make_template(std::string_view text, TextTemplate& into);
inline constexpr std::size_t kMaximumLiterals = 64;

// Which literals of a template became parameters.
struct LiftPlan {
  struct Choice {
    int parameter = 0;     // from 1; 0: not lifted, `fixed` must be the same
    bool negated = false;  // the grammar made -5 one constant: the value is minus the literal
    int location = -1;     // where analysis finds it
    std::string fixed;
  };
  std::vector<Choice> choices;  // one for each literal of the template
  int parameters = 0;

  // Whether a text of the same key can run the plan.
  bool fits(const TextTemplate& text) const;
};

// Whether minus these digits is of a smaller type than the digits: -2147483648 is an int4.
bool has_another_type_negated(std::string_view digits);

// The literals of `tree`'s one statement that may become parameters without changing what it
// means. `text` is the template of tree.text().
LiftPlan choose_literals(const ParseTree& tree, const TextTemplate& text);

}  // namespace parser
