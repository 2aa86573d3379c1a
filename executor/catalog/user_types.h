// Types that users made, as types::UserType: one cache per catalogue view.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "catalog/catalog_view.h"
#include "types/user_type.h"

namespace catalog {

// A definition that is used again after unrelated changes to the catalogue stays the same object,
// so that plans and portals may point to it as long as the view lives. Not thread-safe.
class UserTypes final : public types::TypeFinder {
 public:
  explicit UserTypes(CatalogView& view) : view_(view) {}

  // Null when `type` is built in, a domain, or has no values. `version`: of the catalogue's types.
  std::shared_ptr<const types::UserType> find(Oid type, std::uint64_t version);

  // types::TypeFinder
  const types::TypeSupport* find_support(Oid type) override { return view_.find_support(type); }
  std::string type_name(Oid type) override { return view_.format_type(type); }

 private:
  bool define(const TypeInfo& info, types::UserType::Definition& definition);
  // The one there is of that definition, or a new one.
  std::shared_ptr<const types::UserType> made(types::UserType::Definition definition);
  // A domain whose input makes its checks; null: its base type has no values.
  std::shared_ptr<const types::UserType> checked(Oid domain);

  CatalogView& view_;
  std::uint64_t version_ = 0;
  std::unordered_map<Oid, std::shared_ptr<const types::UserType>> known_;
  std::unordered_map<Oid, std::vector<std::shared_ptr<const types::UserType>>> made_;
};

}  // namespace catalog
