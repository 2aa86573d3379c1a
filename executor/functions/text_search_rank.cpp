// ts_rank and ts_rank_cd: how well a document answers a query, by PostgreSQL's formulas (tsrank.c).
// Cover density: Clarke, Cormack, Tudhope, "Relevance Ranking for One to Three Term Queries", 1999.
#include <algorithm>
#include <array>
#include <climits>
#include <cmath>

#include "function_table.h"
#include "kernel.h"
#include "types/array.h"
#include "types/sql_error.h"
#include "types/text_search.h"

namespace functions {
namespace {

using std::string_view;
using types::Lexeme;
using types::SqlError;
using types::TsOperation;
using types::TsQueryNode;
using types::TsQueryPtr;
using types::TsVector;

// Of D, C, B, A.
using Weights = std::array<float, 4>;
constexpr Weights kDefaultWeights = {0.1f, 0.2f, 0.4f, 1.0f};

// Bits of the method: what the rank is divided by.
enum Normalization : int { kLogLength = 1, kLength = 2, kExtentDistance = 4, kUnique = 8, kLogUnique = 16, kItselfPlusOne = 32 };

Weights weights_of(string_view array) {
  const types::ArrayView view(array);
  if (view.dimensions() != 1) throw SqlError("2202E", "array of weight must be one-dimensional");
  if (view.size() < kDefaultWeights.size()) throw SqlError("2202E", "array of weight is too short");
  if (view.has_nulls()) throw SqlError("22004", "array of weight must not contain nulls");
  Weights weights{};
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    const float given = view.element(i).as<float>();
    weights[i] = given >= 0 ? given : kDefaultWeights[i];
    if (weights[i] > 1.0f) throw SqlError("22023", "weight out of range");
  }
  return weights;
}

float weight_of(const Weights& w, std::uint16_t position) { return w[static_cast<std::size_t>(Lexeme::weight(position))]; }

int length_of(const TsVector& vector) {
  std::size_t length = 0;
  for (const Lexeme& l : vector) length += std::max<std::size_t>(l.positions.size(), 1);
  return static_cast<int>(length);
}

void collect(TsQueryNode* q, std::vector<TsQueryNode*>& operands) {
  if (q == nullptr) return;
  if (q->operation == TsOperation::lexeme) operands.push_back(q);
  collect(q->left.get(), operands);
  collect(q->right.get(), operands);
}

// Each text once, in order.
std::vector<TsQueryNode*> unique_operands(TsQueryNode* query) {
  std::vector<TsQueryNode*> operands;
  collect(query, operands);
  std::stable_sort(operands.begin(), operands.end(), [](auto* a, auto* b) { return a->text < b->text; });
  operands.erase(std::unique(operands.begin(), operands.end(), [](auto* a, auto* b) { return a->text == b->text; }),
                 operands.end());
  return operands;
}

// The document's lexemes that the operand names.
std::span<const Lexeme> entries_of(const TsVector& vector, const TsQueryNode& operand) {
  const auto first = std::lower_bound(vector.begin(), vector.end(), operand.text,
                                      [](const Lexeme& l, string_view text) { return l.text < text; });
  auto last = first;
  while (last != vector.end() && (operand.prefix ? last->text.starts_with(operand.text) : last->text == operand.text))
    ++last;
  return {first, last};
}

float word_distance(int distance) {
  if (distance > 100) return 1e-30f;
  return static_cast<float>(1.0 / (1.005 + 0.05 * std::exp(static_cast<double>(static_cast<float>(distance)) / 1.5 - 2)));
}

float rank_any(const Weights& w, const TsVector& vector, const std::vector<TsQueryNode*>& operands) {
  constexpr double kSumOfInverseSquares = 1.64493406685;  // pi^2 / 6
  float result = 0;
  for (const TsQueryNode* operand : operands)
    for (const Lexeme& entry : entries_of(vector, *operand)) {
      const std::vector<std::uint16_t> none{0};
      const auto& positions = entry.positions.empty() ? none : entry.positions;
      float sum = 0, best = -1;
      int best_at = 0;
      for (int j = 0; j < static_cast<int>(positions.size()); ++j) {
        const float weight = weight_of(w, positions[static_cast<std::size_t>(j)]);
        sum = sum + weight / static_cast<float>((j + 1) * (j + 1));
        if (weight > best) {
          best = weight;
          best_at = j;
        }
      }
      result = static_cast<float>(
          result + (best + sum - best / static_cast<float>((best_at + 1) * (best_at + 1))) / kSumOfInverseSquares);
    }
  return operands.empty() ? result : result / static_cast<float>(operands.size());
}

float rank_all(const Weights& w, const TsVector& vector, const std::vector<TsQueryNode*>& operands) {
  if (operands.size() < 2) return rank_any(w, vector, operands);
  const std::vector<std::uint16_t> unknown{static_cast<std::uint16_t>(types::kMaxLexemePosition)};
  std::vector<const std::vector<std::uint16_t>*> seen(operands.size(), nullptr);
  float result = -1;
  for (std::size_t i = 0; i < operands.size(); ++i)
    for (const Lexeme& entry : entries_of(vector, *operands[i])) {
      seen[i] = entry.positions.empty() ? &unknown : &entry.positions;
      for (std::size_t k = 0; k < i; ++k) {
        if (seen[k] == nullptr) continue;
        for (const std::uint16_t a : *seen[i])
          for (const std::uint16_t b : *seen[k]) {
            int distance = std::abs(Lexeme::position(a) - Lexeme::position(b));
            if (distance == 0) {
              if (seen[i] != &unknown && seen[k] != &unknown) continue;
              distance = types::kMaxLexemePosition + 1;
            }
            const float current = static_cast<float>(
                std::sqrt(static_cast<double>(weight_of(w, a) * weight_of(w, b) * word_distance(distance))));
            result = result < 0 ? current : static_cast<float>(1.0 - (1.0 - result) * (1.0 - current));
          }
      }
    }
  return result;
}

float rank(const Weights& w, string_view document, string_view query_bytes, int method) {
  const TsVector vector = types::read_tsvector(document);
  const TsQueryPtr query = types::read_tsquery(query_bytes);
  if (vector.empty() || !query) return 0;
  const auto operands = unique_operands(query.get());
  float result = query->operation == TsOperation::and_ || query->operation == TsOperation::phrase
                     ? rank_all(w, vector, operands)
                     : rank_any(w, vector, operands);
  if (result < 0) result = 1e-20f;
  const double lexemes = static_cast<double>(vector.size());
  if ((method & kLogLength) != 0) result = static_cast<float>(result / (std::log(length_of(vector) + 1.0) / std::log(2.0)));
  if ((method & kLength) != 0) result /= static_cast<float>(length_of(vector));
  if ((method & kUnique) != 0) result /= static_cast<float>(lexemes);
  if ((method & kLogUnique) != 0) result = static_cast<float>(result / (std::log(lexemes + 1) / std::log(2.0)));
  if ((method & kItselfPlusOne) != 0) result /= result + 1;
  return result;
}

// One place of the document with the operands (by number) that it answers.
struct Place {
  std::uint16_t position = 0;
  const Lexeme* entry = nullptr;
  std::vector<int> operands;
};

// Finds the covers of a document one after the other: shortest stretches that answer the query.
class Covers {
 public:
  Covers(const TsVector& vector, TsQueryPtr query) : query_(std::move(query)) {
    std::vector<TsQueryNode*> operands;
    collect(query_.get(), operands);
    for (std::size_t i = 0; i < operands.size(); ++i)
      for (const Lexeme& entry : entries_of(vector, *operands[i]))
        for (const std::uint16_t p : entry.positions)
          if (operands[i]->weights == 0 || (operands[i]->weights >> Lexeme::weight(p) & 1) != 0)
            places.push_back({p, &entry, {static_cast<int>(i)}});
    std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
      return std::tuple(Lexeme::position(a.position), Lexeme::weight(a.position), a.entry) <
             std::tuple(Lexeme::position(b.position), Lexeme::weight(b.position), b.entry);
    });
    std::size_t kept = 0;
    for (std::size_t i = 1; i < places.size(); ++i)
      if (places[i].position == places[kept].position && places[i].entry == places[kept].entry)
        places[kept].operands.push_back(places[i].operands[0]);
      else if (++kept != i)
        places[kept] = std::move(places[i]);
    if (!places.empty()) places.resize(kept + 1);
    // Each operand goes by its number from here on, so that those of one text stay apart.
    names_.reserve(operands.size());
    for (std::size_t i = 0; i < operands.size(); ++i) {
      names_.push_back(std::to_string(1'000'000 + i));
      *operands[i] = TsQueryNode{};
      operands[i]->text = names_.back();
    }
    found_.resize(operands.size());
  }

  // The next cover: places first to last.
  bool next(std::size_t& first, std::size_t& last) {
    for (; start_ < places.size(); ++start_) {
      forget();
      std::size_t upper = start_;
      while (upper < places.size() && !answers(places[upper])) ++upper;
      if (upper == places.size() || Lexeme::position(places[upper].position) == 0) return false;
      forget();
      for (std::size_t lower = upper + 1; lower-- > start_;) {
        if (!answers(places[lower])) continue;
        first = lower;
        last = upper;
        start_ = lower + 1;
        return true;
      }
    }
    return false;
  }

  std::vector<Place> places;

 private:
  void forget() {
    for (auto& positions : found_) positions.clear();
  }
  // Whether what has been seen, and this, answers the query.
  bool answers(const Place& place) {
    for (const int operand : place.operands) {
      auto& positions = found_[static_cast<std::size_t>(operand)];
      if (positions.empty() || Lexeme::position(positions.back()) != Lexeme::position(place.position))
        positions.push_back(place.position);
    }
    TsVector seen;
    for (std::size_t i = 0; i < found_.size(); ++i) {
      if (found_[i].empty()) continue;
      seen.push_back({names_[i], found_[i]});
      std::sort(seen.back().positions.begin(), seen.back().positions.end(),
                [](auto a, auto b) { return Lexeme::position(a) < Lexeme::position(b); });
    }
    return types::ts_match(seen, query_.get());
  }

  TsQueryPtr query_;
  std::vector<std::string> names_;
  std::vector<std::vector<std::uint16_t>> found_;  // by operand
  std::size_t start_ = 0;
};

