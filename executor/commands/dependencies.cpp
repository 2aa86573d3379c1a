// Writing pg_depend.
#include <algorithm>
#include <unordered_set>

#include "catalog/text_search_columns.h"
#include "ddl.h"
#include "extension.h"
#include "query/walk.h"

namespace commands {
namespace {

// What initdb made can never be dropped, so nobody records that they need it: but for public.
bool is_pinned(const ObjectAddress& object) {
  constexpr Oid kFirstUnpinned = 12000;
  if (object.catalog == pg_namespace::kOid && object.oid == catalog::kPublicSchema) return false;
  return object.oid < kFirstUnpinned;
}

// Whose objects values of a type name; 0: it is another type.
Oid catalog_named_by(Oid type) {
  constexpr Oid kRegconfig = 3734, kRegdictionary = 3769;
  switch (type) {
    case types::oid::regclass: return pg_class::kOid;
    case types::oid::regtype: return pg_type::kOid;
    case types::oid::regproc:
    case types::oid::regprocedure: return pg_proc::kOid;
    case kRegconfig: return catalog::pg_ts_config::kOid;
    case kRegdictionary: return catalog::pg_ts_dict::kOid;
    case types::oid::regcollation: return catalog::pg_collation::kOid;
    case types::oid::regnamespace: return pg_namespace::kOid;
    default: return 0;
  }
}

// Collects what an expression or query refers to; range tables nest as queries do.
class Collector {
 public:
  explicit Collector(catalog::CatalogView& catalog) : catalog_(catalog) {}

  void expression(const query::Expression& e) {
    if (names_type(e)) type(e.type.oid);
    add({catalog::pg_collation::kOid, e.type.collation, 0});
    // nextval('s'::regclass): the sequence. to_tsvector('c'::regconfig, ..): the configuration.
    if (const auto* constant = std::get_if<query::Constant>(&e.node); constant != nullptr && !constant->value.is_null)
      if (const Oid named = catalog_named_by(e.type.oid)) add({named, constant->value.as<Oid>(), 0});
    std::visit([this](const auto& node) { this->node(node); }, e.node);
    query::for_each_child(
        e, [this](const query::Expression& child) { expression(child); },
        [this](const query::Query& nested) { query(nested); });
  }

  void query(const query::Query& q) {
    stack_.push_back(&q);
    for (const query::RangeTableEntry& entry : q.range_table)
      if (entry.kind == query::RangeTableEntry::Kind::relation) add(relation_address(entry.relation));
      else if (entry.view != 0) add(relation_address(entry.view));
    // What a join passes through counts where somebody refers to it, but for what USING merges.
    std::unordered_set<const query::Expression*> passed;
    for (const query::RangeTableEntry& entry : q.range_table)
      for (std::size_t i = entry.merged_left.size(); i < entry.join_columns.size(); ++i)
        passed.insert(entry.join_columns[i].get());
    // What a view reads is the view's own matter.
    std::unordered_set<const query::Query*> views;
    for (const query::RangeTableEntry& entry : q.range_table)
      if (entry.view != 0 && entry.subquery != nullptr) views.insert(entry.subquery.get());
    query::for_each_expression(
        q,
        [&](const query::Expression& child) {
          if (!passed.contains(&child)) expression(child);
        },
        [&](const query::Query& nested) {
          if (!views.contains(&nested)) query(nested);
        });
    primary_keys(q);
    stack_.pop_back();
  }

  std::vector<ObjectAddress> found;
  std::vector<int> own_columns;  // of `relation`

 private:
  // Of what is called or selected, the function or column says the type.
  static bool names_type(const query::Expression& e) {
    return std::holds_alternative<query::Constant>(e.node) || std::holds_alternative<query::Parameter>(e.node) ||
           std::holds_alternative<query::Relabel>(e.node) || std::holds_alternative<query::CoerceViaIo>(e.node) ||
           std::holds_alternative<query::ArrayCoerce>(e.node) ||
           std::holds_alternative<query::CoerceToDomain>(e.node) ||
           std::holds_alternative<query::RowConstructor>(e.node) ||
           std::holds_alternative<query::ArrayConstructor>(e.node);
  }

