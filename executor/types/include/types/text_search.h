// tsvector and tsquery values.
//
// tsvector (native byte order): u32 lexemes; per lexeme, in order: u16 size, u16 positions, bytes,
// u16 each: weight (0 D .. 3 A) << 14 | position. tsquery: nodes in prefix order: u8 operation,
// u8 weights (bit 1 << weight), u8 prefix match, u16 distance or size, bytes of the lexeme.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "types/arena.h"

namespace types {

inline constexpr int kMaxLexemeSize = 2046;
inline constexpr int kMaxLexemePosition = 16383;
inline constexpr std::size_t kMaxLexemePositions = 255;

struct Lexeme {
  std::string_view text;
  std::vector<std::uint16_t> positions;  // ascending by position; weight in the two high bits

  static std::uint16_t position(std::uint16_t p) { return p & 0x3fff; }
  static int weight(std::uint16_t p) { return p >> 14; }
  static std::uint16_t make(int position, int weight) {
    return static_cast<std::uint16_t>(weight << 14 | position);
  }
};
// Order of lexemes: by bytes.
using TsVector = std::vector<Lexeme>;

TsVector read_tsvector(std::string_view bytes);
// Sorts, merges equal lexemes and their positions.
std::string_view make_tsvector(Arena& arena, TsVector lexemes);
void append_tsvector(std::string& out, const TsVector& vector);
// SqlError 42601, 54000.
TsVector parse_tsvector(Arena& arena, std::string_view text);
int compare_tsvectors(const TsVector& a, const TsVector& b);

enum class TsOperation : std::uint8_t { lexeme, not_, and_, or_, phrase };
struct TsQueryNode {
  TsOperation operation = TsOperation::lexeme;
  std::uint8_t weights = 0;  // of a lexeme; 0: any
  bool prefix = false;
  std::uint16_t distance = 0;  // of a phrase
  std::uint16_t height = 0;    // of what is below; a chain of operators is as high as it is long
  std::string_view text;
  std::unique_ptr<TsQueryNode> left, right;  // not: left alone
};
using TsQueryPtr = std::unique_ptr<TsQueryNode>;

TsQueryPtr read_tsquery(std::string_view bytes);  // null: the empty query
std::string_view make_tsquery(Arena& arena, const TsQueryNode* query);
void append_tsquery(std::string& out, const TsQueryNode* query);
TsQueryPtr parse_tsquery(Arena& arena, std::string_view text);
// What an operand of a query text stands for: a query, or null where only stop words are in it.
using TsOperandReader = std::function<TsQueryPtr(std::string_view text, std::uint8_t weights, bool prefix)>;
struct TsQueryText {
  TsQueryPtr query;        // with null for stop words below: see remove_stop_words
  bool has_operands = false;
};
TsQueryText parse_tsquery(Arena& arena, std::string_view text, const TsOperandReader& read);
// As websearch_to_tsquery reads it: words, "phrases", or, -; never an error.
TsQueryText parse_web_query(std::string_view text, const TsOperandReader& read);
// Takes the nulls out; distances of phrases keep counting them.
TsQueryPtr remove_stop_words(TsQueryPtr query);
std::int32_t tsquery_size(const TsQueryNode* query);
int compare_tsqueries(const TsQueryNode* a, const TsQueryNode* b);
TsQueryPtr make_ts_operation(TsOperation operation, TsQueryPtr left, TsQueryPtr right, int distance = 1);

// vector @@ query
bool ts_match(const TsVector& vector, const TsQueryNode* query);
// The same of anything that tells where an operand is: whether at all, and its ascending positions.
using TsOperandPlaces = std::function<bool(const TsQueryNode& operand, std::vector<int>& positions)>;
bool ts_match(const TsQueryNode* query, const TsOperandPlaces& find);

}  // namespace types
