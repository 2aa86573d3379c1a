#include "types/tsquery_rewrite.h"

#include <algorithm>

#include "tsquery_checksum.h"

namespace types {

struct TsQueryRewriter::Node {
  TsOperation operation = TsOperation::lexeme;
  std::uint8_t weights = 0;
  bool prefix = false;
  std::uint16_t distance = 0;
  std::string_view text;
  std::int32_t checksum = 0;        // of a lexeme
  std::uint32_t words = 0;          // a bit for each lexeme that was below when the node was read
  bool is_substitute = false;       // of the replacement that is going on: not looked into again
  std::vector<std::unique_ptr<Node>> operands;  // the right one first
};

namespace {

using RewriteNode = TsQueryRewriter::Node;
using RewriteNodePtr = std::unique_ptr<RewriteNode>;

RewriteNodePtr read_rewrite_node(const TsQueryNode& query) {
  auto node = std::make_unique<RewriteNode>();
  node->operation = query.operation;
  node->weights = query.weights;
  node->prefix = query.prefix;
  node->distance = query.distance;
  node->text = query.text;
  if (query.operation == TsOperation::lexeme) {
    node->checksum = lexeme_checksum(query.text);
    node->words = 1U << (static_cast<std::uint32_t>(node->checksum) % 32);
  }
  for (const TsQueryNode* operand : {query.right.get(), query.left.get()}) {
    if (operand == nullptr) continue;
    node->operands.push_back(read_rewrite_node(*operand));
    node->words |= node->operands.back()->words;
  }
  return node;
}

RewriteNodePtr copy_of(const RewriteNode& from) {
  auto node = std::make_unique<RewriteNode>();
  node->operation = from.operation;
  node->weights = from.weights;
  node->prefix = from.prefix;
  node->distance = from.distance;
  node->text = from.text;
  node->checksum = from.checksum;
  node->words = from.words;
  for (const RewriteNodePtr& operand : from.operands) node->operands.push_back(copy_of(*operand));
  return node;
}

bool is_chain(const RewriteNode& node) { return node.operation == TsOperation::and_ || node.operation == TsOperation::or_; }

// Greater ones come first. Weights and prefixes make no difference.
int compare_rewrite_nodes(const RewriteNode& a, const RewriteNode& b) {
  const auto reversed = [](auto x, auto y) { return x > y ? -1 : int{x < y}; };
  if (const int order = reversed(operator_rank(a.operation),
                                 operator_rank(b.operation)))
    return order;
  if (a.operation == TsOperation::lexeme) {
    if (const int order = reversed(a.checksum, b.checksum)) return order;
    const int order = a.text.compare(b.text);
    return order < 0 ? -1 : int{order > 0};
  }
  if (const int order = reversed(a.operands.size(), b.operands.size())) return order;
  for (std::size_t i = 0; i < a.operands.size(); ++i)
    if (const int order = compare_rewrite_nodes(*a.operands[i], *b.operands[i])) return order;
  return a.operation == TsOperation::phrase ? reversed(a.distance, b.distance) : 0;
}

bool are_same(const RewriteNode& a, const RewriteNode& b) {
  return (a.words & b.words) == b.words && (a.words & b.words) == a.words && compare_rewrite_nodes(a, b) == 0;
}

void flatten_chains(RewriteNode& node) {
  for (const RewriteNodePtr& operand : node.operands) flatten_chains(*operand);
  if (!is_chain(node)) return;
  std::vector<RewriteNodePtr> operands;
  for (RewriteNodePtr& operand : node.operands) {
    if (operand->operation != node.operation) {
      operands.push_back(std::move(operand));
      continue;
    }
    for (RewriteNodePtr& inner : operand->operands) operands.push_back(std::move(inner));
  }
  node.operands = std::move(operands);
}

void sort_operands(RewriteNode& node) {
  for (const RewriteNodePtr& operand : node.operands) sort_operands(*operand);
  if (is_chain(node))
    std::ranges::stable_sort(node.operands, [](const RewriteNodePtr& a, const RewriteNodePtr& b) {
      return compare_rewrite_nodes(*a, *b) < 0;
    });
}

void forget_substitutes(RewriteNode& node) {
  node.is_substitute = false;
  for (const RewriteNodePtr& operand : node.operands) forget_substitutes(*operand);
}

RewriteNodePtr substitute_node(const RewriteNode* substitute) {
  if (substitute == nullptr) return nullptr;
  RewriteNodePtr node = copy_of(*substitute);
  node->is_substitute = true;
  return node;
}

// Of a chain that has all operands of the target, and more: they go, and the substitute comes.
void replace_in_chain(RewriteNode& node, const RewriteNode& target, const RewriteNode* substitute) {
  std::vector<bool> matched(node.operands.size());
  std::size_t found = 0;
  for (std::size_t i = 0; i < node.operands.size() && found < target.operands.size(); ++i) {
    const int order = compare_rewrite_nodes(*node.operands[i], *target.operands[found]);
    if (order > 0) return;
    if (order < 0) continue;
    matched[i] = true;
    ++found;
  }
  if (found < target.operands.size()) return;
  std::vector<RewriteNodePtr> operands;
  for (std::size_t i = 0; i < matched.size(); ++i)
    if (!matched[i]) operands.push_back(std::move(node.operands[i]));
  if (RewriteNodePtr made = substitute_node(substitute)) operands.push_back(std::move(made));
  node.operands = std::move(operands);
  sort_operands(node);
}

RewriteNodePtr replace_at(RewriteNodePtr node, const RewriteNode& target, const RewriteNode* substitute) {
  if ((node->words & target.words) != target.words || node->operation != target.operation || node->is_substitute) return node;
  if (node->operands.size() == target.operands.size()) return are_same(*node, target) ? substitute_node(substitute) : std::move(node);
  if (is_chain(*node) && node->operands.size() > target.operands.size()) replace_in_chain(*node, target, substitute);
  return node;
}

// Null: nothing is left of it.
RewriteNodePtr replace_below(RewriteNodePtr node, const RewriteNode& target, const RewriteNode* substitute) {
  node = replace_at(std::move(node), target, substitute);
  if (node == nullptr || node->is_substitute || node->operation == TsOperation::lexeme) return node;
  std::vector<RewriteNodePtr> operands;
  for (RewriteNodePtr& operand : node->operands)
    if (RewriteNodePtr left = replace_below(std::move(operand), target, substitute)) operands.push_back(std::move(left));
  node->operands = std::move(operands);
  if (node->operands.empty()) return nullptr;
  if (node->operands.size() == 1 && node->operation != TsOperation::not_) return std::move(node->operands.front());
  return node;
}

TsQueryPtr binary_of(const RewriteNode& node) {
  if (node.operation == TsOperation::lexeme) {
    auto lexeme = std::make_unique<TsQueryNode>();
    lexeme->weights = node.weights;
    lexeme->prefix = node.prefix;
    lexeme->text = node.text;
    return lexeme;
  }
  if (node.operation == TsOperation::not_) return make_ts_operation(TsOperation::not_, binary_of(*node.operands.front()), nullptr);
  // The first two are joined, then what they became with the last, and so on backwards.
  TsQueryPtr right = binary_of(*node.operands[0]);
  right = make_ts_operation(node.operation, binary_of(*node.operands[1]), std::move(right), node.distance);
  for (std::size_t i = node.operands.size(); i-- > 2;)
    right = make_ts_operation(node.operation, binary_of(*node.operands[i]), std::move(right), node.distance);
  return right;
}

}  // namespace

TsQueryRewriter::TsQueryRewriter(const TsQueryNode& query) : root_(read_rewrite_node(query)) {
  flatten_chains(*root_);
  sort_operands(*root_);
}

TsQueryRewriter::~TsQueryRewriter() = default;

void TsQueryRewriter::replace(const TsQueryNode& target, const TsQueryNode* substitute) {
  if (root_ == nullptr) return;
  const RewriteNodePtr wanted = read_rewrite_node(target);
  flatten_chains(*wanted);
  sort_operands(*wanted);
  const RewriteNodePtr instead = substitute != nullptr ? read_rewrite_node(*substitute) : nullptr;
  root_ = replace_below(std::move(root_), *wanted, instead.get());
}

void TsQueryRewriter::settle() {
  if (root_ == nullptr) return;
  forget_substitutes(*root_);
  flatten_chains(*root_);
  sort_operands(*root_);
}

TsQueryPtr TsQueryRewriter::result() const { return root_ != nullptr ? binary_of(*root_) : nullptr; }

}  // namespace types
