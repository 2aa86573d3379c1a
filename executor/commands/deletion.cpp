// Following pg_depend from what is dropped to what must go with it.
#include <algorithm>

#include "catalog/extended_statistics.h"
#include "catalog/object_columns.h"
#include "catalog/text_search_columns.h"
#include "drop.h"
#include "extension.h"
#include "initial_privileges.h"
#include "large_object.h"
#include "operator_lookup.h"
#include "rights.h"
#include "table/sequence.h"
#include "table_parts.h"
#include "type_uses.h"

namespace commands {
namespace {

class Deletion {
 public:
  Deletion(Ddl& ddl, const std::vector<ObjectAddress>& originals, bool cascade, bool quiet)
      : ddl_(ddl), originals_(originals), cascade_(cascade), quiet_(quiet) {}

  void run() {
    for (const ObjectAddress& object : originals_) collect(object, Why::asked, {});
    report();
    if (ddl_.host().collects_drops())
      for (const Target& target : targets_) tell(target);
    for (const Target& target : targets_) remove(target.object);
    if (!smaller_rows_.empty()) ddl_.transaction().next_command();
    for (Oid row_type : smaller_rows_) rebuild_orders_by(ddl_, row_type);
  }

 private:
  enum class Why : std::uint8_t { asked, automatic, cascaded };
  struct Target {
    ObjectAddress object;
    Why why;
    ObjectAddress because;  // what it depends on
  };

  void tell(const Target& target) {
    // A view's rule is a part of the view that reads it, too.
    const bool is_normal = target.why == Why::cascaded || target.object.catalog == pg_rewrite::kOid;
    Host::DroppedObject dropped{target.object.catalog, target.object.oid, target.object.sub, target.why == Why::asked, is_normal, false};
    const Oid schema = schema_of(ddl_, target.object);
    dropped.temporary = schema != 0 && schema == ddl_.catalog().temporary_schema();
    ddl_.host().dropped(dropped);
  }

  bool is_listed(const ObjectAddress& object) const {
    return std::any_of(targets_.begin(), targets_.end(), [&](const Target& target) {
      return target.object.catalog == object.catalog && target.object.oid == object.oid &&
             (target.object.sub == object.sub || target.object.sub == 0);
    });
  }
  bool is_visited(const ObjectAddress& object) const {
    return std::any_of(visiting_.begin(), visiting_.end(), [&](const ObjectAddress& other) {
      return other.catalog == object.catalog && other.oid == object.oid &&
             (other.sub == object.sub || other.sub == 0);
    });
  }

  // Reached by cascade before, and now as a part: nobody need hear of it.
  void soften(const ObjectAddress& object) {
    for (Target& target : targets_)
      if (target.object == object && target.why == Why::cascaded) target.why = Why::automatic;
  }

  // Dependents first, then the object itself.
  void collect(ObjectAddress object, Why why, const ObjectAddress& because) {
    if (why == Why::automatic) soften(object);
    if (is_listed(object) || is_visited(object)) return;
    lock(object);
    if (auto owner = whole_of(object); owner && !is_visited(*owner)) {
      bool asked_too = std::any_of(originals_.begin(), originals_.end(), [&](auto& o) {
        return o.catalog == owner->catalog && o.oid == owner->oid;
      });
      if (why == Why::asked && !asked_too)
        throw SqlError("2BP01", "cannot drop " + describe(ddl_, object) + " because " +
                                    describe(ddl_, *owner) + " requires it")
            .with_hint("You can drop " + describe(ddl_, *owner) + " instead.");
      // Whatever pulls a part in pulls the whole.
      collect(*owner, why == Why::asked ? Why::automatic : why, because);
      if (is_listed(object)) return;
    }
    if (why == Why::asked) require_not_part_of_partition(object);
    visiting_.push_back(object);
    struct Dependent {
      ObjectAddress object;
      char kind;
    };
    std::vector<Dependent> dependents;
    {
      RowReader rows = object.sub == 0
          ? ddl_.writer().read(pg_depend::kOid, catalog::index::pg_depend_reference_index,
                               {key_oid(object.catalog), key_oid(object.oid)})
          : ddl_.writer().read(pg_depend::kOid, catalog::index::pg_depend_reference_index,
                               {key_oid(object.catalog), key_oid(object.oid),
                                types::Datum::of(std::int32_t{object.sub})});
      while (rows.next()) {
        Row row = rows.row();
        ObjectAddress dependent{row.oid(pg_depend::classid), row.oid(pg_depend::objid),
                                row.int4(pg_depend::objsubid)};
        // A column of the same table: goes with it.
        if (dependent.catalog == object.catalog && dependent.oid == object.oid) continue;
        dependents.push_back({dependent, row.letter(pg_depend::deptype)});
      }
    }
    // Newest first, so that a constraint is met before the index it uses.
    std::stable_sort(dependents.begin(), dependents.end(), [](auto& a, auto& b) {
      return a.object.oid != b.object.oid ? a.object.oid > b.object.oid
                                          : a.object.sub < b.object.sub;
    });
    for (const Dependent& dependent : dependents) {
      bool silent = dependent.kind != 'n';
      collect(dependent.object, silent ? Why::automatic : Why::cascaded, object);
    }
    visiting_.pop_back();
    if (!is_listed(object)) targets_.push_back({object, why, because});
  }