float rank_covers(const Weights& w, string_view document, string_view query_bytes, int method) {
  const TsVector vector = types::read_tsvector(document);
  TsQueryPtr query = types::read_tsquery(query_bytes);
  if (vector.empty() || !query) return 0;
  Covers covers(vector, std::move(query));
  if (covers.places.empty()) return 0;
  double result = 0, distances = 0, previous = 0;
  int extents = 0;
  std::size_t first = 0, last = 0;
  while (covers.next(first, last)) {
    double inverse = 0;
    for (std::size_t i = first; i <= last; ++i) inverse += 1.0 / static_cast<double>(weight_of(w, covers.places[i].position));
    const int count = static_cast<int>(last - first);
    const int begin = Lexeme::position(covers.places[first].position), end = Lexeme::position(covers.places[last].position);
    // Positions past the largest are all alike: half of the cover is taken for noise then.
    int noise = end - begin - count;
    if (noise < 0) noise = count / 2;
    result += (count + 1) / inverse / (1 + noise);
    const double middle = (end + begin) / 2.0;
    if (extents > 0 && middle > previous) distances += 1.0 / (middle - previous);
    previous = middle;
    ++extents;
  }
  const double lexemes = static_cast<double>(vector.size());
  if ((method & kLogLength) != 0) result /= std::log(length_of(vector) + 1.0);
  if ((method & kLength) != 0) result /= length_of(vector);
  if ((method & kExtentDistance) != 0 && extents > 0 && distances > 0) result /= extents / distances;
  if ((method & kUnique) != 0) result /= lexemes;
  if ((method & kLogUnique) != 0) result /= std::log(lexemes + 1) / std::log(2.0);
  if ((method & kItselfPlusOne) != 0) result /= result + 1;
  return static_cast<float>(result);
}

