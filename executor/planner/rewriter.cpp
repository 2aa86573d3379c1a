#include "rewriter.h"

#include <algorithm>

#include "catalog/target_columns.h"
#include "rewrite.h"
#include "rule_action.h"
#include "types/sql_error.h"

namespace planner {

using catalog::RelationPtr;
using query::CommandKind;
using query::Query;
using types::SqlError;

namespace {

RelationPtr target_of(const Query& query, catalog::CatalogView& catalog) {
  if (query.command == CommandKind::select || query.command == CommandKind::values || query.target < 0) return nullptr;
  return catalog.relation(query.range_table[static_cast<std::size_t>(query.target)].relation);
}

bool has_work(const Query& query, catalog::CatalogView& catalog) {
  const RelationPtr target = target_of(query, catalog);
  return target != nullptr && (target->kind == catalog::RelationKind::view || !target->rules.empty());
}

const char* name_of(CommandKind command) {
  return command == CommandKind::insert ? "INSERT" : command == CommandKind::update ? "UPDATE" : "DELETE";
}

enum class Source : std::uint8_t { original, instead, conditional_instead, also };
struct Product {
  std::unique_ptr<Query> query;
  Source source = Source::original;
};

void require_one(const std::vector<Product>& products, const char* where) {
  const auto refuse = [&](const char* what) {
    throw SqlError("0A000", std::string(what) + " rules are not supported for " + where);
  };
  if (products.empty()) refuse("DO INSTEAD NOTHING");
  if (products.size() == 1) return;
  for (const Product& product : products) {
    if (product.source == Source::conditional_instead) refuse("conditional DO INSTEAD");
    if (product.source == Source::also) refuse("DO ALSO");
  }
  refuse("multi-statement DO INSTEAD");
}

class Rewriter {
 public:
  explicit Rewriter(catalog::CatalogView& catalog) : catalog_(catalog) {}

  std::vector<Product> rewrite(Product statement) {
    std::vector<Product> result;
    rewrite_common_tables(*statement.query);
    const RelationPtr target = target_of(*statement.query, catalog_);
    if (target == nullptr || statement.query->command == CommandKind::merge) {
      result.push_back(std::move(statement));
      return result;
    }
    Query& query = *statement.query;
    const CommandKind event = query.command;
    bool instead = false, returning = false, view = false;
    std::unique_ptr<Query> conditional;  // the statement without the rows that rules do instead
    std::vector<Product> products;
    bool update_rules = false;
    for (const catalog::RuleInfo& rule : target->rules) {
      if (!target->acts(rule.enabled)) continue;
      update_rules |= rule.event == CommandKind::update;
      if (rule.event != event) continue;
      const Source source = !rule.instead ? Source::also : rule.condition ? Source::conditional_instead : Source::instead;
      if (source == Source::conditional_instead) {
        if (conditional == nullptr) conditional = query::clone(query);
        add_inverted_condition(*conditional, *rule.condition, target->owner, catalog_);
      }
      instead |= source == Source::instead;
      for (const query::RuleAction& action : *rule.actions)
        products.push_back({apply_rule_action(query, action, rule.condition.get(), *target, returning, catalog_), source});
    }
    const bool has_products = !products.empty();
    if (!instead && target->kind == catalog::RelationKind::view &&
        rewrite_view_target(query, catalog_, conditional != nullptr)) {
      Product changed{std::move(statement.query), statement.source};
      products.insert(event == CommandKind::insert ? products.begin() : products.end(), std::move(changed));
      instead = returning = view = true;
    }
    if (!products.empty()) {
      const std::pair<types::Oid, CommandKind> self{target->oid, event};
      if (std::find(active_.begin(), active_.end(), self) != active_.end())
        throw SqlError("42P17", "infinite recursion detected in rules for relation \"" + target->name + "\"");
      active_.push_back(self);
      for (Product& product : products)
        for (Product& made : rewrite(std::move(product))) result.push_back(std::move(made));
      active_.pop_back();
    }
    if (view) return result;
    if ((instead || conditional != nullptr) && query.has_returning && !returning)
      throw SqlError("0A000", std::string("cannot perform ") + name_of(event) + " RETURNING on relation \"" + target->name + "\"")
          .with_hint(std::string("You need an unconditional ON ") + name_of(event) +
                     " DO INSTEAD rule with a RETURNING clause.");
    if (query.on_conflict != nullptr && (has_products || update_rules))
      throw SqlError("0A000", "INSERT with ON CONFLICT clause cannot be used with table that has INSERT or UPDATE rules");
    if (instead) return result;
    Product kept{conditional != nullptr ? std::move(conditional) : std::move(statement.query), statement.source};
    result.insert(event == CommandKind::insert ? result.begin() : result.end(), std::move(kept));
    return result;
  }

 private:
  void rewrite_common_tables(Query& query) {
    for (query::CommonTable& table : query.with) {
      if (!has_work(*table.query, catalog_)) continue;
      std::vector<Product> products = rewrite({std::move(table.query), Source::original});
      require_one(products, "data-modifying statements in WITH");
      table.query = std::move(products[0].query);
    }
  }

  catalog::CatalogView& catalog_;
  std::vector<std::pair<types::Oid, CommandKind>> active_;
};

}  // namespace

bool needs_rewriting(const Query& query, catalog::CatalogView& catalog) {
  if (has_work(query, catalog)) return true;
  for (const query::CommonTable& table : query.with)
    if (has_work(*table.query, catalog)) return true;
  return false;
}

RewrittenStatement rewrite_statement(std::unique_ptr<Query> query, catalog::CatalogView& catalog, bool for_copy) {
  const CommandKind command = query->command;
  const bool with = !query->with.empty();
  std::vector<Product> products = Rewriter(catalog).rewrite({std::move(query), Source::original});
  if (for_copy) require_one(products, "COPY");
  if (with && products.size() > 1)
    throw SqlError("0A000", "WITH cannot be used in a query that is rewritten by rules into multiple queries");
  RewrittenStatement result;
  for (std::size_t i = 0; i < products.size(); ++i) {
    const bool original = products[i].source == Source::original;
    // The last of what is done instead, unless the statement itself is left.
    if (original || (products[i].source == Source::instead && products[i].query->command == command &&
                     (result.main < 0 || products[static_cast<std::size_t>(result.main)].source != Source::original)))
      result.main = static_cast<int>(i);
  }
  for (Product& product : products) result.queries.push_back(std::move(product.query));
  return result;
}

}  // namespace planner
