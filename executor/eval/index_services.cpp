#include "index_services.h"

#include "catalog/session_catalog.h"
#include "query/walk.h"
#include "types/absent_session.h"
#include "types/current_session.h"
#include "types/oid.h"
#include "types/sql_error.h"

namespace eval {
namespace {

using types::Oid;

constexpr Oid kRegconfig = 3734;

class IndexServices final : public types::AbsentSession {
 public:
  explicit IndexServices(const TextSearchRecipes& recipes)
      : AbsentSession("in an index expression"), recipes_(recipes) {}

  const text_search::Configuration& ts_configuration(Oid configuration) override {
    const auto made = made_.find(configuration);
    if (made != made_.end()) return made->second;
    const auto recipe = recipes_.find(configuration);
    if (recipe == recipes_.end()) refuse();
    return made_.emplace(configuration, recipe->second.make()).first->second;
  }

  void call_function(types::EvalContext& context, const types::UserCall& call,
                     std::span<const types::Vector* const> arguments, types::Selection rows,
                     types::Vector& out) override {
    session().call_function(context, call, arguments, rows, out);
  }
  void check_domain(types::EvalContext& context, Oid domain, const types::Datum& value) override {
    session().check_domain(context, domain, value);
  }

 private:
  types::SessionServices& session() {
    types::SessionServices* const current = types::current_session();
    if (current == nullptr) refuse();
    return *current;
  }

  const TextSearchRecipes& recipes_;
  std::map<Oid, text_search::Configuration> made_;
};

}  // namespace

void collect_configurations(catalog::CatalogView& catalog, const query::Expression& expression,
                            TextSearchRecipes& recipes) {
  if (const auto* constant = std::get_if<query::Constant>(&expression.node);
      constant != nullptr && expression.type.oid == kRegconfig && !constant->value.is_null) {
    const Oid configuration = constant->value.as<std::uint32_t>();
    auto* session = dynamic_cast<catalog::SessionCatalog*>(&catalog);
    if (session != nullptr && !recipes.contains(configuration))
      recipes.emplace(configuration, catalog::text_search_recipe(*session, configuration));
  }
  query::for_each_child(expression, [&](const query::Expression& child) {
    collect_configurations(catalog, child, recipes);
  });
}

std::unique_ptr<types::SessionServices> make_index_services(const TextSearchRecipes& recipes) {
  return std::make_unique<IndexServices>(recipes);
}

}  // namespace eval
