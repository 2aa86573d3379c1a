#include "relation_loader.h"

#include <algorithm>
#include <map>

#include "catalog/access_methods.h"
#include "catalog/acl.h"
#include "catalog/collators.h"
#include "types/bool.h"
#include "catalog/rows.h"
#include "catalog/extended_statistics.h"
#include "catalog/system_columns.h"
#include "query/serialize.h"
#include "read_ahead.h"
#include "statistics_rows.h"
#include "table/storage.h"
#include "types/sql_error.h"
#include "types/type_io.h"
#include "wal/check.h"

namespace catalog {
namespace {

constexpr int kEqualityStrategy = 3;  // of btree

// "name=on" of pg_class.reloptions, in any spelling.
bool is_on(std::string_view option, std::string_view name) {
  return option.starts_with(name) && types::parse_bool(option.substr(name.size())).value_or(false);
}

std::shared_ptr<const query::Expression> expression_of(std::string_view text) {
  if (text.empty()) return nullptr;
  return std::shared_ptr<const query::Expression>(query::deserialize_expression(text));
}

// Expressions of one index are stored one after the other: a count, then length-prefixed texts.
std::vector<std::shared_ptr<const query::Expression>> expressions_of(std::string_view text) {
  std::vector<std::shared_ptr<const query::Expression>> list;
  while (!text.empty()) {
    std::size_t colon = text.find(':');
    std::size_t size = std::stoul(std::string(text.substr(0, colon)));
    list.push_back(expression_of(text.substr(colon + 1, size)));
    text.remove_prefix(colon + 1 + size);
  }
  return list;
}

constexpr Oid kPgInherits = 2611;

class Loader {
 public:
  Loader(const Catalog& catalog, const transaction::View& view, CatalogView& names, Oid oid)
      : catalog_(catalog), view_(view), names_(names), oid_(oid) {}

  RelationPtr load() {
    read_ahead();
    if (!read_class()) return nullptr;
    read_columns();
    if (has_defaults_) read_defaults();
    for (Column& column : d_->columns)
      if (column.identity != 0) read_identity(column);
    switch (d_->kind) {
      case RelationKind::index:
      case RelationKind::partitioned_index: read_own_index(); break;
      case RelationKind::sequence: read_sequence(); break;
      case RelationKind::view:
        read_rule();
        if (has_triggers_) read_triggers();
        read_rules();
        break;
      case RelationKind::table:
      case RelationKind::materialized_view:
      case RelationKind::foreign_table:
      case RelationKind::partitioned_table:
        if (has_indexes_) read_indexes();
        read_constraints();
        if (has_triggers_) {
          read_referencing();
          read_triggers();
        }
        if (has_rules_) read_rules();
        // Policies stay, whether or not they count; hardly any table has some.
        if (oid_ >= types::kFirstNormalOid) read_policies();
        if (d_->kind == RelationKind::materialized_view) read_rule();
        read_statistics();
        if (d_->kind != RelationKind::partitioned_table && d_->kind != RelationKind::foreign_table) make_storage();
        break;
      default: break;
    }
    read_inheritance();
    if (d_->kind == RelationKind::partitioned_table) read_partition_key();
    return d_;
  }

 private:
  RowReader rows(Oid table, Oid index, Key key) const {
    tables_.push_back(catalog_.system_relation(table));
    return RowReader(view_, *tables_.back(), index, std::move(key));
  }

  // Where nearly every relation that users made has something, or is looked for.
  void read_ahead() const {
    ReadAhead ahead(catalog_);
    const Key by_oid{key_oid(oid_)};
    for (Oid table : {pg_class::kOid, pg_attribute::kOid, pg_statistic::kOid}) ahead.add(table, 0, by_oid);
    ahead.add(pg_index::kOid, index::pg_index_indrelid_index, by_oid);
    ahead.add(pg_constraint::kOid, index::pg_constraint_conrelid_contypid_conname_index, by_oid);
    ahead.add(pg_policy::kOid, index::pg_policy_polrelid_polname_index, by_oid);
    ahead.add(pg_statistic_ext::kOid, kStatisticExtRelidIndex, by_oid);
    ahead.add(kPgInherits, index::pg_inherits_parent_index, by_oid);
    ahead.add(kPgInherits, index::pg_inherits_relid_seqno_index, by_oid);
    ahead.read();
  }

