// EXPLAIN in JSON, YAML and XML: one tree of properties, written three ways.
#include "explain_structured.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "aggregate.h"
#include "append.h"
#include "gather.h"
#include "hash_join.h"
#include "incremental_sort.h"
#include "memoize.h"
#include "operator.h"
#include "sort.h"
#include "subplans.h"
#include "table_scan.h"
#include "types/expression_list.h"

namespace operators {

namespace {

using Options = Execution::ExplainOptions;
using Format = Options::Format;

struct Property {
  std::string name;
  std::string value;   // as JSON writes it: quoted or not
  std::vector<std::string> items = {};  // of a list, each as `value`
  std::vector<Property> group = {};     // or properties of its own
};
struct Group {
  std::vector<Property> properties;
  std::vector<Group> plans;
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

// "a, f(b, c)" -> "a"; "f(b, c)"
std::vector<std::string> quoted_list(std::string_view text) {
  std::vector<std::string> items;
  for (const std::string_view item : types::split_expressions(text)) items.push_back(quoted(item));
  return items;
}

// The identifiers of "schema.table alias" and the like, as they are without quotes.
std::vector<std::string> identifiers(std::string_view text, bool& has_schema) {
  std::vector<std::string> names(1);
  has_schema = false;
  bool in_quotes = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' && in_quotes && i + 1 < text.size() && text[i + 1] == '"') {
      names.back() += text[i++];
    } else if (c == '"') {
      in_quotes = !in_quotes;
    } else if (!in_quotes && (c == ' ' || c == '.')) {
      has_schema = has_schema || c == '.';
      names.emplace_back();
    } else {
      names.back() += c;
    }
  }
  return names;
}

bool is_list(std::string_view name) {
  return name == "Sort Key" || name == "Group Key" || name == "Hash Key" || name == "Output" || name == "Presorted Key" ||
         name == "Conflict Arbiter Indexes";
}

// The node's title, taken apart into PostgreSQL's properties.
void add_title(std::string title, const planner::PlanNode& node, std::string_view relationship,
               std::string_view subplan, Group& group) {
  std::string relation, index, join, strategy, operation, direction;
  auto cut = [&](std::string_view mark) {
    std::string rest;
    if (const auto at = title.find(mark); at != std::string::npos) {
      rest = title.substr(at + mark.size());
      title.resize(at);
    }
    return rest;
  };
  relation = cut(" on ");
  index = cut(" using ");
  if (!index.empty()) {
    bool has_schema = false;
    index = identifiers(index, has_schema).back();
  }
  if (title.starts_with("Index")) {
    direction = title.ends_with(" Backward") ? "Backward" : "Forward";
    cut(" Backward");
  }
  const bool loop = title.starts_with("Nested Loop");
  if (loop || title.ends_with(" Join")) {
    join = "Inner";
    for (const std::string_view kind : {"Left", "Right", "Full", "Semi", "Anti"})
      if (title.find(kind) != std::string::npos) join = kind;
    title = loop ? "Nested Loop" : title.starts_with("Hash") ? "Hash Join" : "Merge Join";
  }
  std::string_view partial_mode = "Simple";
  for (const std::string_view mode : {"Partial", "Finalize"})
    if (title.starts_with(mode) && title.ends_with("Aggregate")) {
      title.erase(0, mode.size() + 1);
      partial_mode = mode;
    }
  if (title.ends_with("Aggregate")) {
    strategy = title == "HashAggregate" ? "Hashed" : title == "GroupAggregate" ? "Sorted"
               : title == "MixedAggregate" ? "Mixed" : "Plain";
    title = "Aggregate";
  }
  if (node.kind == planner::NodeKind::modify_table) {
    operation = title;
    title = "ModifyTable";
  }
  auto& out = group.properties;
  out.push_back({"Node Type", quoted(title)});
  if (!strategy.empty()) {
    out.push_back({"Strategy", quoted(strategy)});
    out.push_back({"Partial Mode", quoted(partial_mode)});
  }
  if (!operation.empty()) out.push_back({"Operation", quoted(operation)});
  if (!relationship.empty()) out.push_back({"Parent Relationship", quoted(relationship)});
  if (!subplan.empty()) out.push_back({"Subplan Name", quoted(subplan)});
  out.push_back({"Parallel Aware", "false"});
  out.push_back({"Async Capable", "false"});
  if (!direction.empty()) {
    out.push_back({"Scan Direction", quoted(direction)});
    out.push_back({"Index Name", quoted(index)});
  }
  if (!relation.empty()) {
    bool has_schema = false;
    const std::vector<std::string> names = identifiers(relation, has_schema);
    const std::string& name = names[has_schema ? 1 : 0];
    const char* kind = title == "CTE Scan" || title == "WorkTable Scan" ? "CTE Name" : title == "Function Scan" ? "Function Name"
                       : title == "Table Function Scan" ? "Table Function Name" : "Relation Name";
    if (title == "Bitmap Index Scan") {
      out.push_back({"Index Name", quoted(name)});
      return;
    }
    if (title != "Subquery Scan" && title != "Values Scan") out.push_back({kind, quoted(name)});
    if (has_schema) out.push_back({"Schema", quoted(names[0])});
    out.push_back({"Alias", quoted(names.back())});
  }
  if (!join.empty()) out.push_back({"Join Type", quoted(join)});
}

class TreeMaker {
 public:
  TreeMaker(const planner::Plan& plan, const ExecutionState& state, const Options& options, const ExplainNames& names)
      : plan_(plan), state_(state), options_(options), names_(names) {}