  // The object that this one is a part of, or the extension that it is a member of; none when it stands for itself.
  std::optional<ObjectAddress> whole_of(const ObjectAddress& object) {
    RowReader rows = ddl_.writer().read(pg_depend::kOid, catalog::index::pg_depend_depender_index,
                                        {key_oid(object.catalog), key_oid(object.oid),
                                         types::Datum::of(std::int32_t{object.sub})});
    while (rows.next())
      if (const char kind = rows.row().letter(pg_depend::deptype); kind == 'i' || kind == static_cast<char>(kMember))
        return ObjectAddress{rows.row().oid(pg_depend::refclassid),
                             rows.row().oid(pg_depend::refobjid),
                             rows.row().int4(pg_depend::refobjsubid)};
    return std::nullopt;
  }

  // A partition's index or constraint goes with the parent's or with the partition, not alone.
  void require_not_part_of_partition(const ObjectAddress& object) {
    RowReader rows = ddl_.writer().read(pg_depend::kOid, catalog::index::pg_depend_depender_index,
                                        {key_oid(object.catalog), key_oid(object.oid),
                                         types::Datum::of(std::int32_t{object.sub})});
    while (rows.next()) {
      Row row = rows.row();
      if (row.letter(pg_depend::deptype) != static_cast<char>(Dependency::partition_primary))
        continue;
      const ObjectAddress owner{row.oid(pg_depend::refclassid), row.oid(pg_depend::refobjid),
                                row.int4(pg_depend::refobjsubid)};
      const bool asked_too = std::any_of(originals_.begin(), originals_.end(), [&](auto& o) {
        return o.catalog == owner.catalog && o.oid == owner.oid;
      });
      if (asked_too) return;
      throw SqlError("2BP01", "cannot drop " + describe(ddl_, object) + " because " +
                                  describe(ddl_, owner) + " requires it")
          .with_hint("You can drop " + describe(ddl_, owner) + " instead.");
    }
  }

  void lock(const ObjectAddress& object) {
    if (object.catalog == pg_class::kOid)
      ddl_.catalog().open_relation(object.oid, RelationLock::access_exclusive);
  }

  // An automatic part of something that is only here by cascade was cascaded to, too, but is not
  // worth a line; what depends normally is.
  void report() {
    std::string detail;
    int count = 0;
    std::string only;
    for (auto it = targets_.rbegin(); it != targets_.rend(); ++it) {
      const Target& target = *it;
      if (target.why != Why::cascaded || is_original(target.object)) continue;
      ++count;
      if (!detail.empty()) detail += '\n';
      if (cascade_) {
        only = describe(ddl_, shown(target.object));
        detail += "drop cascades to " + only;
      } else {
        detail += describe(ddl_, shown(target.object)) + " depends on " +
                  describe(ddl_, shown(target.because));
      }
    }
    if (count == 0) return;
    if (!cascade_) {
      std::string what = originals_.size() == 1 ? describe(ddl_, shown(originals_[0])) : "desired object(s)";
      throw SqlError("2BP01", "cannot drop " + what + " because other objects depend on " +
                                  (originals_.size() == 1 ? "it" : "them"))
          .with_detail(std::move(detail))
          .with_hint("Use DROP ... CASCADE to drop the dependent objects too.");
    }
    if (quiet_) return;
    if (count == 1)
      ddl_.notice("00000", "drop cascades to " + only);
    else
      ddl_.host().notice({"NOTICE", "00000", "drop cascades to " + std::to_string(count) +
                                                 " other objects", std::move(detail), {}});
  }

  bool is_original(const ObjectAddress& object) const {
    return std::any_of(originals_.begin(), originals_.end(), [&](const ObjectAddress& o) {
      return o.catalog == object.catalog && o.oid == object.oid && (o.sub == 0 || o.sub == object.sub);
    });
  }

