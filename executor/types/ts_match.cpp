// vector @@ query, as PostgreSQL's TS_execute does it.
#include <algorithm>
#include <cstring>

#include "types/stored_tsvector.h"

namespace types {
namespace {

using Op = TsOperation;

// Where a phrase's end may be; `negate`: everywhere but there. `width`: distance to its start.
struct Places {
  std::vector<int> at;
  bool negate = false;
  bool unknown = false;  // a lexeme is there, but nobody knows where
  int width = 0;
  bool possible() const { return unknown || negate || !at.empty(); }
};

enum Emit { kBoth = 1, kLeftOnly = 2, kRightOnly = 4 };

std::vector<int> merge(const Places& left, const Places& right, int emit, int left_offset, int right_offset) {
  std::vector<int> out;
  std::size_t i = 0, j = 0;
  while (i < left.at.size() || j < right.at.size()) {
    const int l = i < left.at.size() ? left.at[i] + left_offset : 0x7fffffff;
    const int r = j < right.at.size() ? right.at[j] + right_offset : 0x7fffffff;
    if (l < r) {
      if ((emit & kLeftOnly) != 0 && l > 0) out.push_back(l);
      ++i;
    } else if (r < l) {
      if ((emit & kRightOnly) != 0 && r > 0) out.push_back(r);
      ++j;
    } else {
      if ((emit & kBoth) != 0 && l > 0) out.push_back(l);
      ++i;
      ++j;
    }
  }
  return out;
}

// Where operands are in a vector.
class VectorPlaces {
 public:
  explicit VectorPlaces(const TsVector& vector) : vector_(vector) {}

  bool has(const TsQueryNode& q) const {
    bool found = false;
    each(q, [&](const Lexeme& l) {
      // A lexeme without positions has no weight either, and meets any.
      if (q.weights == 0 || l.positions.empty()) {
        found = true;
        return;
      }
      for (std::uint16_t p : l.positions) found = found || (q.weights >> Lexeme::weight(p) & 1) != 0;
    });
    return found;
  }
  // `unknown`: one of the lexemes has no positions.
  std::vector<int> positions(const TsQueryNode& q, bool& unknown) const {
    std::vector<int> at;
    each(q, [&](const Lexeme& l) {
      unknown = unknown || l.positions.empty();
      for (std::uint16_t p : l.positions)
        if (q.weights == 0 || (q.weights >> Lexeme::weight(p) & 1) != 0) at.push_back(Lexeme::position(p));
    });
    std::sort(at.begin(), at.end());
    at.erase(std::unique(at.begin(), at.end()), at.end());
    return at;
  }

 private:
  // Lexemes that the operand names.
  template <typename F>
  void each(const TsQueryNode& q, F&& f) const {
    auto it = std::lower_bound(vector_.begin(), vector_.end(), q.text,
                               [](const Lexeme& l, std::string_view text) { return l.text < text; });
    for (; it != vector_.end(); ++it) {
      if (q.prefix ? !it->text.starts_with(q.text) : it->text != q.text) return;
      f(*it);
    }
  }

  const TsVector& vector_;
};

// The same where a value's bytes are.
class StoredPlaces {
 public:
  explicit StoredPlaces(std::string_view vector) : bytes_(vector.data()) {}

  bool has(const TsQueryNode& q) const {
    bool found = false;
    each(q, [&](const char* positions, std::uint16_t count) {
      found = found || q.weights == 0 || count == 0;
      for (std::uint16_t i = 0; i < count && !found; ++i)
        found = (q.weights >> Lexeme::weight(number<std::uint16_t>(positions + 2 * i)) & 1) != 0;
      return !found;
    });
    return found;
  }
  std::vector<int> positions(const TsQueryNode& q, bool& unknown) const {
    std::vector<int> at;
    each(q, [&](const char* positions, std::uint16_t count) {
      unknown = unknown || count == 0;
      for (std::uint16_t i = 0; i < count; ++i) {
        const auto p = number<std::uint16_t>(positions + 2 * i);
        if (q.weights == 0 || (q.weights >> Lexeme::weight(p) & 1) != 0) at.push_back(Lexeme::position(p));
      }
      return true;
    });
    std::sort(at.begin(), at.end());
    at.erase(std::unique(at.begin(), at.end()), at.end());
    return at;
  }