using Rank = float (*)(const Weights&, string_view, string_view, int);

template <Rank rank_by>
float with_all(string_view weights, string_view v, string_view q, std::int32_t method) {
  return rank_by(weights_of(weights), v, q, method);
}
template <Rank rank_by>
float with_weights(string_view weights, string_view v, string_view q) {
  return rank_by(weights_of(weights), v, q, 0);
}
template <Rank rank_by>
float with_method(string_view v, string_view q, std::int32_t method) {
  return rank_by(kDefaultWeights, v, q, method);
}
template <Rank rank_by>
float plain(string_view v, string_view q) {
  return rank_by(kDefaultWeights, v, q, 0);
}

constexpr ScalarFunction kTextSearchRankFunctions[] = {
    {"ts_rank_wttf", strict<&with_all<&rank>>},
    {"ts_rank_wtt", strict<&with_weights<&rank>>},
    {"ts_rank_ttf", strict<&with_method<&rank>>},
    {"ts_rank_tt", strict<&plain<&rank>>},
    {"ts_rankcd_wttf", strict<&with_all<&rank_covers>>},
    {"ts_rankcd_wtt", strict<&with_weights<&rank_covers>>},
    {"ts_rankcd_ttf", strict<&with_method<&rank_covers>>},
    {"ts_rankcd_tt", strict<&plain<&rank_covers>>},
};

}  // namespace

std::span<const ScalarFunction> text_search_rank_functions() { return kTextSearchRankFunctions; }

}  // namespace functions