  // Columns that are not grouped by follow from a primary key that is: without it the query means nothing.
  void primary_keys(const query::Query& q) {
    if (q.group_by.empty()) return;
    for (std::size_t i = 0; i < q.range_table.size(); ++i) {
      const query::RangeTableEntry& entry = q.range_table[i];
      if (entry.kind != query::RangeTableEntry::Kind::relation) continue;
      const RelationPtr relation = catalog_.relation(entry.relation);
      const catalog::IndexDescriptor* key = relation != nullptr ? relation->primary_key() : nullptr;
      if (key == nullptr || key->constraint == 0) continue;
      const int table = static_cast<int>(i);
      const bool is_grouped = std::ranges::all_of(
          key->keys, [&](const catalog::IndexKey& k) { return groups_by_column(q, table, k.column); });
      if (is_grouped && reads_ungrouped(q, table)) add({pg_constraint::kOid, key->constraint, 0});
    }
  }
  static bool groups_by_column(const query::Query& q, int table, int column) {
    return std::ranges::any_of(q.group_by, [&](const query::GroupKey& key) {
      const auto* reference = std::get_if<query::ColumnReference>(&key.expression->node);
      return reference != nullptr && reference->levels_up == 0 && reference->range_table_index == table &&
             reference->column == column;
    });
  }
  static bool reads_ungrouped(const query::Query& q, int table) {
    bool reads = q.having != nullptr && reads_ungrouped(*q.having, q, table, 0);
    for (const query::OutputColumn& output : q.output) reads = reads || reads_ungrouped(*output.expression, q, table, 0);
    for (const query::SortKey& key : q.order_by) reads = reads || reads_ungrouped(*key.expression, q, table, 0);
    return reads;
  }
  static bool reads_ungrouped(const query::Expression& e, const query::Query& q, int table, int depth) {
    if (const auto* aggregate = std::get_if<query::Aggregate>(&e.node); aggregate != nullptr && aggregate->levels_up == depth)
      return false;
    if (depth == 0 && std::ranges::any_of(q.group_by, [&](const query::GroupKey& key) { return query::equal(*key.expression, e); }))
      return false;
    if (const auto* reference = std::get_if<query::ColumnReference>(&e.node))
      return reference->levels_up == depth && reference->range_table_index == table &&
             !groups_by_column(q, table, reference->column);
    bool reads = false;
    query::for_each_child(
        e, [&](const query::Expression& child) { reads = reads || reads_ungrouped(child, q, table, depth); },
        [&](const query::Query& nested) { reads = reads || reads_ungrouped_below(nested, q, table, depth + 1); });
    return reads;
  }
  static bool reads_ungrouped_below(const query::Query& below, const query::Query& q, int table, int depth) {
    bool reads = false;
    query::for_each_expression(
        below, [&](const query::Expression& child) { reads = reads || reads_ungrouped(child, q, table, depth); },
        [&](const query::Query& nested) { reads = reads || reads_ungrouped_below(nested, q, table, depth + 1); });
    return reads;
  }

  void add(const ObjectAddress& object) {
    if (object.oid != 0 && std::find(found.begin(), found.end(), object) == found.end())
      found.push_back(object);
  }
  void type(Oid oid) { add({pg_type::kOid, oid, 0}); }
  void function(Oid oid) { add({pg_proc::kOid, oid, 0}); }

  template <typename Node>
  void node(const Node&) {}
  void node(const query::Call& call) {
    if (call.operator_ != 0)
      add({catalog::pg_operator::kOid, call.operator_, 0});  // which needs its function
    else
      function(call.function);
  }
  void node(const query::NullIf& n) { function(n.equality.function); }
  void node(const query::IsDistinct& n) { function(n.equality.function); }
  void node(const query::ScalarArrayOp& n) { function(n.function); }
  void node(const query::Aggregate& n) { function(n.function); }
  void node(const query::WindowCall& n) { function(n.function); }
  void node(const query::FieldSelect& select) {
    const catalog::TypeInfo* row = catalog_.type(catalog_.base_type(select.argument->type.oid));
    if (row != nullptr && row->relation != 0) add(relation_address(row->relation, select.field + 1));
  }
  void node(const query::ColumnReference& reference) {
    if (stack_.empty()) {
      if (reference.range_table_index == 0 && reference.column >= 0) own(reference.column + 1);
      return;
    }
    auto levels = static_cast<std::size_t>(reference.levels_up);
    if (levels >= stack_.size()) return;
    const query::Query& q = *stack_[stack_.size() - 1 - levels];
    auto index = static_cast<std::size_t>(reference.range_table_index);
    if (index >= q.range_table.size()) return;
    const query::RangeTableEntry& entry = q.range_table[index];
    if (entry.kind == query::RangeTableEntry::Kind::join) {
      // The expression stands at the join's own level.
      std::vector<const query::Query*> inner(stack_.end() - static_cast<std::ptrdiff_t>(levels), stack_.end());
      stack_.resize(stack_.size() - levels);
      for (std::size_t c = 0; c < entry.join_columns.size(); ++c)
        if (reference.column == static_cast<int>(c) || reference.column == query::kWholeRowColumn)
          expression(*entry.join_columns[c]);
      stack_.insert(stack_.end(), inner.begin(), inner.end());
      return;
    }
    if (reference.column < 0) return;
    if (entry.kind == query::RangeTableEntry::Kind::relation)
      add(relation_address(entry.relation, reference.column + 1));
    else if (entry.view != 0)
      add(relation_address(entry.view, reference.column + 1));
    else if (entry.kind == query::RangeTableEntry::Kind::function)
      function_column(entry, reference.column);
  }
  // Of a function that returns rows of a type: the type's field.
  void function_column(const query::RangeTableEntry& entry, int column) {
    for (const query::FunctionItem& item : entry.functions) {
      if (column < item.column_count) {
        const catalog::TypeInfo* row = catalog_.type(catalog_.base_type(item.call->type.oid));
        if (!item.has_column_definitions && row != nullptr && row->relation != 0)
          add(relation_address(row->relation, column + 1));
        return;
      }
      column -= item.column_count;
    }
  }
  void own(int column) {
    if (std::find(own_columns.begin(), own_columns.end(), column) == own_columns.end())
      own_columns.push_back(column);
  }

