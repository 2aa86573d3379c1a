#include "user_types.h"

#include "catalog/collators.h"
#include "catalog/internal_functions.h"
#include "extensions/extension.h"
#include "types/collator.h"

namespace catalog {

using types::UserType;

std::shared_ptr<const UserType> UserTypes::find(Oid oid, std::uint64_t version) {
  if (version != version_) {
    known_.clear();
    version_ = version;
  }
  if (auto found = known_.find(oid); found != known_.end()) return found->second;
  known_[oid] = nullptr;  // a type that contains itself ends here
  std::shared_ptr<const UserType> result;
  const TypeInfo* info = view_.type(oid);
  if (info != nullptr && info->defined) {
    UserType::Definition definition;
    definition.oid = oid;
    definition.name = view_.format_type(oid);
    if (define(*info, definition)) result = made(std::move(definition));
  }
  known_[oid] = result;
  return result;
}

std::shared_ptr<const UserType> UserTypes::made(UserType::Definition definition) {
  auto& earlier = made_[definition.oid];
  for (const auto& one : earlier)
    if (one->definition() == definition) return one;
  return earlier.emplace_back(std::make_shared<const UserType>(std::move(definition)));
}

std::shared_ptr<const UserType> UserTypes::checked(Oid domain) {
  UserType::Definition definition;
  definition.kind = UserType::Kind::domain;
  definition.oid = domain;
  definition.name = view_.format_type(domain);
  const Oid base = view_.base_type(domain, &definition.typmod);
  definition.element = view_.find_support(base);
  if (definition.element == nullptr) return nullptr;
  if (auto of_user = view_.user_type(base)) definition.keep.push_back(std::move(of_user));
  return made(std::move(definition));
}

bool UserTypes::define(const TypeInfo& info, UserType::Definition& definition) {
  using Kind = UserType::Kind;
  auto use = [&](Oid type) {
    const types::TypeSupport* support = view_.find_support(type);
    if (auto made = view_.user_type(view_.base_type(type))) definition.keep.push_back(std::move(made));
    return support;
  };
  // Fields compare by their columns' collations.
  auto ordered = [&](const types::TypeRef& type, const types::TypeSupport* plain) {
    const types::Collator* order = plain != nullptr ? collator(view_, type.collation) : nullptr;
    const types::TypeSupport* support = order != nullptr && !order->bytewise() ? order->support(plain->oid) : nullptr;
    return support != nullptr ? support : plain;
  };
  if (info.oid == types::oid::record) {
    definition.kind = Kind::record;
    definition.finder = this;
    return true;
  }
  if (info.is_true_array) {
    const TypeInfo* element = view_.type(info.element);
    if (element == nullptr) return false;
    definition.kind = Kind::array;
    if (element->kind == 'd') {
      // A domain's checks belong to every element.
      auto domain = checked(info.element);
      if (domain == nullptr) return false;
      definition.element = &domain->support();
      definition.keep.push_back(std::move(domain));
    } else {
      definition.element = use(info.element);
    }
    definition.delimiter = element->delimiter;
    return definition.element != nullptr;
  }
  switch (info.kind) {
    case 'e':
      definition.kind = Kind::enumeration;
      for (EnumLabel& label : view_.enum_labels(info.oid))
        definition.labels.push_back({label.oid, label.order, std::move(label.label)});
      return true;
    case 'c': {
      definition.kind = Kind::composite;
      definition.finder = this;
      RelationPtr relation = view_.relation(info.relation);
      if (relation == nullptr) return false;
      for (const Column& column : relation->columns) {
        types::TypeRef type = column.type;
        view_.base_type(type.oid, &type.typmod);  // a domain has its own
        definition.fields.push_back(
            {column.name, type, column.dropped, column.dropped ? nullptr : ordered(type, use(type.oid))});
      }
      return true;
    }
    case 'r': {
      const RangeInfo* range = view_.range(info.oid);
      if (range == nullptr) return false;
      definition.kind = Kind::range;
      definition.canonical = range->canonical;
      definition.element = use(range->subtype);
      return definition.element != nullptr && definition.element->compare != nullptr;
    }
    case 'm': {
      const RangeInfo* range = view_.range_of_multirange(info.oid);
      if (range == nullptr) return false;
      definition.kind = Kind::multirange;
      definition.element = use(range->type);
      return definition.element != nullptr;
    }
    case 'b': {
      const FunctionInfo* input = info.oid < types::kFirstNormalOid ? nullptr : view_.function(info.input);
      definition.kind = Kind::base;
      definition.delimiter = info.delimiter;
      definition.element = input != nullptr ? extensions::find_type(input->name) : nullptr;
      // Some of extensions' have built-in input functions, too (citext).
      if (input != nullptr && definition.element == nullptr && is_user_internal(*input)) definition.element = base_type_support(view_, info);
      return definition.element != nullptr;
    }
    default: return false;
  }
}

}  // namespace catalog
