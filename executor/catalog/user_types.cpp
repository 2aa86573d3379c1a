#include "user_types.h"

#include "catalog/collators.h"
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
    if (define(*info, definition)) {
      auto& made = made_[oid];
      for (const auto& earlier : made)
        if (earlier->definition() == definition) result = earlier;
      if (result == nullptr)
        result = made.emplace_back(std::make_shared<const UserType>(std::move(definition)));
    }
  }
  known_[oid] = result;
  return result;
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
    // A domain's checks belong to every element: array_in would not make them.
    const TypeInfo* element = view_.type(info.element);
    if (element == nullptr || element->kind == 'd') return false;
    definition.kind = Kind::array;
    definition.element = use(info.element);
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
      for (const Column& column : relation->columns)
        definition.fields.push_back({column.name, column.type, column.dropped,
                                     column.dropped ? nullptr : ordered(column.type, use(column.type.oid))});
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
    default: return false;
  }
}

}  // namespace catalog
