#include "text_search_sets.h"

#include <map>

#include <fmt/format.h>

#include "text_search/token.h"
#include "text_search_context.h"
#include "types/text_search.h"

namespace functions {
namespace {

using std::string_view;
using types::Datum;
using types::EvalContext;
using types::SqlError;
using types::Vector;

class Nothing final : public SetFunctionRun {
 public:
  std::uint32_t next(EvalContext&, std::span<Vector>, std::uint32_t) override { return 0; }
};

// There may be several parsers by name, but they all are the default one's functions.
void require_parser(EvalContext& ctx, const FunctionCall& call, const Datum& parser) {
  if (call.arguments[0].oid != types::oid::oid_) {
    text_search_session(ctx).catalog_text("regparserin", {std::string(parser.as<string_view>())});
    return;
  }
  const std::string oid = std::to_string(parser.as<types::Oid>());
  if (!text_search_session(ctx).catalog_text("pg_ts_parser_is_visible", {oid}))
    throw SqlError("XX000", fmt::format("cache lookup failed for text search parser {}", oid));
}

class Tokens final : public SetFunctionRun {
 public:
  explicit Tokens(string_view text) : text_(text), reader_(text_) {}
  std::uint32_t next(EvalContext&, std::span<Vector> out, std::uint32_t capacity) override {
    std::uint32_t n = 0;
    for (; n < capacity; ++n) {
      const auto token = reader_.next();
      if (!token) break;
      out[0].set(n, static_cast<std::int32_t>(token->type));
      out[1].set(n, token->text);
    }
    return n;
  }

 private:
  std::string text_;
  text_search::TokenReader reader_;
};

class TokenTypes final : public SetFunctionRun {
 public:
  std::uint32_t next(EvalContext&, std::span<Vector> out, std::uint32_t capacity) override {
    const auto names = text_search::token_type_names();
    std::uint32_t n = 0;
    for (; n < capacity && at_ < names.size(); ++n, ++at_) {
      out[0].set(n, static_cast<std::int32_t>(names[at_].type));
      out[1].set(n, names[at_].alias);
      out[2].set(n, names[at_].description);
    }
    return n;
  }

 private:
  std::size_t at_ = 0;
};

class Statistics final : public SetFunctionRun {
 public:
  void count(const types::TsVector& vector, int weights) {
    for (const types::Lexeme& lexeme : vector) {
      std::int32_t entries = 0;
      for (std::uint16_t p : lexeme.positions)
        if (weights == 0 || (weights >> types::Lexeme::weight(p) & 1) != 0) ++entries;
      if (weights == 0 && lexeme.positions.empty()) entries = 1;
      if (entries == 0) continue;
      Count& count = words_[std::string(lexeme.text)];
      ++count.documents;
      count.entries += entries;
    }
  }
  void begin() { at_ = words_.begin(); }
  std::uint32_t next(EvalContext&, std::span<Vector> out, std::uint32_t capacity) override {
    std::uint32_t n = 0;
    for (; n < capacity && at_ != words_.end(); ++n, ++at_) {
      out[0].set(n, string_view(at_->first));
      out[1].set(n, at_->second.documents);
      out[2].set(n, at_->second.entries);
    }
    return n;
  }

 private:
  struct Count {
    std::int32_t documents = 0, entries = 0;
  };
  std::map<std::string, Count> words_;
  std::map<std::string, Count>::const_iterator at_;
};

bool any_null(std::span<const Datum> arguments) {
  for (const Datum& d : arguments)
    if (d.is_null) return true;
  return false;
}

}  // namespace

std::unique_ptr<SetFunctionRun> ts_parse(EvalContext& ctx, const FunctionCall& call, std::span<const Datum> a) {
  if (any_null(a)) return std::make_unique<Nothing>();
  require_parser(ctx, call, a[0]);
  return std::make_unique<Tokens>(a[1].as<string_view>());
}

std::unique_ptr<SetFunctionRun> ts_token_type(EvalContext& ctx, const FunctionCall& call, std::span<const Datum> a) {
  if (any_null(a)) return std::make_unique<Nothing>();
  require_parser(ctx, call, a[0]);
  return std::make_unique<TokenTypes>();
}

std::unique_ptr<SetFunctionRun> ts_stat(EvalContext& ctx, const FunctionCall&, std::span<const Datum> a) {
  if (any_null(a)) return std::make_unique<Nothing>();
  int weights = 0;
  if (a.size() > 1)
    for (char c : a[1].as<string_view>()) {
      const char upper = static_cast<char>(c & ~0x20);
      if (upper >= 'A' && upper <= 'D') weights |= 1 << ('D' - upper);
    }
  auto run = std::make_unique<Statistics>();
  text_search_session(ctx).each_query_row(
      a[0].as<string_view>(), [&](std::span<const types::TypeRef> columns, std::span<const Datum> row) {
        if (columns.size() != 1 || columns[0].oid != types::oid::tsvector)
          throw SqlError("22023", "ts_stat query must return one tsvector column");
        if (!row[0].is_null) run->count(types::read_tsvector(row[0].as<string_view>()), weights);
      });
  run->begin();
  return run;
}

}  // namespace functions