  bool read_class() {
    RowReader reader = rows(pg_class::kOid, 0, {key_oid(oid_)});
    if (!reader.next()) return false;
    Row row = reader.row();
    d_ = std::make_shared<RelationDescriptor>();
    d_->oid = oid_;
    d_->name = row.string(pg_class::relname);
    d_->schema = row.oid(pg_class::relnamespace);
    d_->schema_name = names_.schema_name(d_->schema);
    d_->kind = static_cast<RelationKind>(row.letter(pg_class::relkind));
    d_->persistence = row.letter(pg_class::relpersistence);
    d_->owner = row.oid(pg_class::relowner);
    d_->acl = read_acl(row, pg_class::relacl);
    d_->row_security = row.flag(pg_class::relrowsecurity);
    d_->force_row_security = row.flag(pg_class::relforcerowsecurity);
    d_->row_type = row.oid(pg_class::reltype);
    d_->rows = row.float4(pg_class::reltuples);
    d_->pages = row.int4(pg_class::relpages);
    root_ = wal::PageNo{row.oid(pg_class::relfilenode)};
    has_indexes_ = row.flag(pg_class::relhasindex);
    has_triggers_ = row.flag(pg_class::relhastriggers);
    has_rules_ = row.flag(pg_class::relhasrules);
    has_checks_ = row.int2(pg_class::relchecks) > 0;
    has_children_ = row.flag(pg_class::relhassubclass);
    if (!row.is_null(pg_class::relpartbound))
      d_->partition_bound = std::make_shared<const query::PartitionBound>(
          query::deserialize_bound(row.text(pg_class::relpartbound)));
    return true;
  }

  void read_columns() {
    RowReader reader = rows(pg_attribute::kOid, 0, {key_oid(oid_)});
    while (reader.next()) {
      Row row = reader.row();
      std::int16_t number = row.int2(pg_attribute::attnum);
      if (number < 1) continue;
      CHECK(number == static_cast<int>(d_->columns.size()) + 1);
      Column column;
      column.name = row.string(pg_attribute::attname);
      column.type = {row.oid(pg_attribute::atttypid), row.int4(pg_attribute::atttypmod),
                     row.oid(pg_attribute::attcollation)};
      column.number = number;
      column.dropped = row.flag(pg_attribute::attisdropped);
      column.not_null = row.flag(pg_attribute::attnotnull);
      column.identity = row.letter(pg_attribute::attidentity);
      column.generated = row.letter(pg_attribute::attgenerated) == 's';
      column.statistics_target = static_cast<std::int16_t>(row.int4(pg_attribute::attstattarget));
      column.acl = types::acl_of(row.datum(pg_attribute::attacl));
      has_defaults_ |= row.flag(pg_attribute::atthasdef);
      table::ColumnStorage storage;
      storage.dropped = column.dropped;
      if (row.flag(pg_attribute::atthasmissing)) {
        if (created_columns_ == 0) created_columns_ = static_cast<std::uint16_t>(number - 1);
        read_missing(row, storage);
      }
      // A dropped column's type may be gone: its length and alignment stay in pg_attribute.
      if (column.dropped)
        storage.physical = static_cast<types::PhysicalType>(row.int4(pg_attribute::attcacheoff));
      else
        resolve_storage(column.type.oid, storage);
      stored_.push_back(std::move(storage));
      d_->columns.push_back(std::move(column));
    }
  }

  // attmissingval: an array of one element.
  static void read_missing(const Row& row, table::ColumnStorage& storage) {
    if (row.is_null(pg_attribute::attmissingval)) return;
    types::ArrayView array(row.text(pg_attribute::attmissingval));
    types::Datum value = array.element(0);
    if (value.is_null) return;
    storage.missing = value;
    if (array.physical() == types::PhysicalType::varlen) {
      storage.missing_bytes = std::string(value.as<std::string_view>());
      storage.missing = types::Datum::of(std::string_view(storage.missing_bytes));
    }
  }

  void resolve_storage(Oid type, table::ColumnStorage& storage) const {
    storage.type = names_.base_type(type);
    storage.support = support_of(storage.type);
    storage.physical = storage.support != nullptr             ? storage.support->physical
                       : storage.type < types::kFirstNormalOid ? physical_type_of(storage.type)
                                                               : types::PhysicalType::varlen;
  }

