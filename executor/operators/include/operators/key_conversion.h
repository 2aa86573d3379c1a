// Values of a foreign key's columns as the key's own columns have them, where the two are of different types.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "catalog/catalog_view.h"
#include "catalog/relation.h"
#include "types/arena.h"
#include "types/datum.h"
#include "types/eval_context.h"

namespace operators {

// Of one column. Not thread-safe.
class KeyConversion {
 public:
  // `equal` compares a value of type `to` (left) with one of type `from`, or of what `from` is implicitly cast to.
  // `context` outlives this. SqlError 0A000 where a value may be equal to several.
  KeyConversion(catalog::CatalogView& catalog, types::Oid from, types::Oid to, types::Oid equal,
                const types::EvalContext& context);
  ~KeyConversion();
  KeyConversion(KeyConversion&&) noexcept;
  KeyConversion& operator=(KeyConversion&&) noexcept;

  // The one value of type `to` that is equal to that of type `from`; nullopt: there is none. Not of nulls. What it
  // needs memory for is in `arena`. SqlError as the implicit cast's.
  std::optional<types::Datum> find(const types::Datum& value, types::Arena& arena);

  // Whether each value of `to` is equal to at most one of `from`, which unfind() gives: an index over the one finds
  // the other. Integers, and what has the same bytes.
  bool is_one_to_one() const { return steps_ == nullptr; }
  // Of one that is one to one: the value of type `from`; nullopt: there is none.
  std::optional<types::Datum> unfind(const types::Datum& value) const;

 private:
  struct Steps;
  types::PhysicalType from_, to_;
  std::unique_ptr<Steps> steps_;  // of values that functions convert
};

// Of all columns of the foreign key, whose own columns are those of `referencing`.
std::vector<KeyConversion> key_conversions(catalog::CatalogView& catalog, const catalog::ForeignKey& key,
                                           const catalog::RelationDescriptor& referenced,
                                           const catalog::RelationDescriptor& referencing, std::span<const int> columns,
                                           const types::EvalContext& context);

}  // namespace operators
