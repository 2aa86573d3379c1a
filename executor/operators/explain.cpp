// EXPLAIN's text.
#include <algorithm>

#include <fmt/format.h>

#include "aggregate.h"
#include "append.h"
#include "execution_impl.h"
#include "explain_structured.h"
#include "gather.h"
#include "hash_join.h"
#include "incremental_sort.h"
#include "memoize.h"
#include "operators/execution.h"
#include "sort.h"
#include "subplans.h"
#include "table_scan.h"

namespace operators {

namespace {

using Options = Execution::ExplainOptions;

class TextWriter {
 public:
  TextWriter(const planner::Plan& plan, const ExecutionState& state, const Options& options, const ExplainNames& names)
      : plan_(plan), state_(state), options_(options), names_(names) {}

  void node(const planner::PlanNode& shown, const Operator* op, int indent, bool arrow) {
    Attached attached(plan_);
    const planner::PlanNode& node = attached.pass_transparent(shown, op);
    headline(node.text ? names_.title(*node.text) : std::string("?"), node, indent, arrow);
    if (options_.analyze && op != nullptr) counters(op->counters(), op->counters().startup_ms);
    out += "\n";
    const int detail = indent + (arrow ? 6 : 2);
    if (node.text)
      for (const auto& [name, value] : node.text->properties) {
        if (name == planner::NodeText::kHashOutput) continue;
        line(detail, (name.empty() ? "" : name + ": ") + names_.resolve(value));
        if (name == "Filter" && hashes_groups(node)) hashed_groups(op, detail);
        if (name == "Filter" && options_.analyze && op != nullptr && op->counters().filtered > 0)
          line(detail, fmt::format("Rows Removed by Filter: {}",
                                   op->counters().filtered / std::max<std::uint64_t>(1, op->counters().loops)));
      }
    const Append* append = node.kind == planner::NodeKind::append ? static_cast<const Append*>(op) : nullptr;
    if (append != nullptr && append->removed() > 0) line(detail, fmt::format("Subplans Removed: {}", append->removed()));
    if (hashes_groups(node) && std::ranges::none_of(node.text->properties, [](const auto& p) { return p.first == "Filter"; }))
      hashed_groups(op, detail);
    if (options_.analyze && op != nullptr) run_details(node, *op, detail);
    for (const int table : attached.common_tables) common_table(static_cast<std::size_t>(table), detail);
    for (const int plan : attached.init_plans) subplan(static_cast<std::size_t>(plan), detail);
    if (reads_queries(node)) set_inputs(node, op, detail);
    const std::size_t shown_children = reads_queries(node) || is_nothing(node) ? 0 : node.children.size();
    for (std::size_t i = 0; i < shown_children; ++i) {
      if (append != nullptr && append->is_removed(i)) continue;
      const Operator* child = op ? op->child_at(i) : nullptr;
      if (node.kind == planner::NodeKind::hash_join && i == 1)
        hash(node, op, detail);
      else
        this->node(*node.children[i], child, detail, true);
    }
    for (const int plan : attached.subplans) subplan(static_cast<std::size_t>(plan), detail);
  }

  std::string out;

 private:
  void line(int indent, std::string_view text) {
    out.append(static_cast<std::size_t>(indent), ' ');
    out += text;
    out += '\n';
  }

  void headline(std::string_view title, const planner::PlanNode& node, int indent, bool arrow, bool at_once = false) {
    out.append(static_cast<std::size_t>(indent), ' ');
    if (arrow) out += "->  ";
    out += title;
    if (options_.costs)
      out += fmt::format("  (cost={:.2f}..{:.2f} rows={:.0f} width={})", at_once ? node.total_cost : node.startup_cost,
                         node.total_cost, node.rows, node.width);
  }

  void counters(const Operator::Counters& c, double startup_ms) {
    if (c.loops == 0) {
      out += " (never executed)";
      return;
    }
    const auto loops = static_cast<double>(c.loops);
    if (options_.timing)
      out += fmt::format(" (actual time={:.3f}..{:.3f} rows={:.0f} loops={})", startup_ms / loops, c.total_ms / loops,
                         static_cast<double>(c.rows) / loops, c.loops);
    else
      out += fmt::format(" (actual rows={:.0f} loops={})", static_cast<double>(c.rows) / loops, c.loops);
  }