  Group make(const planner::PlanNode& shown, const Operator* op, std::string_view relationship, std::string_view subplan) {
    Attached attached(plan_);
    const planner::PlanNode& node = attached.pass_transparent(shown, op);
    Group group;
    add_title(node.text ? names_.title(*node.text) : "Result", node, relationship, subplan, group);
    auto number = [&](const char* name, std::string value) {
      group.properties.push_back({name, std::move(value)});
    };
    add_numbers(node, op, false, group);
    const bool join = node.kind == planner::NodeKind::nested_loop || node.kind == planner::NodeKind::hash_join || node.kind == planner::NodeKind::merge_join;
    const auto add_unique = [&] {
      if (join) number("Inner Unique", static_cast<const planner::JoinNode&>(node).right_unique ? "true" : "false");
    };
    bool has_hashed_groups = !hashes_groups(node);
    const auto add_hashed_groups = [&] {
      if (std::exchange(has_hashed_groups, true)) return;
      if (options_.costs) number("Planned Partitions", "0");
      if (!options_.analyze || op == nullptr || op->counters().loops == 0) return;
      const Aggregate::Statistics s = static_cast<const Aggregate*>(op)->statistics();
      number("HashAgg Batches", std::to_string(s.batches));
      number("Peak Memory Usage", std::to_string((s.peak_bytes + 1023) / 1024));
      number("Disk Usage", std::to_string((s.disk_bytes + 1023) / 1024));
    };
    if (node.text) {
      const bool has_output = !node.text->properties.empty() && node.text->properties[0].first == "Output";
      if (!has_output) add_unique();
      for (const auto& [name, value] : node.text->properties) {
        if (name.empty() || name == "Inner Unique" || name == planner::NodeText::kHashOutput) continue;  // of the text alone, or of another node
        if (is_list(name))
          group.properties.push_back({name, "", quoted_list(names_.resolve(value))});
        else
          number(name.c_str(), name == "Workers Planned" ? value : quoted(names_.resolve(value)));
        if (name == "Filter" && hashes_groups(node)) add_hashed_groups();
        if (name == "Filter" && options_.analyze && op != nullptr && op->counters().loops > 0)
          number("Rows Removed by Filter",
                 fmt::format("{}", op->counters().filtered / op->counters().loops));
        if (name == "Output") add_unique();
      }
    }
    add_hashed_groups();
    if (node.kind == planner::NodeKind::gather && options_.analyze && op != nullptr && op->counters().loops > 0)
      number("Workers Launched", std::to_string(static_cast<const Gather*>(op)->launched()));
    if (node.kind == planner::NodeKind::table_scan && static_cast<const planner::TableScanNode&>(node).index_only &&
        options_.analyze && op != nullptr)
      number("Heap Fetches", fmt::format("{}", static_cast<const TableScan*>(op)->heap_fetches()));
    if (node.kind == planner::NodeKind::sort && options_.analyze && op != nullptr && op->counters().loops > 0)
      add_sort(static_cast<const planner::SortNode&>(node), *op, group);
    if (node.kind == planner::NodeKind::memoize && options_.analyze && op != nullptr && op->counters().loops > 0) {
      const Memoize::Statistics& s = static_cast<const Memoize*>(op)->statistics();
      number("Cache Hits", std::to_string(s.hits));
      number("Cache Misses", std::to_string(s.misses));
      number("Cache Evictions", std::to_string(s.evictions));
      number("Cache Overflows", std::to_string(s.overflows));
      number("Peak Memory Usage", std::to_string((s.peak_bytes + 1023) / 1024));
    }
    for (const int table : attached.common_tables) {
      const auto i = static_cast<std::size_t>(table);
      group.plans.push_back(make(*plan_.common_tables[i].root, state_.common_tables[i].root.get(), "InitPlan", plan_.common_tables[i].name));
    }
    const auto add_subplans = [&](const std::vector<int>& plans, std::string_view relation) {
      for (const int plan : plans) {
        const auto i = static_cast<std::size_t>(plan);
        group.plans.push_back(make(*plan_.subplans[i].root, state_.subplans->root(i), relation, plan_.subplans[i].name));
      }
    };
    add_subplans(attached.init_plans, "InitPlan");
    const bool members = node.kind == planner::NodeKind::append;
    const Append* append = members ? static_cast<const Append*>(op) : nullptr;
    if (members) number("Subplans Removed", std::to_string(append != nullptr ? append->removed() : 0));
    for (std::size_t i = 0; i < node.children.size() && !is_nothing(node); ++i) {
      if (append != nullptr && append->is_removed(i)) continue;
      const Operator* child = op ? op->child_at(i) : nullptr;
      if (node.kind == planner::NodeKind::hash_join && i == 1)
        group.plans.push_back(make_hash(node, static_cast<const HashJoin*>(op)));
      else
        group.plans.push_back(make(*node.children[i], child, members ? "Member" : i == 0 ? "Outer" : "Inner", ""));
    }
    add_subplans(attached.subplans, "SubPlan");
    return group;
  }

