// What a table and those that inherit from it (or are its partitions) have to do with each other.
#pragma once

#include <vector>

#include "ddl.h"

namespace commands {

// Records `child` as the newest child of `parent`. `kind`: automatic for partitions.
void add_parent(Ddl& ddl, Oid child, const RelationDescriptor& parent, Dependency kind);
// Takes the record back; false when there is none.
bool remove_parent(Ddl& ddl, Oid child, const RelationDescriptor& parent, Dependency kind);

// Direct children in the order of their OIDs, locked.
std::vector<Oid> children_of(Ddl& ddl, const RelationDescriptor& parent, RelationLock lock);
// The relation itself, then everything below it, each once, locked.
std::vector<Oid> with_descendants(Ddl& ddl, Oid relation, RelationLock lock);
// Everything above it, nearest first.
std::vector<Oid> ancestors_of(Ddl& ddl, Oid relation);

// For each column of `from`, its place in `to` by name; -1 where there is none.
std::vector<int> column_map(const RelationDescriptor& from, const RelationDescriptor& to);
// A copy with the columns of range table entry 0 renumbered.
query::ExpressionPtr renumbered(const query::Expression& expression, const std::vector<int>& map);

// ALTER TABLE .. INHERIT and NO INHERIT.
void add_inherit(Ddl& ddl, Oid child, const query::RelationName& parent);
void drop_inherit(Ddl& ddl, Oid child, const query::RelationName& parent);

// Columns and checks of `parent` that `child` must have: counted as inherited, or 42804.
void merge_into_existing(Ddl& ddl, Oid child, const RelationDescriptor& parent, bool partition);
// The reverse: what is inherited no more becomes the child's own.
void unmerge(Ddl& ddl, Oid child, const RelationDescriptor& parent);

}  // namespace commands
