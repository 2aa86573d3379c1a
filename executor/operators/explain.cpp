// EXPLAIN's text and JSON.
#include <fmt/format.h>

#include "execution_impl.h"
#include "operators/execution.h"
#include "subplans.h"
#include "types/sql_error.h"

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
    line += node.text ? node.text->title : std::string("?");
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
    if (indent == 0 && !arrow) subplans(detail);
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      // INSERT .. VALUES of one row shows its Result.
      this->node(*node.children[i], op ? op->child_at(i) : nullptr, detail, true);
    }
  }

  std::string out;

 private:
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
};

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    out += c;
  }
  return out + "\"";
}

void json_node(const planner::PlanNode& node, const Operator* op, const Options& options, int indent,
               std::string& out) {
  if (node.kind == planner::NodeKind::subquery_scan &&
      static_cast<const planner::SubqueryScanNode&>(node).transparent)
    return json_node(*node.children[0], op ? op->child_at(0) : nullptr, options, indent, out);
  const std::string pad(static_cast<std::size_t>(indent), ' ');
  std::string title = node.text ? node.text->title : "?";
  std::string relation;
  if (const auto on = title.find(" on "); on != std::string::npos) {
    relation = title.substr(on + 4);
    title = title.substr(0, on);
  }
  std::string index;
  if (const auto use = title.find(" using "); use != std::string::npos) {
    index = title.substr(use + 7);
    title = title.substr(0, use);
  }
  out += pad + "{\n" + pad + "  \"Node Type\": " + quoted(title);
  if (!index.empty()) out += ",\n" + pad + "  \"Index Name\": " + quoted(index);
  if (!relation.empty()) {
    const auto space = relation.find(' ');
    out += ",\n" + pad + "  \"Relation Name\": " + quoted(relation.substr(0, space));
    out += ",\n" + pad + "  \"Alias\": " +
           quoted(space == std::string::npos ? relation : relation.substr(space + 1));
  }
  if (options.costs)
    out += fmt::format(
        ",\n{0}  \"Startup Cost\": {1:.2f},\n{0}  \"Total Cost\": {2:.2f},\n{0}  \"Plan Rows\": "
        "{3:.0f},\n{0}  \"Plan Width\": {4}",
        pad, node.startup_cost, node.total_cost, node.rows, node.width);
  if (options.analyze && op != nullptr) {
    const Operator::Counters& c = op->counters();
    const double loops = std::max<double>(1, static_cast<double>(c.loops));
    out += fmt::format(
        ",\n{0}  \"Actual Startup Time\": {1:.3f},\n{0}  \"Actual Total Time\": {2:.3f},\n{0}  "
        "\"Actual Rows\": {3:.0f},\n{0}  \"Actual Loops\": {4}",
        pad, c.startup_ms / loops, c.total_ms / loops, static_cast<double>(c.rows) / loops, c.loops);
  }
  if (node.text)
    for (const auto& [name, value] : node.text->properties)
      out += ",\n" + pad + "  " + quoted(name) + ": " + quoted(value);
  if (!node.children.empty()) {
    out += ",\n" + pad + "  \"Plans\": [\n";
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      if (i > 0) out += ",\n";
      json_node(*node.children[i], op ? op->child_at(i) : nullptr, options, indent + 4, out);
    }
    out += "\n" + pad + "  ]";
  }
  out += "\n" + pad + "}";
}

}  // namespace

std::string Execution::explain(const ExplainOptions& options) const {
  const planner::Plan& plan = *impl_->plan;
  if (options.format == ExplainOptions::Format::json) {
    std::string out = "[\n  {\n    \"Plan\": \n";
    json_node(*plan.root, impl_->root.get(), options, 6, out);
    if (options.summary) {
      out += fmt::format(",\n    \"Planning Time\": {:.3f}", options.planning_ms);
      if (options.analyze) out += fmt::format(",\n    \"Execution Time\": {:.3f}", options.execution_ms);
    }
    return out + "\n  }\n]";
  }
  if (options.format != ExplainOptions::Format::text)
    throw types::SqlError::not_supported("this EXPLAIN format");
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
