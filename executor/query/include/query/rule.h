// What CREATE RULE makes of a relation's statements.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "query/query.h"

namespace query {

// Entries of the query around a rule's commands, which is never there: references to them have one
// level more than the command has itself.
inline constexpr int kOldRow = 0, kNewRow = 1;

// One command of a rule: a query or NOTIFY.
struct RuleAction {
  std::unique_ptr<Query> query;
  std::string channel, payload;
};

// The text that pg_rewrite.ev_action holds, and back: XX001 for one that is damaged.
std::string serialize(const std::vector<RuleAction>& actions);
std::vector<RuleAction> deserialize_rule_actions(std::string_view text);

}  // namespace query