  // A view is told by its name, not by the rule that makes it; a type that has fields is the type, not its relation.
  ObjectAddress shown(const ObjectAddress& object) {
    if (object.catalog == pg_class::kOid && object.sub == 0) {
      RelationPtr relation = ddl_.catalog().relation(object.oid);
      if (relation != nullptr && relation->kind == RelationKind::composite)
        return {pg_type::kOid, relation->row_type, 0};
    }
    if (object.catalog != pg_rewrite::kOid) return object;
    RowReader rows = ddl_.writer().read(pg_rewrite::kOid, 0, {key_oid(object.oid)});
    if (rows.next() && rows.row().text(pg_rewrite::rulename) == "_RETURN") return relation_address(rows.row().oid(pg_rewrite::ev_class));
    return object;
  }

  void remove(const ObjectAddress& object) {
    switch (object.catalog) {
      case pg_class::kOid:
        if (object.sub != 0)
          remove_column(object);
        else
          remove_relation(object.oid);
        break;
      case pg_constraint::kOid: remove_constraint(object.oid); break;
      case pg_attrdef::kOid: remove_default(object.oid); break;
      case pg_type::kOid:
        ddl_.writer().remove_all(pg_enum::kOid, catalog::index::pg_enum_typid_sortorder_index,
                                 {key_oid(object.oid)});
        ddl_.writer().remove_all(catalog::pg_range::kOid, 0, {key_oid(object.oid)});
        ddl_.writer().remove_all(pg_type::kOid, 0, {key_oid(object.oid)});
        break;
      case pg_proc::kOid:
        ddl_.writer().remove_all(catalog::pg_aggregate::kOid, 0, {key_oid(object.oid)});
        ddl_.writer().remove_all(pg_proc::kOid, 0, {key_oid(object.oid)});
        break;
      case catalog::pg_ts_config::kOid:
        ddl_.writer().remove_all(catalog::pg_ts_config_map::kOid, 0, {key_oid(object.oid)});
        ddl_.writer().remove_all(object.catalog, 0, {key_oid(object.oid)});
        break;
      case catalog::pg_operator::kOid: forget_operator(ddl_, object.oid); break;
      case kLargeObjects:
        ddl_.writer().remove_all(kLargeObjects, 0, {key_oid(object.oid)});
        ddl_.writer().remove_all(kLargeObjectMetadata, 0, {key_oid(object.oid)});
        break;
      case catalog::pg_statistic_ext::kOid:
        ddl_.writer().remove_all(catalog::pg_statistic_ext_data::kOid, 0, {key_oid(object.oid)});
        ddl_.writer().remove_all(object.catalog, 0, {key_oid(object.oid)});
        break;
      default: ddl_.writer().remove_all(object.catalog, 0, {key_oid(object.oid)}); break;
    }
    if (object.sub == 0)
      ddl_.writer().remove_all(pg_depend::kOid, catalog::index::pg_depend_depender_index,
                               {key_oid(object.catalog), key_oid(object.oid)});
    else
      ddl_.remove_dependencies(object);
    ddl_.set_comment(object, std::nullopt);
    if (object.sub == 0) forget_initial_privileges(ddl_, object);
  }

  void remove_relation(Oid oid) {
    RelationPtr relation = ddl_.reload(oid);
    if (relation == nullptr) return;
    if (relation->kind != RelationKind::index) ddl_.require_unused(*relation, "DROP TABLE");
    switch (relation->kind) {
      case RelationKind::index: remove_index(*relation); break;
      case RelationKind::partitioned_index:
        ddl_.writer().remove_all(pg_index::kOid, 0, {key_oid(oid)});
        break;
      case RelationKind::partitioned_table:
        ddl_.writer().remove_all(catalog::pg_partitioned_table::kOid, 0, {key_oid(oid)});
        break;
      case RelationKind::sequence:
        table::drop_sequence(ddl_.transaction(), relation->sequence->page);
        ddl_.writer().remove_all(pg_sequence::kOid, 0, {key_oid(oid)});
        break;
      case RelationKind::table:
      case RelationKind::materialized_view:
        // Its indexes have gone before it.
        table::drop_storage(ddl_.transaction(), relation->storage->schema());
        ddl_.transaction().next_command();
        ddl_.writer().remove_all(pg_statistic::kOid, 0, {key_oid(oid)});
        break;
      case RelationKind::foreign_table:
        ddl_.writer().remove_all(catalog::pg_foreign_table::kOid, 0, {key_oid(oid)});
        break;
      default: break;
    }
    ddl_.writer().remove_all(pg_attribute::kOid, 0, {key_oid(oid)});
    ddl_.writer().remove_all(pg_inherits::kOid, 0, {key_oid(oid)});
    ddl_.writer().remove_all(pg_class::kOid, 0, {key_oid(oid)});
    // Comments on columns go with the relation.
    ddl_.writer().remove_all(pg_description::kOid, 0, {key_oid(oid), key_oid(pg_class::kOid)});
  }

