// As PostgreSQL's default parser makes them: covers are the shortest runs of words that satisfy the
// query; the best ones, lengthened or shortened to what is wanted, are the headline.
#include "text_search/headline.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "options.h"
#include "types/integer.h"
#include "types/sql_error.h"

namespace text_search {
namespace {

using types::TsQueryNode;

struct Word {
  std::string_view text;
  TokenType type;
  const TsQueryNode* operand = nullptr;  // that it matches
  int position = 0;
  bool repeated = false;  // the word before once more, for another operand
  bool shown = false, marked = false, blanked = false, skipped = false;
};

bool is_composite(TokenType type) {
  using enum TokenType;
  return type == url || type == numhword || type == asciihword || type == hword;
}
bool counts(const Word& word) {
  return word.type != TokenType::blank && word.type != TokenType::tag && !is_composite(word.type);
}

class Headline {
 public:
  Headline(const HeadlineOptions& options, const TsQueryNode* query) : options_(options), query_(query) {
    if (query != nullptr) collect(*query);
    max_cover_ = std::max(options.max_words * 10, 100);
    if (options.max_fragments > 0) max_cover_ *= options.max_fragments;
  }

  void read(const Configuration& configuration, types::Arena& arena, std::string_view text, Remarks& remarks) {
    TokenReader reader(text);
    Lexizer lexizer(configuration, arena);
    int position = 0;
    for (bool more = true; more;) {
      const auto token = reader.next();
      more = token.has_value();
      if (token && token->text.size() >= kMaxWordSize) {
        remarks.word_too_long();
        continue;
      }
      lexizer.feed(token.value_or(Token{}));
      for (;;) {
        const Normals* normals = lexizer.next();
        if (normals != nullptr) ++position;
        const int first = position;
        for (const Token& used : lexizer.used()) {
          if (used.type == TokenType::end) continue;
          words_.push_back({used.text, used.type});
          position = first;
          if (normals == nullptr) continue;
          for (const Normal& normal : *normals) {
            if (normal.next_position) ++position;
            match(normal.text, position);
          }
        }
        if (normals == nullptr) break;
      }
    }
  }

  void choose() {
    if (options_.max_fragments > 0) choose_fragments();
    else choose_run();
  }

  std::string text() const {
    std::string out;
    bool inside = false;
    int fragments = 0;
    for (const Word& word : words_) {
      if (word.repeated) continue;
      if (!word.shown) {
        inside = false;
        continue;
      }
      if (!inside) {
        inside = true;
        if (++fragments > 1) out += options_.delimiter;
      }
      if (word.blanked) {
        out += ' ';
      } else if (!word.skipped) {
        if (word.marked) out += options_.start;
        out += word.text;
        if (word.marked) out += options_.stop;
      }
    }
    return out;
  }

 private:
  void collect(const TsQueryNode& node) {
    if (node.operation == types::TsOperation::lexeme) {
      operands_.push_back(&node);
      return;
    }
    collect(*node.left);
    if (node.right) collect(*node.right);
  }

  void match(std::string_view lexeme, int position) {
    const std::size_t at = words_.size() - 1;
    for (const TsQueryNode* operand : operands_) {
      if (operand->prefix ? !lexeme.starts_with(operand->text) : lexeme != operand->text) continue;
      if (words_[at].operand != nullptr) {
        Word again = words_[at];
        again.operand = operand;
        again.repeated = true;
        again.position = position;
        words_.push_back(again);
      } else {
        words_[at].operand = operand;
        words_[at].position = position;
      }
    }
  }

  int size() const { return static_cast<int>(words_.size()); }
  const Word& at(int i) const { return words_[static_cast<std::size_t>(i)]; }
  bool is_wanted(int i) const { return at(i).operand != nullptr && !at(i).repeated; }
  bool ends_badly(int i) const {
    using enum TokenType;
    const TokenType type = at(i).type;
    const bool no_end = !counts(at(i)) || type == sfloat || type == version || type == float_ || type == int_ ||
                        type == uint || type == protocol || type == entity;
    return (no_end || static_cast<int>(at(i).text.size()) <= options_.short_word) && !is_wanted(i);
  }