 private:
  template <typename T>
  static T number(const char* at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  // Lexemes that the operand names, until `f` wants no more.
  template <typename F>
  void each(const TsQueryNode& q, F&& f) const {
    const char* at = bytes_;
    auto left = number<std::uint32_t>(at);
    for (at += 4; left > 0; --left) {
      const auto size = number<std::uint16_t>(at), count = number<std::uint16_t>(at + 2);
      const std::string_view text(at + 4, size);
      at += 4 + size;
      if (q.prefix ? text.starts_with(q.text) : text == q.text) {
        if (!f(at, count)) return;
      } else if (text > q.text) {
        return;
      }
      at += 2 * count;
    }
  }

  const char* bytes_;
};

class FoundPlaces {
 public:
  explicit FoundPlaces(const TsOperandPlaces& find) : find_(find) {}
  bool has(const TsQueryNode& q) const {
    std::vector<int> at;
    return find_(q, at);
  }
  std::vector<int> positions(const TsQueryNode& q, bool&) const {
    std::vector<int> at;
    find_(q, at);
    return at;
  }

 private:
  const TsOperandPlaces& find_;
};

template <typename Source>
class Matcher {
 public:
  explicit Matcher(Source source) : source_(source) {}

  bool match(const TsQueryNode& q) const {
    switch (q.operation) {
      case Op::lexeme: return source_.has(q);
      case Op::not_: return !match(*q.left);
      case Op::and_: return match(*q.left) && match(*q.right);
      case Op::or_: return match(*q.left) || match(*q.right);
      case Op::phrase: {
        const Places found = places(q);
        return !found.unknown && found.possible();
      }
    }
    return false;
  }

 private:
  Places places(const TsQueryNode& q) const {
    Places result;
    switch (q.operation) {
      case Op::lexeme:
        result.at = source_.positions(q, result.unknown);
        return result;
      case Op::not_:
        result = places(*q.left);
        if (!result.unknown) result.negate = !result.negate;
        return result;
      case Op::phrase: case Op::and_: {
        const Places left = places(*q.left), right = places(*q.right);
        if (!left.possible() || !right.possible()) return result;
        if ((result.unknown = left.unknown || right.unknown)) return result;
        int left_offset, right_offset;
        if (q.operation == Op::phrase) {
          left_offset = q.distance + right.width;
          right_offset = 0;
          result.width = q.distance + left.width + right.width;
        } else {
          result.width = std::max(left.width, right.width);
          left_offset = result.width - left.width;
          right_offset = result.width - right.width;
        }
        if (left.negate && right.negate) {
          result.at = merge(left, right, kBoth | kLeftOnly | kRightOnly, left_offset, right_offset);
          result.negate = true;
        } else {
          result.at = merge(left, right, left.negate ? kRightOnly : right.negate ? kLeftOnly : kBoth,
                            left_offset, right_offset);
        }
        return result;
      }
      case Op::or_: {
        const Places left = places(*q.left), right = places(*q.right);
        if (!left.possible() && !right.possible()) return result;
        if ((result.unknown = left.unknown || right.unknown)) return result;
        result.width = std::max(left.width, right.width);
        const int left_offset = result.width - left.width, right_offset = result.width - right.width;
        result.negate = left.negate || right.negate;
        const int emit = left.negate && right.negate ? kBoth
                         : left.negate               ? kLeftOnly
                         : right.negate              ? kRightOnly
                                                     : kBoth | kLeftOnly | kRightOnly;
        result.at = merge(left, right, emit, left_offset, right_offset);
        return result;
      }
    }
    return result;
  }

  Source source_;
};

}  // namespace

bool ts_match(const TsVector& vector, const TsQueryNode* query) {
  return query != nullptr && Matcher(VectorPlaces(vector)).match(*query);
}
bool ts_match(std::string_view vector, const TsQueryNode* query) {
  return query != nullptr && Matcher(StoredPlaces(vector)).match(*query);
}
bool ts_match(const TsQueryNode* query, const TsOperandPlaces& find) {
  return query != nullptr && Matcher(FoundPlaces(find)).match(*query);
}

}  // namespace types