  // Of a base type; null for built-in ones, which find themselves, and for those without values.
  const types::TypeSupport* support_of(Oid type) const {
    auto made = names_.user_type(type);
    if (made == nullptr) return nullptr;
    return &d_->user_types.emplace_back(std::move(made))->support();
  }

  // Of a type, or a domain over one.
  const types::TypeSupport* value_support(Oid type) const {
    const Oid base = names_.base_type(type);
    const types::TypeSupport* made = support_of(base);
    return made != nullptr ? made : types::find_type(base);
  }
  // Of an array type, or a domain over one.
  const types::TypeSupport* element_support(Oid array) const { return value_support(names_.element_type(names_.base_type(array))); }

  void read_defaults() {
    RowReader reader =
        rows(pg_attrdef::kOid, index::pg_attrdef_adrelid_adnum_index, {key_oid(oid_)});
    while (reader.next()) {
      Row row = reader.row();
      auto column = static_cast<std::size_t>(row.int2(pg_attrdef::adnum) - 1);
      d_->columns[column].default_ = expression_of(row.text(pg_attrdef::adbin));
    }
  }

  // An identity column's sequence depends on it internally.
  void read_identity(Column& column) {
    RowReader reader = rows(pg_depend::kOid, index::pg_depend_reference_index,
                            {key_oid(pg_class::kOid), key_oid(oid_),
                             types::Datum::of(std::int32_t{column.number})});
    while (reader.next()) {
      Row row = reader.row();
      if (row.oid(pg_depend::classid) != pg_class::kOid || row.letter(pg_depend::deptype) != 'i')
        continue;
      column.identity_sequence = row.oid(pg_depend::objid);
      column.default_ = nextval_expression(column.identity_sequence, column.type.oid);
      return;
    }
  }

  IndexDescriptor index_from(const Row& row, const std::vector<Column>& table_columns) const {
    IndexDescriptor index;
    index.oid = row.oid(pg_index::indexrelid);
    index.table = row.oid(pg_index::indrelid);
    index.unique = row.flag(pg_index::indisunique);
    index.primary = row.flag(pg_index::indisprimary);
    index.nulls_not_distinct = row.flag(pg_index::indnullsnotdistinct);
    index.immediate = row.flag(pg_index::indimmediate);
    index.valid = row.flag(pg_index::indisvalid);
    auto columns = row.int2s(pg_index::indkey);
    auto classes = row.oids(pg_index::indclass);
    auto collations = row.oids(pg_index::indcollation);
    auto options = row.int2s(pg_index::indoption);
    auto key_count = static_cast<std::size_t>(row.int2(pg_index::indnkeyatts));
    auto expressions = expressions_of(row.text(pg_index::indexprs));
    std::size_t next_expression = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i >= key_count) {
        index.included.push_back(columns[i] - 1);
        continue;
      }
      IndexKey key;
      key.column = columns[i] - 1;
      if (columns[i] == 0) {
        key.expression = expressions.at(next_expression++);
        key.type = key.expression->type;
      } else {
        key.type = table_columns.at(static_cast<std::size_t>(key.column)).type;
      }
      key.operator_class = classes.at(i);
      key.collation = collations.at(i);
      key.descending = (options.at(i) & 1) != 0;
      key.nulls_first = (options.at(i) & 2) != 0;
      index.keys.push_back(std::move(key));
    }
    index.predicate = expression_of(row.text(pg_index::indpred));
    return index;
  }

  // Name, schema and tree of an index.
  void read_index_class(IndexDescriptor& index, wal::PageNo& root) const {
    RowReader reader = rows(pg_class::kOid, 0, {key_oid(index.oid)});
    CHECK(reader.next());
    index.name = reader.row().string(pg_class::relname);
    index.schema = reader.row().oid(pg_class::relnamespace);
    index.method = reader.row().oid(pg_class::relam);
    root = wal::PageNo{reader.row().oid(pg_class::relfilenode)};
  }

  void read_indexes() {
    RowReader reader = rows(pg_index::kOid, index::pg_index_indrelid_index, {key_oid(oid_)});
    while (reader.next()) {
      IndexDescriptor index = index_from(reader.row(), d_->columns);
      wal::PageNo root{};
      read_index_class(index, root);
      // The primary key whose tree is the table's own clusters it.
      index.is_clustered_key = index.primary && root == root_ &&
                               d_->kind != RelationKind::partitioned_table;
      ready_.push_back(reader.row().flag(pg_index::indisready));
      d_->indexes.push_back(std::move(index));
      index_roots_.push_back(root);
    }
  }