  catalog::CatalogView& catalog_;
  std::vector<const query::Query*> stack_;
};

}  // namespace

void Ddl::depend(const ObjectAddress& on_behalf, const ObjectAddress& needs, Dependency kind) {
  if (needs.oid == 0 || is_pinned(needs)) return;
  RowBuilder row = writer_.row(pg_depend::kOid);
  row.set(pg_depend::classid, on_behalf.catalog);
  row.set(pg_depend::objid, on_behalf.oid);
  row.set(pg_depend::objsubid, on_behalf.sub);
  row.set(pg_depend::refclassid, needs.catalog);
  row.set(pg_depend::refobjid, needs.oid);
  row.set(pg_depend::refobjsubid, needs.sub);
  row.set(pg_depend::deptype, static_cast<char>(kind));
  writer_.insert(row);
}

namespace {

// Who needs a column of a table says nothing of the table as well.
void drop_wholes(std::vector<ObjectAddress>& objects) {
  std::vector<Oid> by_column;
  for (const ObjectAddress& object : objects)
    if (object.catalog == pg_class::kOid && object.sub != 0) by_column.push_back(object.oid);
  std::erase_if(objects, [&](const ObjectAddress& object) {
    return object.catalog == pg_class::kOid && object.sub == 0 &&
           std::find(by_column.begin(), by_column.end(), object.oid) != by_column.end();
  });
}

}  // namespace

void Ddl::depend_on_expression(const ObjectAddress& on_behalf, const query::Expression& expression,
                               Oid relation, Dependency columns) {
  Collector collector(catalog());
  collector.expression(expression);
  drop_wholes(collector.found);
  for (int column : collector.own_columns)
    depend(on_behalf, relation_address(relation, column), columns);
  for (const ObjectAddress& object : collector.found)
    depend(on_behalf, object, Dependency::normal);
}

void Ddl::depend_on_query(const ObjectAddress& on_behalf, const query::Query& query) {
  Collector collector(catalog());
  collector.query(query);
  drop_wholes(collector.found);
  for (const ObjectAddress& object : collector.found)
    if (object.oid != on_behalf.oid) depend(on_behalf, object, Dependency::normal);
}

void Ddl::remove_dependencies(const ObjectAddress& of, Oid only_on_catalog) {
  RowReader rows = of.sub == 0
                       ? writer_.read(pg_depend::kOid, catalog::index::pg_depend_depender_index,
                                      {key_oid(of.catalog), key_oid(of.oid)})
                       : writer_.read(pg_depend::kOid, catalog::index::pg_depend_depender_index,
                                      {key_oid(of.catalog), key_oid(of.oid),
                                       types::Datum::of(std::int32_t{of.sub})});
  // An object that is defined anew is still a member of its extension.
  while (rows.next())
    if (rows.row().letter(pg_depend::deptype) != static_cast<char>(kMember) &&
        (only_on_catalog == 0 || rows.row().oid(pg_depend::refclassid) == only_on_catalog))
      writer_.remove(pg_depend::kOid, rows.row());
}

}  // namespace commands
