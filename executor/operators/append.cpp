#include "append.h"

#include <algorithm>

#include "execution_state.h"

namespace operators {

Append::Pruning::Pruning(const planner::PartitionPruning& of)
    : of(of), pruner(of), values(of.values, 1), known(of.from_start.size()) {}

Append::Append(const planner::AppendNode& node, ExecutionState& state) : Operator(node, state) {
  if (node.pruning != nullptr) pruning_.emplace(*node.pruning);
}

std::size_t Append::removed() const { return static_cast<std::size_t>(std::ranges::count(from_start_, false)); }

void Append::decide(bool from_start_only, std::vector<bool>& survives) {
  Pruning& pruning = *pruning_;
  pruning.arena.reset();
  pruning.context = state().eval_context();
  pruning.context.arena = &pruning.arena;
  pruning.values.bind(environment(), pruning.context);
  for (std::size_t i = 0; i < pruning.known.size(); ++i) {
    pruning.known[i].reset();
    if (pruning.of.from_start[i] || !from_start_only) pruning.known[i] = pruning.values.value(i);
  }
  pruning.pruner.decide(pruning.known, pruning.context, true, survives);
}

void Append::prune_from_start() {
  if (pruning_) decide(true, from_start_);
}

void Append::decide_children() {
  if (!pruning_) return;
  // What does not change within a run is told apart for EXPLAIN ANALYZE alone.
  if (pruning_->of.any_later) decide(false, now_);
  if (!pruning_->of.any_later || execution().instrumented) decide(true, from_start_);
  if (!pruning_->of.any_later) now_ = from_start_;
}

void Append::do_open() {
  at_ = 0;
  decide_children();
  open_from(0);
}

// The first one from `child` on that may have rows.
bool Append::open_from(std::size_t child) {
  at_ = child;
  while (at_ < children_.size() && !is_open(at_)) ++at_;
  if (at_ == children_.size()) return false;
  children_[at_]->open();
  return true;
}

bool Append::produce(types::Batch& raw) {
  while (at_ < children_.size()) {
    if (children_[at_]->next(raw)) return true;
    if (!open_from(at_ + 1)) return false;
  }
  return false;
}

}  // namespace operators