 private:
  // `at_once`: its first row comes when all are there.
  void add_numbers(const planner::PlanNode& node, const Operator* op, bool at_once, Group& group) {
    auto number = [&](const char* name, std::string value) { group.properties.push_back({name, std::move(value)}); };
    if (options_.costs) {
      number("Startup Cost", fmt::format("{:.2f}", at_once ? node.total_cost : node.startup_cost));
      number("Total Cost", fmt::format("{:.2f}", node.total_cost));
      number("Plan Rows", fmt::format("{:.0f}", node.rows));
      number("Plan Width", fmt::format("{}", node.width));
    }
    if (!options_.analyze) return;
    const Operator::Counters counters = op != nullptr ? op->counters() : Operator::Counters{};
    const double loops = counters.loops > 0 ? static_cast<double>(counters.loops) : 1;
    if (options_.timing) {
      number("Actual Startup Time", fmt::format("{:.3f}", (at_once ? counters.total_ms : counters.startup_ms) / loops));
      number("Actual Total Time", fmt::format("{:.3f}", counters.total_ms / loops));
    }
    number("Actual Rows", fmt::format("{:.0f}", static_cast<double>(counters.rows) / loops));
    number("Actual Loops", fmt::format("{}", counters.loops));
  }

  Group make_hash(const planner::PlanNode& node, const HashJoin* join) {
    const planner::PlanNode& right = *node.children[1];
    Group group;
    group.properties = {{"Node Type", quoted("Hash")}, {"Parent Relationship", quoted("Inner")}, {"Parallel Aware", "false"},
                        {"Async Capable", "false"}};
    const Operator* op = join != nullptr ? join->child_at(1) : nullptr;
    add_numbers(right, op, true, group);
    if (node.text)
      for (const auto& [name, value] : node.text->properties)
        if (name == planner::NodeText::kHashOutput) group.properties.push_back({"Output", "", quoted_list(names_.resolve(value))});
    if (options_.analyze && join != nullptr && join->statistics().buckets > 0) {
      const HashJoin::Statistics& s = join->statistics();
      const std::string buckets = std::to_string(s.buckets), batches = std::to_string(s.batches);
      group.properties.insert(group.properties.end(),
                              {{"Hash Buckets", buckets}, {"Original Hash Buckets", buckets}, {"Hash Batches", batches},
                               {"Original Hash Batches", batches}, {"Peak Memory Usage", std::to_string((s.peak_bytes + 1023) / 1024)}});
    }
    group.plans.push_back(make(right, op, "Outer", ""));
    return group;
  }

