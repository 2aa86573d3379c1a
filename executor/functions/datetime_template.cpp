#include "datetime_template.h"

#include <list>

#include "types/ascii.h"
#include "types/sql_error.h"
#include "types/utf8.h"

namespace functions {
namespace {

struct Keyword {
  std::string_view name;  // upper case
  DatePattern pattern;
  bool capitalized;  // exists as "Day", too
};

// Longer ones before their prefixes.
constexpr Keyword kKeywords[] = {
    {"A.D.", DatePattern::ad_dots, false}, {"A.M.", DatePattern::am_dots, false},
    {"AD", DatePattern::ad, false},        {"AM", DatePattern::am, false},
    {"B.C.", DatePattern::ad_dots, false}, {"BC", DatePattern::ad, false},
    {"CC", DatePattern::cc, false},        {"DAY", DatePattern::day, true},
    {"DDD", DatePattern::ddd, false},      {"DD", DatePattern::dd, false},
    {"DY", DatePattern::dy, true},         {"D", DatePattern::d, false},
    {"FF1", DatePattern::ff, false},       {"FF2", DatePattern::ff, false},
    {"FF3", DatePattern::ff, false},       {"FF4", DatePattern::ff, false},
    {"FF5", DatePattern::ff, false},       {"FF6", DatePattern::ff, false},
    {"HH24", DatePattern::hh24, false},    {"HH12", DatePattern::hh12, false},
    {"HH", DatePattern::hh12, false},      {"IDDD", DatePattern::iddd, false},
    {"ID", DatePattern::id, false},        {"IW", DatePattern::iw, false},
    {"IYYY", DatePattern::iyyy, false},    {"IYY", DatePattern::iyy, false},
    {"IY", DatePattern::iy, false},        {"I", DatePattern::i, false},
    {"J", DatePattern::j, false},          {"MI", DatePattern::mi, false},
    {"MM", DatePattern::mm, false},        {"MONTH", DatePattern::month, true},
    {"MON", DatePattern::mon, true},       {"MS", DatePattern::ms, false},
    {"OF", DatePattern::of, false},        {"P.M.", DatePattern::am_dots, false},
    {"PM", DatePattern::am, false},        {"Q", DatePattern::q, false},
    {"RM", DatePattern::rm, false},        {"SSSSS", DatePattern::ssss, false},
    {"SSSS", DatePattern::ssss, false},    {"SS", DatePattern::ss, false},
    {"TZH", DatePattern::tzh, false},      {"TZM", DatePattern::tzm, false},
    {"TZ", DatePattern::tz, false},        {"US", DatePattern::us, false},
    {"WW", DatePattern::ww, false},        {"W", DatePattern::w, false},
    {"Y,YYY", DatePattern::y_yyy, false},  {"YYYY", DatePattern::yyyy, false},
    {"YYY", DatePattern::yyy, false},      {"YY", DatePattern::yy, false},
    {"Y", DatePattern::y, false},
};

// All upper, all lower, or (some names) capitalized.
bool matches(std::string_view text, const Keyword& keyword, LetterCase& letters) {
  if (text.size() < keyword.name.size()) return false;
  bool upper = true, low = true, capital = keyword.capitalized;
  for (std::size_t i = 0; i < keyword.name.size(); ++i) {
    char u = keyword.name[i], l = types::lower_ascii(u);
    upper &= text[i] == u;
    low &= text[i] == l;
    capital &= text[i] == (i == 0 ? u : l);
  }
  letters = upper ? LetterCase::upper : low ? LetterCase::lower : LetterCase::capital;
  return upper || low || capital;
}

}  // namespace

bool reads_digits(DatePattern pattern) {
  switch (pattern) {
    case DatePattern::ad:
    case DatePattern::ad_dots:
    case DatePattern::am:
    case DatePattern::am_dots:
    case DatePattern::day:
    case DatePattern::dy:
    case DatePattern::month:
    case DatePattern::mon:
    case DatePattern::of:
    case DatePattern::rm:
    case DatePattern::tz:
    case DatePattern::tzh:
      return false;
    default:
      return true;
  }
}

DateTemplate DateTemplate::parse(std::string_view text, TemplateRules rules) {
  DateTemplate result;
  std::size_t i = 0;
  auto starts = [&](std::string_view upper, std::string_view low) {
    auto rest = text.substr(i);
    return rest.starts_with(upper) || rest.starts_with(low);
  };
  while (i < text.size()) {
    TemplateNode node;
    // One modifier before a pattern; before anything else it says nothing.
    if (starts("FM", "fm")) {
      node.fill = false;
      i += 2;
    } else if (starts("TM", "tm")) {
      node.localized = true;
      i += 2;
    }
    if (i >= text.size()) break;
    if (starts("FX", "fx")) {
      i += 2;
      // What may stand behind a pattern may stand behind this one, too.
      if (starts("TH", "th") || starts("SP", "SP")) i += 2;
      node.kind = TemplateNode::Kind::exact;
      result.nodes.push_back(std::move(node));
      continue;
    }
    bool found = false;
    for (const auto& keyword : kKeywords) {
      if (!matches(text.substr(i), keyword, node.letters)) continue;
      node.kind = TemplateNode::Kind::pattern;
      node.pattern = keyword.pattern;
      node.name = text.substr(i, keyword.name.size());
      if (keyword.pattern == DatePattern::ff) node.digits = static_cast<std::uint8_t>(text[i + 2] - '0');
      i += keyword.name.size();
      if (starts("TH", "TH")) {
        node.ordinal = TemplateNode::Ordinal::upper;
        i += 2;
      } else if (starts("th", "th")) {
        node.ordinal = TemplateNode::Ordinal::lower;
        i += 2;
      } else if (starts("SP", "SP")) {
        i += 2;
      }
      found = true;
      break;
    }
    if (found) {
      result.nodes.push_back(std::move(node));
      continue;
    }
    char c = text[i];
    if (c == '"') {
      // Quoted text stands for itself; a backslash protects a quote.
      ++i;
      while (i < text.size() && text[i] != '"') {
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        TemplateNode character;
        std::size_t width = types::utf8_width(static_cast<unsigned char>(text[i]));
        character.text = text.substr(i, width);
        result.nodes.push_back(character);
        i += width;
      }
      if (i < text.size()) ++i;
      continue;
    }
    if (rules == TemplateRules::standard && std::string_view("-./,':; ").find(c) == std::string_view::npos)
      throw types::SqlError("22007",
                            "invalid datetime format separator: \"" +
                                std::string(text.substr(i, types::utf8_width(static_cast<unsigned char>(c)))) + "\"");
    if (c == '\\' && i + 1 < text.size() && text[i + 1] == '"') c = text[++i];
    std::size_t width = types::utf8_width(static_cast<unsigned char>(c));
    node.text = text.substr(i, width);
    if (c == ' ' || (c >= '\t' && c <= '\r'))
      node.kind = TemplateNode::Kind::space;
    else if (width == 1 && !types::is_letter(c) && !types::is_digit(c))
      node.kind = TemplateNode::Kind::separator;
    i += width;
    result.nodes.push_back(std::move(node));
  }
  return result;
}

std::shared_ptr<const DateTemplate> DateTemplate::get(std::string_view text, TemplateRules rules) {
  struct Entry {
    std::string text;  // nodes borrow it
    TemplateRules rules;
    DateTemplate parsed;
  };
  // Long ones are not kept: a thread's cache stays small.
  constexpr std::size_t kCached = 16, kLongest = 256;
  auto make = [&] {
    auto entry = std::make_shared<Entry>();
    entry->text = text;
    entry->rules = rules;
    entry->parsed = parse(entry->text, rules);
    return entry;
  };
  auto parsed_of = [](std::shared_ptr<Entry> entry) {
    const DateTemplate* parsed = &entry->parsed;
    return std::shared_ptr<const DateTemplate>(std::move(entry), parsed);
  };
  if (text.size() > kLongest) return parsed_of(make());
  thread_local std::list<std::shared_ptr<Entry>> cache;
  for (auto it = cache.begin(); it != cache.end(); ++it) {
    if ((*it)->text != text || (*it)->rules != rules) continue;
    if (it != cache.begin()) cache.splice(cache.begin(), cache, it);
    return parsed_of(cache.front());
  }
  cache.push_front(make());
  if (cache.size() > kCached) cache.pop_back();
  return parsed_of(cache.front());
}

}  // namespace functions