  bool goes_too(Oid relation) const {
    return std::any_of(targets_.begin(), targets_.end(), [&](const Target& target) {
      return target.object == relation_address(relation);
    });
  }

  void remove_index(const RelationDescriptor& relation) {
    if (relation.indexes.empty()) return;
    RelationPtr table = ddl_.reload(relation.indexes[0].table);
    // The index's own descriptor may be older than its table's, with another number in the storage.
    const catalog::IndexDescriptor* found = table->index(relation.oid);
    if (found == nullptr) throw SqlError("XX000", "index \"" + relation.name + "\" is missing from its table");
    const catalog::IndexDescriptor index = *found;
    if (!index.is_clustered_key)
      table::drop_index_storage(ddl_.transaction(),
                                table->storage->schema().index(index.storage_index));
    else if (!goes_too(index.table))
      rebuild(ddl_, index.table, nullptr);  // from now on by row id
    ddl_.transaction().next_command();
    ddl_.writer().remove_all(pg_index::kOid, 0, {key_oid(relation.oid)});
  }

  void remove_constraint(Oid oid) {
    RowReader rows = ddl_.writer().read(pg_constraint::kOid, 0, {key_oid(oid)});
    if (!rows.next()) return;
    Oid table = rows.row().oid(pg_constraint::conrelid);
    bool check = rows.row().letter(pg_constraint::contype) == 'c';
    ddl_.writer().remove(pg_constraint::kOid, rows.row());
    if (!check || table == 0) return;
    RowReader classes = ddl_.writer().read(pg_class::kOid, 0, {key_oid(table)});
    if (!classes.next()) return;
    RowBuilder row = ddl_.writer().row(pg_class::kOid);
    row.set(pg_class::relchecks, classes.row().int2(pg_class::relchecks) - 1);
    ddl_.writer().update(classes.row(), row);
  }

  void remove_default(Oid oid) {
    RowReader rows = ddl_.writer().read(pg_attrdef::kOid, 0, {key_oid(oid)});
    if (!rows.next()) return;
    Oid table = rows.row().oid(pg_attrdef::adrelid);
    std::int16_t number = rows.row().int2(pg_attrdef::adnum);
    ddl_.writer().remove(pg_attrdef::kOid, rows.row());
    RowBuilder row = ddl_.writer().row(pg_attribute::kOid);
    row.set(pg_attribute::atthasdef, false);
    row.set(pg_attribute::attgenerated, '\0');
    ddl_.writer().update_one(0, {key_oid(table), key_int2(number)}, row);
  }

  // The column's values stay in old rows; its place is kept.
  void remove_column(const ObjectAddress& object) {
    RelationPtr table = ddl_.reload(object.oid);
    auto place = static_cast<std::size_t>(object.sub - 1);
    RowBuilder row = ddl_.writer().row(pg_attribute::kOid);
    row.set(pg_attribute::attname, "........pg.dropped." + std::to_string(object.sub) + "........");
    row.set(pg_attribute::atttypid, Oid{0});
    row.set(pg_attribute::attisdropped, true);
    row.set(pg_attribute::attnotnull, false);
    row.set(pg_attribute::attstattarget, 0);
    row.set(pg_attribute::attgenerated, '\0');
    row.set(pg_attribute::attidentity, '\0');
    // The physical type must outlive the type: attcacheoff has no other use.
    if (table->storage != nullptr)
      row.set(pg_attribute::attcacheoff,
              static_cast<int>(table->storage->schema().columns[place].physical));
    ddl_.writer().update_one(
        0, {key_oid(object.oid), key_int2(static_cast<std::int16_t>(object.sub))}, row);
    ddl_.writer().remove_all(pg_statistic::kOid, 0,
                             {key_oid(object.oid), key_int2(static_cast<std::int16_t>(object.sub))});
    if (table->row_type != 0) smaller_rows_.push_back(table->row_type);
  }

  Ddl& ddl_;
  const std::vector<ObjectAddress>& originals_;
  bool cascade_, quiet_;
  std::vector<ObjectAddress> visiting_;
  std::vector<Target> targets_;
  std::vector<Oid> smaller_rows_;  // row types that lost a field
};

}  // namespace

void perform_deletion(Ddl& ddl, const std::vector<ObjectAddress>& objects, bool cascade,
                      bool quiet) {
  Deletion(ddl, objects, cascade, quiet).run();
}

}  // namespace commands
