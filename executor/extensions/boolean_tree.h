// Trees of & | ! over operands: what query_int and ltxtquery have in common.
//
// A node has an `operation`, which is & | ! or, of an operand, another character, `left` and `right`, places of nodes
// before it, and a `depth`; the last node is the whole. a | b | c leans to the left, as long as its text is: nothing recurs
// along chains of one operator, and `depth` counts what is left to recur along.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "types/stack_depth.h"

namespace extensions::boolean_tree {

inline constexpr std::int32_t kDeepest = 256;

template <typename Node>
bool is_binary(const Node& node) {
  return node.operation == '&' || node.operation == '|';
}

// Reads a tree: ! binds more than &, and that more than |. `syntax` says what stands where, and raises what is wrong:
// next_operand() and next_operator() give the character that is next (NUL at the end), skip() passes over it, operand(node) reads
// one, fail(). SqlError 54001 beyond kDeepest.
template <typename Node, typename Syntax>
class Reader {
 public:
  Reader(Syntax& syntax, std::vector<Node>& nodes) : syntax_(syntax), nodes_(nodes) {}

  void read() {
    for (;;) {
      for (char c; (c = syntax_.next_operand()) == '!' || c == '('; syntax_.skip()) waiting_.push_back(c);
      Node node{};
      syntax_.operand(node);
      add(std::move(node));
      take_all('!');
      char c;
      for (; (c = syntax_.next_operator()) == ')'; take_all('!')) {
        while (!waiting_.empty() && waiting_.back() != '(') take();
        if (waiting_.empty()) syntax_.fail();
        waiting_.pop_back();
        syntax_.skip();
      }
      if (c == '\0') break;
      if (c != '&' && c != '|') syntax_.fail();
      take_all('&');
      if (c == '|') take_all('|');
      waiting_.push_back(c);
      syntax_.skip();
    }
    while (!waiting_.empty()) {
      if (waiting_.back() == '(') syntax_.fail();
      take();
    }
  }

 private:
  void add(Node node) {
    if (node.depth > kDeepest) types::throw_stack_depth_exceeded();
    made_.push_back(static_cast<std::int32_t>(nodes_.size()));
    nodes_.push_back(std::move(node));
  }
  std::int32_t take_made() {
    const std::int32_t place = made_.back();
    made_.pop_back();
    return place;
  }
  void take_all(char operation) {
    while (!waiting_.empty() && waiting_.back() == operation) take();
  }
  // Makes a node of the operator that waits last.
  void take() {
    Node node{};
    node.operation = waiting_.back();
    waiting_.pop_back();
    if (node.operation == '!') {
      node.left = take_made();
      node.depth = depth_of(node.left) + 1;
    } else {
      node.right = take_made();
      node.left = take_made();
      const bool goes_on = nodes_[static_cast<std::size_t>(node.left)].operation == node.operation;
      node.depth = std::max(depth_of(node.right) + 1, depth_of(node.left) + (goes_on ? 0 : 1));
    }
    add(std::move(node));
  }
  std::int32_t depth_of(std::int32_t place) const { return nodes_[static_cast<std::size_t>(place)].depth; }

  Syntax& syntax_;
  std::vector<Node>& nodes_;
  std::string waiting_;              // operators and parentheses
  std::vector<std::int32_t> made_;   // nodes that have no parent yet
};

// Whether the whole holds, by whether `operand(node)` does.
template <typename Node, typename Operand>
bool holds(const std::vector<Node>& nodes, Operand operand) {
  boost::container::small_vector<bool, 64> held(nodes.size());
  const auto at = [&](std::int32_t place) { return held[static_cast<std::size_t>(place)]; };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Node& node = nodes[i];
    switch (node.operation) {
      case '!': held[i] = !at(node.left); break;
      case '&': held[i] = at(node.left) && at(node.right); break;
      case '|': held[i] = at(node.left) || at(node.right); break;
      default: held[i] = operand(node);
    }
  }
  return held.back();
}

// What PostgreSQL prints of the tree under a node: parentheses around every | but that which is the `whole`.
// `operand(node, out)` appends an operand.
template <typename Node, typename Operand>
void append(const std::vector<Node>& nodes, std::int32_t number, bool whole, std::string& out, Operand operand) {
  const auto at = [&](std::int32_t place) -> const Node& { return nodes[static_cast<std::size_t>(place)]; };
  const std::int32_t top = number;
  const auto is_apart = [&](std::int32_t place) { return at(place).operation == '|' && !(whole && place == top); };
  std::vector<std::int32_t> chain;
  for (; is_binary(at(number)); number = at(number).left) {
    if (is_apart(number)) out += "( ";
    chain.push_back(number);
  }
  const Node& first = at(number);
  if (first.operation == '!') {
    const Node& denied = at(first.left);
    const bool is_operand = !is_binary(denied) && denied.operation != '!';
    out += is_operand ? "!" : "!( ";
    append(nodes, first.left, true, out, operand);
    if (!is_operand) out += " )";
  } else {
    operand(first, out);
  }
  for (; !chain.empty(); chain.pop_back()) {
    out += at(chain.back()).operation == '&' ? " & " : " | ";
    append(nodes, at(chain.back()).right, false, out, operand);
    if (is_apart(chain.back())) out += " )";
  }
}

}  // namespace extensions::boolean_tree