  // PostgreSQL has a node above each query of INTERSECT and EXCEPT, and one above these.
  void set_inputs(const planner::PlanNode& node, const Operator* op, int indent) {
    planner::AppendNode all;
    Operator::Counters read;
    all.startup_cost = node.children[0]->startup_cost;
    all.rows = 0;
    all.width = node.children[0]->width;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      all.total_cost += node.children[i]->total_cost;
      all.rows += node.children[i]->rows;
      if (op == nullptr) continue;
      const Operator::Counters& c = op->child_at(i)->counters();
      read.rows += c.rows;
      read.loops = std::max(read.loops, c.loops);
      read.total_ms += c.total_ms;
      if (i == 0) read.startup_ms = c.startup_ms;
    }
    const bool counted = options_.analyze && op != nullptr;
    headline("Append", all, indent, true);
    if (counted) counters(read, read.startup_ms);
    out += "\n";
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const planner::PlanNode& child = *node.children[i];
      const Operator* input = op != nullptr ? op->child_at(i) : nullptr;
      headline(fmt::format("Subquery Scan on \"*SELECT* {}\"", i + 1), child, indent + 6, true);
      if (counted) counters(input->counters(), input->counters().startup_ms);
      out += "\n";
      this->node(child, input, indent + 12, true);
    }
  }

  // The hashed side of a join is the join's own business here, and a node of its own where users know it from.
  void hash(const planner::PlanNode& node, const Operator* join, int indent) {
    const planner::PlanNode& right = *node.children[1];
    headline("Hash", right, indent, true, true);
    const Operator* op = join != nullptr ? join->child_at(1) : nullptr;
    if (options_.analyze && op != nullptr) {
      counters(op->counters(), op->counters().total_ms);
      out += "\n";
      hash_output(node, indent + 6);
      const HashJoin::Statistics& s = static_cast<const HashJoin*>(join)->statistics();
      if (s.buckets > 0)
        line(indent + 6, fmt::format("Buckets: {}  Batches: {}  Memory Usage: {}kB", s.buckets, s.batches, (s.peak_bytes + 1023) / 1024));
    } else {
      out += "\n";
      hash_output(node, indent + 6);
    }
    this->node(right, op, indent + 6, true);
  }

  void hash_output(const planner::PlanNode& join, int indent) {
    if (!join.text) return;
    for (const auto& [name, value] : join.text->properties)
      if (name == planner::NodeText::kHashOutput) line(indent, "Output: " + names_.resolve(value));
  }

 private:
  void hashed_groups(const Operator* op, int indent) {
    if (!options_.analyze || op == nullptr || op->counters().loops == 0) return;
    const Aggregate::Statistics s = static_cast<const Aggregate*>(op)->statistics();
    std::string text = fmt::format("Batches: {}  Memory Usage: {}kB", s.batches, (s.peak_bytes + 1023) / 1024);
    if (s.batches > 1) text += fmt::format("  Disk Usage: {}kB", (s.disk_bytes + 1023) / 1024);
    line(indent, text);
  }

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
    if (node.kind == planner::NodeKind::table_scan && static_cast<const planner::TableScanNode&>(node).index_only)
      line(indent, fmt::format("Heap Fetches: {}", static_cast<const TableScan&>(op).heap_fetches()));
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

  void common_table(std::size_t i, int indent) {
    line(indent, plan_.common_tables[i].name);
    node(*plan_.common_tables[i].root, state_.common_tables[i].root.get(), indent + 2, true);
  }
  void subplan(std::size_t i, int indent) {
    line(indent, plan_.subplans[i].name);
    node(*plan_.subplans[i].root, state_.subplans->root(i), indent + 2, true);
  }

  const planner::Plan& plan_;
  const ExecutionState& state_;
  const Options& options_;
  const ExplainNames& names_;
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
  ExplainNames names(plan);
  names.add(*plan.root, impl_->root.get());
  for (std::size_t i = 0; i < plan.common_tables.size(); ++i)
    names.add(*plan.common_tables[i].root, impl_->state.common_tables[i].root.get());
  for (std::size_t i = 0; i < plan.subplans.size(); ++i) names.add(*plan.subplans[i].root, impl_->state.subplans->root(i));
  names.name_all();
  if (options.format != ExplainOptions::Format::text)
    return explain_structured(plan, impl_->state, impl_->root.get(), options, names);
  TextWriter writer(plan, impl_->state, options, names);
  writer.node(*plan.root, impl_->root.get(), 0, false);
  if (options.summary) {
    writer.out += fmt::format("Planning Time: {:.3f} ms\n", options.planning_ms);
    if (options.analyze) writer.out += fmt::format("Execution Time: {:.3f} ms\n", options.execution_ms);
  }
  if (!writer.out.empty()) writer.out.pop_back();
  return writer.out;
}

}  // namespace operators
