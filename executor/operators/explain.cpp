// EXPLAIN's text.
#include <fmt/format.h>

#include "append.h"
#include "execution_impl.h"
#include "explain_structured.h"
#include "gather.h"
#include "incremental_sort.h"
#include "memoize.h"
#include "operators/execution.h"
#include "sort.h"
#include "subplans.h"

namespace operators {

namespace {

using Options = Execution::ExplainOptions;

class TextWriter {
 public:
  TextWriter(const planner::Plan& plan, const ExecutionState& state, const Options& options)
      : plan_(plan), state_(state), options_(options) {}

  void node(const planner::PlanNode& node, const Operator* op, int indent, bool arrow) {
    if (node.kind == planner::NodeKind::subquery_scan &&
        static_cast<const planner::SubqueryScanNode&>(node).transparent) {
      this->node(*node.children[0], op ? op->child_at(0) : nullptr, indent, arrow);
      return;
    }
    std::string line(static_cast<std::size_t>(indent), ' ');
    if (arrow) line += "->  ";
    line += node.text ? aliases_.title(*node.text) : std::string("?");
    if (options_.costs)
      line += fmt::format("  (cost={:.2f}..{:.2f} rows={:.0f} width={})", node.startup_cost,
                          node.total_cost, node.rows, node.width);
    if (options_.analyze && op != nullptr) {
      const Operator::Counters& c = op->counters();
      if (c.loops == 0) {
        line += " (never executed)";
      } else {
        const auto loops = static_cast<double>(c.loops);
        if (options_.timing)
          line += fmt::format(" (actual time={:.3f}..{:.3f} rows={:.0f} loops={})",
                              c.startup_ms / loops, c.total_ms / loops,
                              static_cast<double>(c.rows) / loops, c.loops);
        else
          line += fmt::format(" (actual rows={:.0f} loops={})", static_cast<double>(c.rows) / loops,
                              c.loops);
      }
    }
    out += line + "\n";
    const int detail = indent + (arrow ? 6 : 2);
    if (node.text)
      for (const auto& [name, value] : node.text->properties) {
        out += std::string(static_cast<std::size_t>(detail), ' ') + name + ": " + value + "\n";
        if (name == "Filter" && options_.analyze && op != nullptr && op->counters().filtered > 0)
          out += std::string(static_cast<std::size_t>(detail), ' ') +
                 fmt::format("Rows Removed by Filter: {}\n",
                             op->counters().filtered / std::max<std::uint64_t>(1, op->counters().loops));
      }
    const Append* append = node.kind == planner::NodeKind::append ? static_cast<const Append*>(op) : nullptr;
    if (append != nullptr && append->removed() > 0)
      out += std::string(static_cast<std::size_t>(detail), ' ') + fmt::format("Subplans Removed: {}\n", append->removed());
    if (options_.analyze && op != nullptr) run_details(node, *op, detail);
    if (indent == 0 && !arrow) subplans(detail);
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      if (append != nullptr && append->is_removed(i)) continue;
      // INSERT .. VALUES of one row shows its Result.
      this->node(*node.children[i], op ? op->child_at(i) : nullptr, detail, true);
    }
  }

  std::string out;

 private:
  void run_details(const planner::PlanNode& node, const Operator& op, int indent) {
    if (node.kind == planner::NodeKind::gather && op.counters().loops > 0)
      out += std::string(static_cast<std::size_t>(indent), ' ') +
             fmt::format("Workers Launched: {}\n", static_cast<const Gather&>(op).launched());
    if (node.kind == planner::NodeKind::memoize && op.counters().loops > 0) {
      const Memoize::Statistics& s = static_cast<const Memoize&>(op).statistics();
      out += std::string(static_cast<std::size_t>(indent), ' ') +
             fmt::format("Hits: {}  Misses: {}  Evictions: {}  Overflows: {}  Memory Usage: {}kB\n", s.hits, s.misses,
                         s.evictions, s.overflows, (s.peak_bytes + 1023) / 1024);
    }
    if (node.kind != planner::NodeKind::sort || op.counters().loops == 0) return;
    if (static_cast<const planner::SortNode&>(node).presorted > 0) {
      const auto& sort = static_cast<const IncrementalSort&>(op);
      if (sort.groups() == 0) return;
      const char* where = sort.on_disk() ? "Disk" : "Memory";
      const std::vector<std::string> methods = sort.methods();
      out += std::string(static_cast<std::size_t>(indent), ' ') +
             fmt::format("Full-sort Groups: {}  Sort Method{}: {}  Average {}: {}kB  Peak {}: {}kB\n", sort.groups(),
                         methods.size() > 1 ? "s" : "", fmt::join(methods, ", "), where, (sort.average_bytes() + 1023) / 1024,
                         where, (sort.peak_bytes() + 1023) / 1024);
      return;
    }
    const RowSorter& sorter = static_cast<const Sort&>(op).sorter();
    const bool disk = sorter.on_disk();
    out += std::string(static_cast<std::size_t>(indent), ' ') +
           fmt::format("Sort Method: {}  {}: {}kB\n", sorter.method(), disk ? "Disk" : "Memory",
                       ((disk ? sorter.spilled_bytes() : sorter.peak_bytes()) + 1023) / 1024);
  }

  void subplans(int indent) {
    const std::string pad(static_cast<std::size_t>(indent), ' ');
    for (std::size_t i = 0; i < plan_.common_tables.size(); ++i) {
      out += pad + plan_.common_tables[i].name + "\n";
      node(*plan_.common_tables[i].root, state_.common_tables[i].root.get(), indent + 2, true);
    }
    for (std::size_t i = 0; i < plan_.subplans.size(); ++i) {
      out += pad + plan_.subplans[i].name + "\n";
      node(*plan_.subplans[i].root, state_.subplans->root(i), indent + 2, true);
    }
  }

  const planner::Plan& plan_;
  const ExecutionState& state_;
  const Options& options_;
  AliasNumbers aliases_;
};

// What a run decides before its first row, for a plan that is only shown.
void prune_from_start(Operator& top) {
  if (auto* append = dynamic_cast<Append*>(&top)) append->prune_from_start();
  for (OperatorPtr& child : top.children()) prune_from_start(*child);
}

}  // namespace

std::string Execution::explain(const ExplainOptions& options) const {
  const planner::Plan& plan = *impl_->plan;
  if (!options.analyze && impl_->running) prune_from_start(*impl_->root);
  if (options.format != ExplainOptions::Format::text)
    return explain_structured(plan, impl_->state, impl_->root.get(), options);
  TextWriter writer(plan, impl_->state, options);
  writer.node(*plan.root, impl_->root.get(), 0, false);
  if (options.summary) {
    writer.out += fmt::format("Planning Time: {:.3f} ms\n", options.planning_ms);
    if (options.analyze) writer.out += fmt::format("Execution Time: {:.3f} ms\n", options.execution_ms);
  }
  if (!writer.out.empty()) writer.out.pop_back();
  return writer.out;
}

}  // namespace operators
