#include "explain_names.h"

#include <charconv>
#include <set>

#include "append.h"
#include "catalog/catalog_view.h"

namespace operators {

ExplainNames::Key ExplainNames::key(int level, int index) const {
  const auto place = static_cast<std::size_t>(level);
  return {place < plan_.name_order.size() ? plan_.name_order[place] : level, index};
}

void ExplainNames::add(const planner::PlanNode& node, const Operator* op) {
  const bool hidden = node.kind == planner::NodeKind::subquery_scan && static_cast<const planner::SubqueryScanNode&>(node).transparent;
  if (node.text && !hidden) {
    if (node.text->entry) add(*node.text->entry);
    for (const planner::NodeText::Entry& parent : node.text->parents) add(parent);
  }
  const Append* append = node.kind == planner::NodeKind::append ? static_cast<const Append*>(op) : nullptr;
  for (std::size_t i = 0; i < node.children.size(); ++i)
    if (append == nullptr || !append->is_removed(i)) add(*node.children[i], op != nullptr ? op->child_at(i) : nullptr);
}

void ExplainNames::name_all() {
  std::set<std::string> taken;
  std::map<std::string, int> last;
  for (auto& [entry, name] : names_) {
    if (taken.insert(name).second) continue;
    std::string numbered;
    do numbered = name + "_" + std::to_string(++last[name]);
    while (!taken.insert(numbered).second);
    name = std::move(numbered);
  }
}

std::string ExplainNames::title(const planner::NodeText& text) const {
  if (!text.entry) return text.title;
  const std::string& name = names_.at(key(text.entry->level, text.entry->index));
  return name.empty() || name == text.relation ? text.title : text.title + " " + catalog::quote_identifier(name);
}

std::string ExplainNames::resolve(std::string_view text) const {
  std::string out;
  for (auto at = text.find(planner::NodeText::kName); at != std::string_view::npos; at = text.find(planner::NodeText::kName)) {
    out += text.substr(0, at);
    const auto end = text.find(planner::NodeText::kNameEnd, at);
    const std::string_view mark = text.substr(at + 1, end - at - 1);
    text.remove_prefix(end + 1);
    int level = 0, index = 0;
    const char* const stop = mark.data() + mark.size();
    const char* rest = std::from_chars(mark.data(), stop, level).ptr + 1;
    rest = std::from_chars(rest, stop, index).ptr + 1;
    const auto found = names_.find(key(level, index));
    out += catalog::quote_identifier(found != names_.end() ? found->second : std::string(rest, stop));
  }
  return out += text;
}

}  // namespace operators
