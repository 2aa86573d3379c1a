// ts_rewrite(): parts of a query replaced by others.
#pragma once

#include <memory>

#include "types/text_search.h"

namespace types {

// The query between replacements, with chains of & and of | as one node each, whose operands are in the order that
// PostgreSQL gives them. The texts of all queries outlive it.
class TsQueryRewriter {
 public:
  // `query` is not empty.
  explicit TsQueryRewriter(const TsQueryNode& query);
  ~TsQueryRewriter();

  // Wherever `target` is a part of the query, up to the order of operands. A null substitute: the part goes.
  void replace(const TsQueryNode& target, const TsQueryNode* substitute);
  // Between replacements: substitutes become parts like any other.
  void settle();
  // Null: nothing is left.
  TsQueryPtr result() const;

  struct Node;

 private:
  std::unique_ptr<Node> root_;
};

}  // namespace types