  static void add_sort(const planner::SortNode& node, const Operator& op, Group& group) {
    const auto kilobytes = [](std::uint64_t bytes) { return std::to_string((bytes + 1023) / 1024); };
    if (node.presorted == 0) {
      const RowSorter& sorter = static_cast<const Sort&>(op).sorter();
      group.properties.push_back({"Sort Method", quoted(sorter.method())});
      group.properties.push_back({"Sort Space Used", kilobytes(sorter.on_disk() ? sorter.spilled_bytes() : sorter.peak_bytes())});
      group.properties.push_back({"Sort Space Type", quoted(sorter.on_disk() ? "Disk" : "Memory")});
      return;
    }
    const auto& sort = static_cast<const IncrementalSort&>(op);
    if (sort.groups() == 0) return;
    std::vector<std::string> methods;
    for (const std::string& method : sort.methods()) methods.push_back(quoted(method));
    Property space{sort.on_disk() ? "Sort Space Disk" : "Sort Space Memory", ""};
    space.group = {{"Average Sort Space Used", kilobytes(sort.average_bytes())}, {"Peak Sort Space Used", kilobytes(sort.peak_bytes())}};
    Property groups{"Full-sort Groups", ""};
    groups.group = {{"Group Count", std::to_string(sort.groups())}, {"Sort Methods Used", "", std::move(methods)}, std::move(space)};
    group.properties.push_back(std::move(groups));
  }

  const planner::Plan& plan_;
  const ExecutionState& state_;
  const Options& options_;
  const ExplainNames& names_;
};

std::string json_properties(const std::vector<Property>& properties, std::size_t indent) {
  std::string out;
  const std::string pad(indent, ' ');
  for (const Property& p : properties) {
    out += fmt::format("{}{}{}: ", out.empty() ? "" : ",\n", pad, quoted(p.name));
    if (!p.group.empty())
      out += "{\n" + json_properties(p.group, indent + 2) + "\n" + pad + "}";
    else if (!p.items.empty())
      out += fmt::format("[{}]", fmt::join(p.items, ", "));
    else
      out += p.value;
  }
  return out;
}

void write_json(const Group& group, std::size_t indent, std::string& out) {
  const std::string pad(indent, ' ');
  out += "{\n" + json_properties(group.properties, indent + 2);
  if (!group.plans.empty()) {
    out += fmt::format(",\n{}  \"Plans\": [\n", pad);
    for (std::size_t i = 0; i < group.plans.size(); ++i) {
      if (i > 0) out += ",\n";
      out += pad + "    ";
      write_json(group.plans[i], indent + 4, out);
    }
    out += fmt::format("\n{}  ]", pad);
  }
  out += "\n" + pad + "}";
}

void yaml_properties(const std::vector<Property>& properties, const std::string& pad, bool in_list, std::string& out) {
  for (std::size_t i = 0; i < properties.size(); ++i) {
    if (i > 0) out += "\n";
    if (i > 0 || !in_list) out += pad;
    out += properties[i].name + ": " + properties[i].value;
    for (const std::string& item : properties[i].items) out += "\n" + pad + "  - " + item;
    if (properties[i].group.empty()) continue;
    out += "\n";
    yaml_properties(properties[i].group, pad + "  ", false, out);
  }
}

// The first property may stand behind a list's dash.
void write_yaml(const Group& group, std::size_t indent, bool in_list, std::string& out) {
  const std::string pad(indent, ' ');
  yaml_properties(group.properties, pad, in_list, out);
  if (group.plans.empty()) return;
  out += "\n" + pad + "Plans: ";
  for (const Group& plan : group.plans) {
    out += "\n" + pad + "  - ";
    write_yaml(plan, indent + 4, true, out);
  }
}

std::string element(std::string_view name) {
  std::string out(name);
  for (char& c : out)
    if (c == ' ' || c == '(' || c == ')') c = '-';
  return out;
}

std::string escaped(std::string_view json) {
  std::string out;
  std::string_view text = json;
  if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (json.front() == '"' && c == '\\' && i + 1 < text.size()) {
      c = text[++i];
      if (c == 'n') c = '\n';
    }
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      default: out += c;
    }
  }
  return out;
}