  void read_own_index() {
    Oid table = 0;
    {
      RowReader reader = rows(pg_index::kOid, 0, {key_oid(oid_)});
      if (!reader.next()) return;
      table = reader.row().oid(pg_index::indrelid);
    }
    // The table knows which tree the index has.
    if (RelationPtr owner = names_.relation(table))
      if (const IndexDescriptor* own = owner->index(oid_)) d_->indexes.push_back(*own);
  }

  void read_constraints() {
    if (!has_checks_ && !has_indexes_ && !has_triggers_) return;
    RowReader reader = rows(pg_constraint::kOid,
                            index::pg_constraint_conrelid_contypid_conname_index, {key_oid(oid_)});
    std::vector<Oid> parents;  // of the foreign keys
    while (reader.next()) {
      Row row = reader.row();
      switch (row.letter(pg_constraint::contype)) {
        case 'c': {
          CheckConstraint check;
          check.oid = row.oid(pg_constraint::oid);
          check.name = row.string(pg_constraint::conname);
          check.validated = row.flag(pg_constraint::convalidated);
          check.no_inherit = row.flag(pg_constraint::connoinherit);
          check.expression = expression_of(row.text(pg_constraint::conbin));
          d_->checks.push_back(std::move(check));
          break;
        }
        case 'f':
          d_->foreign_keys.push_back(foreign_key_from(row));
          parents.push_back(row.oid(pg_constraint::conparentid));
          break;
        case 'p':
        case 'u':
        case 'x':
          for (IndexDescriptor& index : d_->indexes)
            if (index.oid == row.oid(pg_constraint::conindid)) {
              index.constraint = row.oid(pg_constraint::oid);
              index.initially_deferred = row.flag(pg_constraint::condeferred);
              index.is_exclusion = row.letter(pg_constraint::contype) == 'x';
              if (index.is_exclusion) exclusion_operators_[index.oid] = row.oids(pg_constraint::conexclop);
            }
          break;
        default: break;
      }
    }
    drop_clones(parents);
  }

