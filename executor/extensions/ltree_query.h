// What paths are asked: lquery, a pattern of levels, and ltxtquery, words joined by & | !. Their values are their texts as they
// are printed; whoever matches parses one once for a run of rows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace extensions {

inline constexpr int kMaxPathLevels = 65535, kMaxLabelCharacters = 255;

// A path's labels; none of the empty one.
void split_path(std::string_view path, std::vector<std::string_view>& labels);
std::size_t path_levels(std::string_view path);

// 42601, 42622 and 54000 as PostgreSQL words them.
void check_path(std::string_view text);

// One word, as flags make it: by its beginning (*), without regard to case (@), its parts between _ somewhere in the label (%).
struct LabelPattern {
  std::string text;
  bool prefix = false, any_case = false, words = false;

  bool matches(std::string_view label) const;
  void append_to(std::string& out) const;
};

class PathPattern {
 public:
  explicit PathPattern(std::string_view text);

  bool matches(std::string_view path) const;
  std::string text() const;
  std::string fixed_beginning() const;

 private:
  struct Item {
    std::vector<LabelPattern> labels;  // any of them; none: any label
    bool negated = false;
    bool counted = false;              // low and high were written
    std::int32_t low = 1, high = 1;

    bool matches(std::string_view label) const;
  };
  std::vector<Item> items_;
};

class PathWords {
 public:
  explicit PathWords(std::string_view text);

  bool matches(std::string_view path) const;
  std::string text() const;

 private:
  struct Node {
    char operation = 'w';  // & | ! or w: a word
    std::int32_t left = -1, right = -1;
    std::int32_t depth = 0;
    LabelPattern word;
  };
  friend class PathWordsSyntax;

  std::vector<Node> nodes_;  // children before their parents; the last one is the whole
};

}  // namespace extensions