  int next_operand(int from) const {
    for (int i = from; i < size(); ++i)
      if (at(i).operand != nullptr) return i;
    return -1;
  }
  bool satisfies(int first, int last) const {
    return types::ts_match(query_, [&](const TsQueryNode& operand, std::vector<int>& positions) {
      bool found = false;
      for (int i = first; i <= last; ++i) {
        if (at(i).operand != &operand) continue;
        found = true;
        if (positions.empty() || positions.back() < at(i).position) positions.push_back(at(i).position);
      }
      return found;
    });
  }

  // The first cover that begins at `first` or later.
  bool next_cover(int& first, int& last) const {
    for (int begin = next_operand(first); begin >= 0;) {
      int next_begin = -1;
      for (int end = begin;;) {
        if (satisfies(begin, end)) {
          first = begin;
          last = end;
          return true;
        }
        const int next = next_operand(end + 1);
        if (end == begin) next_begin = next;
        end = next;
        if (end < 0 || end - begin >= max_cover_) break;
      }
      begin = next_begin;
    }
    return false;
  }

  void show(int first, int last) {
    for (int i = first; i <= last; ++i) {
      Word& word = words_[static_cast<std::size_t>(i)];
      if (word.operand != nullptr) word.marked = true;
      if (is_composite(word.type)) word.skipped = true;
      else if (word.type == TokenType::tag && !options_.highlight_all) word.blanked = true;
      word.shown = !word.repeated;
    }
  }

  void show_beginning() {
    int counted = 0, last = 0;
    for (int i = 0; i < size() && counted < options_.min_words; ++i) {
      if (counts(at(i))) ++counted;
      last = i;
    }
    if (!words_.empty()) show(0, last);
  }

  struct Run {
    int first = -1, last = -1;
    int wanted = -1;
    bool has_cover = false;
  };

  // A cover made as long as is wished, ending at a good place.
  Run stretch(int first, int last) const {
    Run run{first, first, 0, false};
    int counted = 0;
    auto take = [&](int i) {
      if (counts(at(i))) ++counted;
      if (is_wanted(i)) ++run.wanted;
    };
    int i = first;
    for (; i <= last && counted < options_.max_words; ++i) {
      take(i);
      run.last = i;
    }
    if (counted < options_.max_words) {
      for (i = i - 1; i < size() && counted < options_.max_words; ++i) {
        if (i > last) take(i);
        run.last = i;
        if (!ends_badly(i) && counted >= options_.min_words) break;
      }
      if (counted < options_.min_words) {
        for (i = first - 1; i >= 0; --i) {
          take(i);
          if (counted >= options_.max_words) break;
          if (!ends_badly(i) && counted >= options_.min_words) break;
        }
        run.first = std::max(i, 0);
      }
    } else {
      for (i = std::min(i, last); counted > options_.min_words && ends_badly(i); --i) {
        if (counts(at(i))) --counted;
        if (is_wanted(i)) --run.wanted;
        run.last = i - 1;
      }
    }
    run.has_cover = run.first <= first && run.last >= last;
    return run;
  }

  void choose_run() {
    if (options_.highlight_all) {
      show(0, size() - 1);
      return;
    }
    Run best;
    for (int first = 0, last = 0; next_cover(first, last); ++first) {
      const Run run = stretch(first, last);
      const bool better = run.has_cover != best.has_cover ? run.has_cover
                          : run.wanted != best.wanted     ? run.wanted > best.wanted
                                                          : !ends_badly(run.last) && ends_badly(best.last);
      if (better) best = run;
    }
    if (best.wanted < 0) show_beginning();
    else show(best.first, best.last);
  }

  struct Fragment {
    int first, last;
    int counted = 0, wanted = 0;
    bool chosen = false, excluded = false;
  };

  // Begins and ends with wanted words, and is not too long.
  Fragment cut(int first, int last) const {
    for (int i = first; i <= last; ++i) {
      first = i;
      if (is_wanted(i)) break;
    }
    Fragment fragment{first, last};
    int i = first;
    for (; i <= last && fragment.counted < options_.max_words; ++i) {
      if (counts(at(i))) ++fragment.counted;
      if (is_wanted(i)) ++fragment.wanted;
    }
    if (last > i) {
      for (; i >= first; --i) {
        fragment.last = i;
        if (is_wanted(i)) break;
        if (counts(at(i))) --fragment.counted;
      }
    }
    return fragment;
  }