  // A key that refers to a partitioned table has a row for each partition, too, which is only of
  // use to who looks from there.
  void drop_clones(const std::vector<Oid>& parents) {
    std::vector<ForeignKey>& keys = d_->foreign_keys;
    std::vector<Oid> own;
    for (const ForeignKey& key : keys) own.push_back(key.oid);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (parents[i] != 0 && std::find(own.begin(), own.end(), parents[i]) != own.end()) continue;
      if (kept != i) keys[kept] = std::move(keys[i]);
      ++kept;
    }
    keys.resize(kept);
  }

  static ForeignKey foreign_key_from(const Row& row) {
    ForeignKey key;
    key.oid = row.oid(pg_constraint::oid);
    key.name = row.string(pg_constraint::conname);
    key.referencing = row.oid(pg_constraint::conrelid);
    key.referenced = row.oid(pg_constraint::confrelid);
    key.parent = row.oid(pg_constraint::conparentid);
    for (std::int16_t n : row.int2s(pg_constraint::conkey)) key.columns.push_back(n - 1);
    for (std::int16_t n : row.int2s(pg_constraint::confkey)) key.referenced_columns.push_back(n - 1);
    for (std::int16_t n : row.int2s(pg_constraint::confdelsetcols))
      key.delete_set_columns.push_back(n - 1);
    key.equal_operators = row.oids(pg_constraint::conpfeqop);
    key.referenced_index = row.oid(pg_constraint::conindid);
    key.match = row.letter(pg_constraint::confmatchtype);
    key.on_update = static_cast<ForeignKeyAction>(row.letter(pg_constraint::confupdtype));
    key.on_delete = static_cast<ForeignKeyAction>(row.letter(pg_constraint::confdeltype));
    key.deferrable = row.flag(pg_constraint::condeferrable);
    key.initially_deferred = row.flag(pg_constraint::condeferred);
    key.validated = row.flag(pg_constraint::convalidated);
    return key;
  }

  void read_triggers() {
    RowReader reader = rows(pg_trigger::kOid, index::pg_trigger_tgrelid_tgname_index, {key_oid(oid_)});
    while (reader.next()) {
      Row row = reader.row();
      if (row.flag(pg_trigger::tgisinternal)) continue;
      TriggerInfo t;
      t.oid = row.oid(pg_trigger::oid);
      t.name = row.string(pg_trigger::tgname);
      t.function = row.oid(pg_trigger::tgfoid);
      t.type = row.int2(pg_trigger::tgtype);
      t.enabled = row.letter(pg_trigger::tgenabled);
      types::ArrayView columns(row.text(pg_trigger::tgattr));
      for (types::ArrayView::Cursor c(columns); c.next();) t.columns.push_back(c.value().as<std::int16_t>() - 1);
      // Each argument ends with a zero byte.
      std::string_view arguments = row.text(pg_trigger::tgargs);
      while (!arguments.empty()) {
        const auto end = arguments.find('\0');
        t.arguments.emplace_back(arguments.substr(0, end));
        arguments.remove_prefix(end == std::string_view::npos ? arguments.size() : end + 1);
      }
      if (!row.is_null(pg_trigger::tgqual)) t.when = row.string(pg_trigger::tgqual);
      t.parent = row.oid(pg_trigger::tgparentid);
      t.constraint = row.oid(pg_trigger::tgconstraint);
      t.deferrable = row.flag(pg_trigger::tgdeferrable);
      t.initially_deferred = row.flag(pg_trigger::tginitdeferred);
      if (!row.is_null(pg_trigger::tgoldtable)) t.old_table = row.string(pg_trigger::tgoldtable);
      if (!row.is_null(pg_trigger::tgnewtable)) t.new_table = row.string(pg_trigger::tgnewtable);
      d_->triggers.push_back(std::move(t));
    }
    std::sort(d_->triggers.begin(), d_->triggers.end(), [](auto& a, auto& b) { return a.name < b.name; });
  }

  void read_policies() {
    RowReader reader = rows(pg_policy::kOid, index::pg_policy_polrelid_polname_index, {key_oid(oid_)});
    while (reader.next()) {
      Row row = reader.row();
      Policy p;
      p.oid = row.oid(pg_policy::oid);
      p.name = row.string(pg_policy::polname);
      p.command = row.letter(pg_policy::polcmd);
      p.permissive = row.flag(pg_policy::polpermissive);
      p.roles = row.oids(pg_policy::polroles);
      if (!row.is_null(pg_policy::polqual)) p.using_ = expression_of(row.text(pg_policy::polqual));
      if (!row.is_null(pg_policy::polwithcheck)) p.with_check = expression_of(row.text(pg_policy::polwithcheck));
      d_->policies.push_back(std::move(p));
    }
    std::sort(d_->policies.begin(), d_->policies.end(), [](auto& a, auto& b) { return a.name < b.name; });
  }

  // pg_constraint has no index on the referenced table: the triggers on it lead there.
  void read_referencing() {
    constexpr Oid kCheckInsert = 1644, kCheckUpdate = 1645;
    std::vector<Oid> constraints;
    std::vector<std::pair<Oid, char>> checks, actions;  // in another state than the usual one
    RowReader reader = rows(pg_trigger::kOid, index::pg_trigger_tgrelid_tgname_index, {key_oid(oid_)});
    while (reader.next()) {
      const Row row = reader.row();
      const Oid constraint = row.oid(pg_trigger::tgconstraint);
      if (constraint == 0 || !row.flag(pg_trigger::tgisinternal)) continue;
      constraints.push_back(constraint);
      const char state = row.letter(pg_trigger::tgenabled);
      if (state == 'O') continue;
      const Oid function = row.oid(pg_trigger::tgfoid);
      (function == kCheckInsert || function == kCheckUpdate ? checks : actions).emplace_back(constraint, state);
    }
    const auto state_of = [](const std::vector<std::pair<Oid, char>>& list, Oid oid) {
      const auto found = std::ranges::find(list, oid, &std::pair<Oid, char>::first);
      return found != list.end() ? found->second : 'O';
    };
    for (ForeignKey& key : d_->foreign_keys) key.enabled = state_of(checks, key.oid);
    std::sort(constraints.begin(), constraints.end());
    constraints.erase(std::unique(constraints.begin(), constraints.end()), constraints.end());
    for (Oid constraint : constraints) {
      RowReader found = rows(pg_constraint::kOid, 0, {key_oid(constraint)});
      if (!found.next() || found.row().letter(pg_constraint::contype) != 'f') continue;
      if (found.row().oid(pg_constraint::confrelid) == oid_)
        d_->referenced_by.push_back(foreign_key_from(found.row()));
    }
    for (ForeignKey& key : d_->referenced_by) key.enabled = state_of(actions, key.oid);
  }

  void read_sequence() {
    RowReader reader = rows(pg_sequence::kOid, 0, {key_oid(oid_)});
    if (!reader.next()) return;
    Row row = reader.row();
    SequenceInfo s;
    s.page = root_;
    s.type = row.oid(pg_sequence::seqtypid);
    s.start = row.int8(pg_sequence::seqstart);
    s.increment = row.int8(pg_sequence::seqincrement);
    s.maximum = row.int8(pg_sequence::seqmax);
    s.minimum = row.int8(pg_sequence::seqmin);
    s.cache = row.int8(pg_sequence::seqcache);
    s.cycle = row.flag(pg_sequence::seqcycle);
    RowReader depends = rows(pg_depend::kOid, index::pg_depend_depender_index,
                             {key_oid(pg_class::kOid), key_oid(oid_)});
    while (depends.next()) {
      Row on = depends.row();
      char kind = on.letter(pg_depend::deptype);
      if (on.oid(pg_depend::refclassid) != pg_class::kOid || (kind != 'a' && kind != 'i')) continue;
      s.owner_table = on.oid(pg_depend::refobjid);
      s.owner_column = on.int4(pg_depend::refobjsubid);
    }
    d_->sequence = s;
  }

  void read_rule() {
    RowReader reader = rows(pg_rewrite::kOid, index::pg_rewrite_rel_rulename_index,
                            {key_oid(oid_), key_text("_RETURN")});
    if (!reader.next()) return;
    d_->view_query = query::deserialize_query(reader.row().text(pg_rewrite::ev_action));
    RowReader options = rows(pg_class::kOid, 0, {key_oid(oid_)});
    if (!options.next()) return;
    for (const std::string& option : options.row().strings(pg_class::reloptions)) {
      if (option == "check_option=local") d_->check_option = 'l';
      if (option == "check_option=cascaded") d_->check_option = 'c';
      d_->security_invoker |= is_on(option, "security_invoker=");
      d_->security_barrier |= is_on(option, "security_barrier=");
    }
  }

  // Those that users made; a view's own is read_rule()'s.
  void read_rules() {
    RowReader reader = rows(pg_rewrite::kOid, index::pg_rewrite_rel_rulename_index, {key_oid(oid_)});
    while (reader.next()) {
      Row row = reader.row();
      const char event = row.letter(pg_rewrite::ev_type);
      if (event == '1') continue;
      RuleInfo rule;
      rule.oid = row.oid(pg_rewrite::oid);
      rule.name = row.string(pg_rewrite::rulename);
      rule.event = event == '2'   ? query::CommandKind::update
                   : event == '3' ? query::CommandKind::insert
                                  : query::CommandKind::delete_;
      rule.instead = row.flag(pg_rewrite::is_instead);
      rule.enabled = row.letter(pg_rewrite::ev_enabled);
      const std::string_view condition = row.text(pg_rewrite::ev_qual);
      if (condition != "<>") rule.condition = query::deserialize_expression(condition);
      rule.actions = std::make_shared<const std::vector<query::RuleAction>>(
          query::deserialize_rule_actions(row.text(pg_rewrite::ev_action)));
      d_->rules.push_back(std::move(rule));
    }
    std::sort(d_->rules.begin(), d_->rules.end(), [](auto& a, auto& b) { return a.name < b.name; });
  }

  void read_inheritance() {
    {
      RowReader reader = rows(kPgInherits, index::pg_inherits_relid_seqno_index, {key_oid(oid_)});
      while (reader.next()) d_->parents.push_back(reader.row().oid(pg_inherits::inhparent));
    }
    if (!has_children_) return;
    RowReader reader = rows(kPgInherits, index::pg_inherits_parent_index, {key_oid(oid_)});
    while (reader.next()) d_->children.push_back(reader.row().oid(pg_inherits::inhrelid));
  }

  void read_partition_key() {
    RowReader reader = rows(pg_partitioned_table::kOid, 0, {key_oid(oid_)});
    if (!reader.next()) return;
    Row row = reader.row();
    auto key = std::make_shared<PartitionKey>();
    key->strategy = static_cast<query::PartitionStrategy>(row.letter(pg_partitioned_table::partstrat));
    auto columns = row.int2s(pg_partitioned_table::partattrs);
    auto classes = row.oids(pg_partitioned_table::partclass);
    auto collations = row.oids(pg_partitioned_table::partcollation);
    auto expressions = expressions_of(row.text(pg_partitioned_table::partexprs));
    std::size_t next_expression = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      PartitionKeyColumn column;
      column.column = columns[i] - 1;
      if (columns[i] == 0) {
        column.expression = expressions.at(next_expression++);
        column.type = column.expression->type;
      } else {
        column.type = d_->columns.at(static_cast<std::size_t>(column.column)).type;
      }
      column.operator_class = classes.at(i);
      column.collation = collations.at(i);
      key->columns.push_back(std::move(column));
    }
    d_->partition_key = std::move(key);
  }

  void read_statistics() {
    if (d_->rows < 0) return;
    d_->statistics.resize(d_->columns.size());
    RowReader reader = rows(pg_statistic::kOid, 0, {key_oid(oid_)});
    while (reader.next()) {
      auto column = static_cast<std::size_t>(reader.row().int2(pg_statistic::staattnum) - 1);
      if (column < d_->statistics.size())
        d_->statistics[column] = read_column_statistics(reader.row());
    }
    if (oid_ >= types::kFirstNormalOid) read_extended_statistics();
  }

  void read_extended_statistics() {
    RowReader objects = rows(pg_statistic_ext::kOid, kStatisticExtRelidIndex, {key_oid(oid_)});
    while (objects.next()) {
      const Oid oid = objects.row().oid(pg_statistic_ext::oid);
      RowReader data = rows(pg_statistic_ext_data::kOid, 0, {key_oid(oid)});
      if (!data.next()) continue;
      auto made = std::make_shared<ExtendedStatistics>();
      made->oid = oid;
      made->columns = statistics_columns(objects.row());
      made->expressions = statistics_expressions(objects.row());
      read_extended_data(data.row(), *made);
      d_->extended_statistics.push_back(std::move(made));
    }
  }

  void make_storage() {
    table::TableSchema schema;
    schema.id = oid_;
    schema.columns = std::move(stored_);
    schema.created_columns = created_columns_;
    schema.clustered.root = root_;
    for (std::size_t i = 0; i < d_->indexes.size(); ++i) {
      IndexDescriptor& index = d_->indexes[i];
      table::IndexSchema stored = index_schema(index);
      stored.root = index_roots_[i];
      stored.ready = ready_[i];
      if (index.is_clustered_key) {
        index.storage_index = table::kClusteredIndex;
        schema.clustered = std::move(stored);
      } else {
        index.storage_index = static_cast<int>(schema.indexes.size());
        schema.indexes.push_back(std::move(stored));
      }
    }
    auto made = std::make_shared<table::Table>(catalog_.manager(), std::move(schema));
    for (const IndexDescriptor& index : d_->indexes)
      if (index.is_exclusion || !index.immediate) made->exclude(index.storage_index, exclusion_of(index));
    d_->storage = std::move(made);
    d_->storage->begin_row_count(d_->rows);
  }

  table::IndexSchema index_schema(const IndexDescriptor& index) const {
    table::IndexSchema stored;
    stored.id = index.oid;
    stored.unique = index.unique;
    stored.nulls_not_distinct = index.nulls_not_distinct;
    for (const IndexKey& key : index.keys) {
      table::KeyColumn column{static_cast<table::ColumnNumber>(key.column), key.descending,
                              key.nulls_first,
                              collated_key(names_, key.type.oid, order_collation(key.operator_class, key.collation), "an index")};
      if (key.expression) {
        column.column = static_cast<table::ColumnNumber>(table::kFirstExpression +
                                                         stored.expression_types.size());
        stored.expression_types.push_back(names_.base_type(key.type.oid));
        stored.expression_supports.push_back(support_of(stored.expression_types.back()));
      }
      column.hashed = index.method == kHash;
      if (const OperatorClassInfo* operator_class = names_.operator_class(key.operator_class))
        column.source = inverted_source(names_, *operator_class);
      if (column.source == inverted::Source::array || column.source == inverted::Source::integers)
        column.support = element_support(key.type.oid);
      if (column.source == inverted::Source::value && column.support == nullptr) column.support = value_support(key.type.oid);
      if (column.source == inverted::Source::range || column.source == inverted::Source::multirange)
        column.support = support_of(names_.base_type(key.type.oid));
      stored.keys.push_back(column);
    }
    for (int column : index.included)
      stored.included.push_back(static_cast<table::ColumnNumber>(column));
    if (!stored.expression_types.empty() || index.predicate) {
      if (!catalog_.options().index_expressions)
        throw types::SqlError::not_supported("indexes on expressions and partial indexes");
      stored.expressions = catalog_.options().index_expressions(names_, index, *d_);
    }
    return stored;
  }

  // A key that is deferrable excludes rows that are equal in it.
  std::vector<Oid> equal_operators(const IndexDescriptor& index) const {
    std::vector<Oid> found;
    for (const IndexKey& key : index.keys) {
      const OperatorClassInfo* operator_class = names_.operator_class(key.operator_class);
      CHECK(operator_class != nullptr);
      found.push_back(names_.family_operator(operator_class->family, operator_class->input_type,
                                             operator_class->input_type, kEqualityStrategy));
    }
    return found;
  }

  // Whether two rows conflict is the predicate of a table with the keys of both as its columns.
  std::shared_ptr<const table::Exclusion> exclusion_of(const IndexDescriptor& index) const {
    if (!catalog_.options().index_expressions) throw types::SqlError::not_supported("exclusion constraints");
    auto exclusion = std::make_shared<table::Exclusion>();
    exclusion->deferrable = !index.immediate;
    exclusion->operators = index.is_exclusion ? exclusion_operators_.at(index.oid) : equal_operators(index);
    RelationDescriptor both;
    for (int side = 0; side < 2; ++side)
      for (const IndexKey& key : index.keys) {
        Column& column = both.columns.emplace_back();
        column.type = key.type;
      }
    auto all = std::make_shared<query::Expression>();
    all->type = {types::oid::bool_};
    query::BooleanExpression conditions{query::BooleanOp::and_, {}};
    for (std::size_t i = 0; i < index.keys.size(); ++i) {
      const IndexKey& key = index.keys[i];
      const OperatorInfo* op = names_.operator_(exclusion->operators.at(i));
      const OperatorClassInfo* operator_class = names_.operator_class(key.operator_class);
      CHECK(op != nullptr && operator_class != nullptr);
      exclusion->strategies.push_back(placed_strategy(names_, *operator_class, op->oid, key.type.oid));
      auto call = std::make_unique<query::Expression>();
      call->type = {types::oid::bool_};
      query::Call compared;
      compared.function = op->function;
      compared.operator_ = op->oid;
      compared.form = query::CallForm::operator_;
      compared.input_collation = key.collation;
      for (std::size_t side = 0; side < 2; ++side) {
        auto value = std::make_unique<query::Expression>();
        value->type = key.type;
        value->node = query::ColumnReference{0, static_cast<int>(side * index.keys.size() + i), 0};
        compared.arguments.push_back(std::move(value));
      }
      if (index.nulls_not_distinct) {
        auto distinct = std::make_unique<query::Expression>();
        distinct->type = {types::oid::bool_};
        distinct->node = query::IsDistinct{std::move(compared)};
        query::BooleanExpression same{query::BooleanOp::not_, {}};
        same.arguments.push_back(std::move(distinct));
        call->node = std::move(same);
      } else {
        call->node = std::move(compared);
      }
      conditions.arguments.push_back(std::move(call));
    }
    all->node = std::move(conditions);
    IndexDescriptor test;
    test.predicate = std::move(all);
    exclusion->conflict = catalog_.options().index_expressions(names_, test, both);
    return exclusion;
  }

  const Catalog& catalog_;
  const transaction::View& view_;
  CatalogView& names_;
  Oid oid_;
  std::shared_ptr<RelationDescriptor> d_;
  mutable std::vector<RelationPtr> tables_;  // what the readers read
  wal::PageNo root_{};
  bool has_indexes_ = false, has_triggers_ = false, has_rules_ = false, has_checks_ = false, has_children_ = false;
  bool has_defaults_ = false;
  std::uint16_t created_columns_ = 0;
  std::vector<table::ColumnStorage> stored_;
  std::vector<wal::PageNo> index_roots_;
  std::vector<bool> ready_;
  std::map<Oid, std::vector<Oid>> exclusion_operators_;  // by index
};

}  // namespace

RelationPtr load_relation(const Catalog& catalog, const transaction::View& view,
                          CatalogView& names, Oid oid) {
  return Loader(catalog, view, names, oid).load();
}

}  // namespace catalog