void xml_properties(const std::vector<Property>& properties, std::size_t indent, std::string& out) {
  const std::string pad(indent, ' ');
  for (const Property& p : properties) {
    if (!p.group.empty()) {
      out += fmt::format("{}<{}>\n", pad, element(p.name));
      xml_properties(p.group, indent + 2, out);
      out += fmt::format("{}</{}>\n", pad, element(p.name));
      continue;
    }
    if (p.items.empty()) {
      out += fmt::format("{0}<{1}>{2}</{1}>\n", pad, element(p.name), escaped(p.value));
      continue;
    }
    out += fmt::format("{}<{}>\n", pad, element(p.name));
    for (const std::string& item : p.items)
      out += fmt::format("{}  <Item>{}</Item>\n", pad, escaped(item));
    out += fmt::format("{}</{}>\n", pad, element(p.name));
  }
}

void write_xml(const Group& group, std::size_t indent, std::string& out) {
  const std::string pad(indent, ' ');
  xml_properties(group.properties, indent, out);
  if (group.plans.empty()) return;
  out += pad + "<Plans>\n";
  for (const Group& plan : group.plans) {
    out += pad + "  <Plan>\n";
    write_xml(plan, indent + 4, out);
    out += pad + "  </Plan>\n";
  }
  out += pad + "</Plans>\n";
}

}  // namespace

bool reads_queries(const planner::PlanNode& node) {
  if (node.kind != planner::NodeKind::set_operation) return false;
  for (const planner::PlanNodePtr& child : node.children)
    if (child->kind == planner::NodeKind::set_operation || child->kind == planner::NodeKind::append) return false;
  return true;
}

bool hashes_groups(const planner::PlanNode& node) {
  return node.kind == planner::NodeKind::aggregate && node.text &&
         (node.text->title.ends_with("HashAggregate") || node.text->title.ends_with("MixedAggregate"));
}

bool is_nothing(const planner::PlanNode& node) {
  if (node.kind != planner::NodeKind::result || !node.text) return false;
  for (const auto& [name, value] : node.text->properties)
    if (name == "One-Time Filter" && value == "false") return true;
  return false;
}

const planner::PlanNode& Attached::pass_transparent(const planner::PlanNode& shown, const Operator*& op) {
  const planner::PlanNode* node = &shown;
  for (;;) {
    common_tables.insert(common_tables.end(), node->common_tables.begin(), node->common_tables.end());
    for (const int i : node->subplans)
      (plan.subplans[static_cast<std::size_t>(i)].name.starts_with("InitPlan") ? init_plans : subplans).push_back(i);
    if (node->kind != planner::NodeKind::subquery_scan || !static_cast<const planner::SubqueryScanNode*>(node)->transparent)
      return *node;
    node = node->children[0].get();
    if (op != nullptr) op = op->child_at(0);
  }
}

std::string explain_structured(const planner::Plan& plan, const ExecutionState& state, const Operator* root,
                               const Options& options, const ExplainNames& names) {
  const Group top = TreeMaker(plan, state, options, names).make(*plan.root, root, "", "");
  std::vector<Property> summary;
  if (options.summary) {
    summary.push_back({"Planning Time", fmt::format("{:.3f}", options.planning_ms)});
    if (options.analyze) {
      summary.push_back({"Triggers", ""});
      summary.push_back({"Execution Time", fmt::format("{:.3f}", options.execution_ms)});
    }
  }
  std::string out;
  switch (options.format) {
    case Format::yaml:
      out = "- Plan: \n";
      write_yaml(top, 4, false, out);
      for (const Property& p : summary) out += "\n  " + p.name + ": " + p.value;
      return out;
    case Format::xml:
      out = "<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n  <Query>\n    <Plan>\n";
      write_xml(top, 6, out);
      out += "    </Plan>\n";
      for (const Property& p : summary) {
        if (p.value.empty())
          out += fmt::format("    <{0}>\n    </{0}>\n", element(p.name));
        else
          out += fmt::format("    <{0}>{1}</{0}>\n", element(p.name), p.value);
      }
      return out + "  </Query>\n</explain>";
    default:
      out = "[\n  {\n    \"Plan\": ";
      write_json(top, 4, out);
      for (const Property& p : summary)
        out += fmt::format(",\n    {}: {}", quoted(p.name), p.value.empty() ? "[\n    ]" : p.value);
      return out + "\n  }\n]";
  }
}

}  // namespace operators
