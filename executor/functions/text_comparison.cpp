// Comparisons of text, varchar, char(n), name and bytea: bytewise, the "C" collation.
#include "comparison.h"
#include "function_table.h"
#include "types/text.h"

namespace functions {
namespace {

using std::string_view;

using TextBase = CompareBy<string_view, &types::compare_bytes>;
// Equality looks at the size first.
struct CompareText : TextBase {
  static bool eq(string_view a, string_view b) noexcept { return a == b; }
  static bool ne(string_view a, string_view b) noexcept { return a != b; }
};

int order_padded(string_view a, string_view b) {
  return types::compare_bytes(types::trim_padding(a), types::trim_padding(b));
}
struct CompareBpchar : CompareBy<string_view, &order_padded> {
  // Values of one length, as those of one column are, are padded alike.
  static bool eq(string_view a, string_view b) noexcept {
    return a.size() == b.size() ? a == b : types::trim_padding(a) == types::trim_padding(b);
  }
  static bool ne(string_view a, string_view b) noexcept { return !eq(a, b); }
};

bool starts_with(string_view text, string_view prefix) noexcept { return text.starts_with(prefix); }

constexpr ScalarFunction kTextComparisonFunctions[] = {
    {"texteq", strict<&CompareText::eq>},
    {"textne", strict<&CompareText::ne>},
    {"text_lt", strict<&CompareText::lt>},
    {"text_le", strict<&CompareText::le>},
    {"text_gt", strict<&CompareText::gt>},
    {"text_ge", strict<&CompareText::ge>},
    {"bttextcmp", strict<&CompareText::cmp>},
    {"text_larger", strict<&CompareText::larger>},
    {"text_smaller", strict<&CompareText::smaller>},
    {"text_pattern_lt", strict<&CompareText::lt>},
    {"text_pattern_le", strict<&CompareText::le>},
    {"text_pattern_gt", strict<&CompareText::gt>},
    {"text_pattern_ge", strict<&CompareText::ge>},
    {"bttext_pattern_cmp", strict<&CompareText::cmp>},
    {"text_starts_with", strict<&starts_with>},
    SEXTANT_COMPARISONS("name", CompareText),
    SEXTANT_COMPARISONS("bytea", CompareText),
    {"btnamecmp", strict<&CompareText::cmp>},
    {"byteacmp", strict<&CompareText::cmp>},
    {"nameeqtext", strict<&CompareText::eq>},
    {"namenetext", strict<&CompareText::ne>},
    {"namelttext", strict<&CompareText::lt>},
    {"nameletext", strict<&CompareText::le>},
    {"namegttext", strict<&CompareText::gt>},
    {"namegetext", strict<&CompareText::ge>},
    {"btnametextcmp", strict<&CompareText::cmp>},
    {"texteqname", strict<&CompareText::eq>},
    {"textnename", strict<&CompareText::ne>},
    {"textltname", strict<&CompareText::lt>},
    {"textlename", strict<&CompareText::le>},
    {"textgtname", strict<&CompareText::gt>},
    {"textgename", strict<&CompareText::ge>},
    {"bttextnamecmp", strict<&CompareText::cmp>},
    SEXTANT_COMPARISONS("bpchar", CompareBpchar),
    {"bpcharcmp", strict<&CompareBpchar::cmp>},
    {"bpchar_larger", strict<&CompareBpchar::larger>},
    {"bpchar_smaller", strict<&CompareBpchar::smaller>},
    {"bpchar_pattern_lt", strict<&CompareBpchar::lt>},
    {"bpchar_pattern_le", strict<&CompareBpchar::le>},
    {"bpchar_pattern_gt", strict<&CompareBpchar::gt>},
    {"bpchar_pattern_ge", strict<&CompareBpchar::ge>},
    {"btbpchar_pattern_cmp", strict<&CompareBpchar::cmp>},
};

}  // namespace

std::span<const ScalarFunction> text_comparison_functions() { return kTextComparisonFunctions; }

}  // namespace functions
