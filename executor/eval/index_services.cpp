#include "index_services.h"

#include "catalog/session_catalog.h"
#include "query/walk.h"
#include "types/oid.h"
#include "types/sql_error.h"

namespace eval {
namespace {

using types::Oid;

constexpr Oid kRegconfig = 3734;

class IndexServices final : public types::SessionServices {
 public:
  explicit IndexServices(const TextSearchRecipes& recipes) : recipes_(recipes) {}

  const text_search::Configuration& ts_configuration(Oid configuration) override {
    const auto made = made_.find(configuration);
    if (made != made_.end()) return made->second;
    const auto recipe = recipes_.find(configuration);
    if (recipe == recipes_.end()) refuse();
    return made_.emplace(configuration, recipe->second.make()).first->second;
  }

  std::string current_database() override { refuse(); }
  std::string current_user() override { refuse(); }
  std::string session_user() override { refuse(); }
  std::optional<std::string> current_schema() override { refuse(); }
  std::vector<std::string> current_schemas(bool) override { refuse(); }
  std::int32_t backend_pid() override { refuse(); }
  std::string get_setting(std::string_view, bool) override { refuse(); }
  std::string set_setting(std::string_view, std::string_view, bool) override { refuse(); }
  std::int64_t nextval(Oid) override { refuse(); }
  std::int64_t currval(Oid) override { refuse(); }
  std::int64_t lastval() override { refuse(); }
  std::int64_t setval(Oid, std::int64_t, bool) override { refuse(); }
  std::optional<std::string> catalog_text(std::string_view,
                                          const std::vector<std::optional<std::string>>&) override {
    refuse();
  }

 private:
  [[noreturn]] static void refuse() {
    throw types::SqlError::not_supported("a function that asks the session in an index expression");
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