  void choose_fragments() {
    std::vector<Fragment> fragments;
    for (int first = 0, last = 0; next_cover(first, last); ++first)
      for (int at = first; at <= last;) {
        fragments.push_back(cut(at, last));
        at = fragments.back().last + 1;
      }
    int shown = 0;
    for (; shown < options_.max_fragments; ++shown) {
      Fragment* best = nullptr;
      int wanted = 0, counted = std::numeric_limits<int>::max();
      for (Fragment& f : fragments) {
        if (f.chosen || f.excluded) continue;
        if (wanted < f.wanted || (wanted == f.wanted && counted > f.counted)) {
          wanted = f.wanted;
          counted = f.counted;
          best = &f;
        }
      }
      if (best == nullptr) break;
      best->chosen = true;
      lengthen(*best);
      show(best->first, best->last);
      for (Fragment& f : fragments)
        if (&f != best && f.first <= best->last && f.last >= best->first) f.excluded = true;
    }
    if (shown == 0) show_beginning();
  }

  // On both sides, up to what is shown already.
  void lengthen(Fragment& f) const {
    if (f.counted >= options_.max_words) return;
    const int most = (options_.max_words - f.counted) / 2;
    int edge = f.first;
    int i = f.first - 1;
    for (int added = 0; i >= 0 && added < most && !at(i).shown; --i) {
      if (counts(at(i))) {
        ++f.counted;
        ++added;
      }
      edge = i;
    }
    for (i = edge; i < f.first && ends_badly(i); ++i)
      if (counts(at(i))) --f.counted;
    f.first = i;
    edge = f.last;
    for (i = f.last + 1; i < size() && f.counted < options_.max_words && !at(i).shown; ++i) {
      if (counts(at(i))) ++f.counted;
      edge = i;
    }
    for (i = edge; i > f.last && ends_badly(i); --i)
      if (counts(at(i))) --f.counted;
    f.last = i;
  }

  const HeadlineOptions& options_;
  const TsQueryNode* query_;
  std::vector<const TsQueryNode*> operands_;
  std::vector<Word> words_;
  int max_cover_;
};

}  // namespace

HeadlineOptions parse_headline_options(std::string_view text) {
  using types::SqlError;
  HeadlineOptions options;
  for (const Option& option : parse_options(text)) {
    auto is = [&](std::string_view name) { return same_name(option.name, name); };
    auto number = [&] { return types::parse_int32(option.value); };
    if (is("MaxWords")) options.max_words = number();
    else if (is("MinWords")) options.min_words = number();
    else if (is("ShortWord")) options.short_word = number();
    else if (is("MaxFragments")) options.max_fragments = number();
    else if (is("StartSel")) options.start = option.value;
    else if (is("StopSel")) options.stop = option.value;
    else if (is("FragmentDelimiter")) options.delimiter = option.value;
    else if (is("HighlightAll")) {
      options.highlight_all = false;
      for (std::string_view yes : {"1", "on", "true", "t", "y", "yes"})
        options.highlight_all = options.highlight_all || same_name(option.value, yes);
    } else {
      refuse_option("headline", option);
    }
  }
  if (!options.highlight_all) {
    auto require = [](bool condition, const char* message) {
      if (!condition) throw SqlError("22023", message);
    };
    require(options.min_words < options.max_words, "MinWords should be less than MaxWords");
    require(options.min_words > 0, "MinWords should be positive");
    require(options.short_word >= 0, "ShortWord should be >= 0");
    require(options.max_fragments >= 0, "MaxFragments should be >= 0");
  }
  return options;
}

std::string make_headline(const Configuration& configuration, types::Arena& arena, std::string_view text,
                          const TsQueryNode* query, const HeadlineOptions& options, Remarks& remarks) {
  Headline headline(options, query);
  headline.read(configuration, arena, text, remarks);
  headline.choose();
  return headline.text();
}

}  // namespace text_search
