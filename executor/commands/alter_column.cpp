// ALTER TABLE: actions on columns.
#include <algorithm>
#include <functional>

#include "extended_statistics.h"
#include "alter_table.h"
#include "catalog/access_methods.h"
#include "catalog/collators.h"
#include "drop.h"
#include "eval/program.h"
#include "index_method.h"
#include "maintenance.h"
#include "named_object.h"
#include "planner/planner.h"
#include "query/table_oid.h"
#include "query/walk.h"
#include "relation_rows.h"
#include "sequence.h"
#include "table_parts.h"
#include "type_usage.h"
#include "type_uses.h"
#include "types/collator.h"
#include "types/integer_conversion.h"

namespace commands {
namespace {

void change_attribute(AlterTarget target, int column,
                      const std::function<void(RowBuilder&)>& change) {
  RowBuilder row = target.ddl.writer().row(pg_attribute::kOid);
  change(row);
  target.ddl.writer().update_one(
      0, {key_oid(target.oid), key_int2(static_cast<std::int16_t>(column + 1))}, row);
}

// Whether a default is the same for every row: then old rows need not be written.
bool is_stable(catalog::CatalogView& catalog, const query::Expression& e) {
  bool stable = true;
  if (const auto* call = std::get_if<query::Call>(&e.node)) {
    const catalog::FunctionInfo* f = catalog.function(call->function);
    stable = f != nullptr && f->volatility != 'v';
  }
  if (std::holds_alternative<query::Subquery>(e.node)) stable = false;
  query::for_each_child(
      e, [&](const query::Expression& child) { stable = stable && is_stable(catalog, child); });
  return stable;
}

// Computes columns of every row anew while a table is rebuilt.
class Recompute : public table::RowConverter {
 public:
  Recompute(Ddl& ddl, const RelationDescriptor& from, std::vector<int> columns,
            std::vector<eval::Program> values, std::size_t old_columns)
      : execution_(ddl.host().execution_context()), columns_(std::move(columns)),
        programs_(std::move(values)), old_columns_(old_columns) {
    context_ = execution_.eval;
    for (const eval::Program& program : programs_) {
      evaluators_.emplace_back(program, 1);
      evaluators_.back().bind(environment_, context_);
    }
    for (std::size_t i = 0; i < old_columns; ++i)
      row_.push_back(types::Vector::allocate(memory_, from.storage->schema().columns[i].physical, 1));
  }

  void convert(std::span<const types::Datum> from, std::span<types::Datum> to,
               types::Arena& arena) override {
    context_.arena = &arena;
    for (std::size_t i = 0; i < old_columns_; ++i) {
      row_[i].clear();
      if (from[i].is_null)
        row_[i].set_null(0);
      else
        row_[i].set_datum(0, from[i]);
    }
    std::copy(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(std::min(from.size(), to.size())),
              to.begin());
    types::Batch batch{row_, {nullptr, 1}};
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const types::Vector& value = evaluators_[i].evaluate(0, batch);
      to[static_cast<std::size_t>(columns_[i])] =
          value.is_null(0) ? types::Datum::null()
                           : types::copy_datum(arena, value.type(), value.datum(0));
    }
  }

 private:
  operators::ExecutionContext execution_;
  types::EvalContext context_;
  eval::Environment environment_;
  std::vector<int> columns_;
  std::vector<eval::Program> programs_;
  std::vector<eval::Evaluator> evaluators_;
  types::Arena memory_;
  std::vector<types::Vector> row_;
  std::size_t old_columns_;
};

const catalog::IndexDescriptor* clustered_key(const RelationDescriptor& table) {
  for (const catalog::IndexDescriptor& index : table.indexes)
    if (index.is_clustered_key) return &index;
  return nullptr;
}

// Every row gets `value` in `column`; the catalogue already says what the column is.
void rewrite_column(AlterTarget target, const RelationPtr& before, int column,
                    const query::Expression& value) {
  std::vector<eval::Program> programs;
  programs.push_back(planner::compile_expression(*query::with_table_oid(value, target.oid), target.ddl.catalog()));
  Recompute recompute(target.ddl, *before, {column}, std::move(programs),
                      before->storage->schema().columns.size());
  RelationPtr now = target.table();
  rebuild(target.ddl, target.oid, clustered_key(*now), &recompute);
}

// The value once, stored as what old rows show (pg_attribute.attmissingval).
void set_missing_value(AlterTarget target, int column, const query::Expression& value) {
  Ddl& ddl = target.ddl;
  eval::Program program = planner::compile_expression(value, ddl.catalog());
  eval::Evaluator evaluator(program, 1);
  operators::ExecutionContext execution = ddl.host().execution_context();
  types::Arena arena;
  types::EvalContext context = execution.eval;
  context.arena = &arena;
  eval::Environment environment;
  evaluator.bind(environment, context);
  types::Datum datum = evaluator.value(0);
  change_attribute(target, column, [&](RowBuilder& row) {
    row.set(pg_attribute::atthasmissing, true);
    if (datum.is_null) return;
    types::ArrayBuilder builder(value.type.oid,
                                column_storage(ddl.catalog(), value.type.oid).physical);
    builder.add(datum);
    row.set_datum(pg_attribute::attmissingval, builder.finish(arena));
  });
}

void remove_default(Ddl& ddl, Oid table, int column) {
  RowReader rows = ddl.writer().read(pg_attrdef::kOid, catalog::index::pg_attrdef_adrelid_adnum_index,
                                     {key_oid(table), key_int2(static_cast<std::int16_t>(column + 1))});
  if (!rows.next()) return;
  ddl.remove_dependencies({pg_attrdef::kOid, rows.row().oid(pg_attrdef::oid), 0});
  ddl.writer().remove(pg_attrdef::kOid, rows.row());
}

// The domain's default, checked as the domain demands; null: neither.
query::ExpressionPtr domain_value(types::TypeRef type, const catalog::DomainInfo& domain, bool checked) {
  query::ExpressionPtr value;
  if (domain.default_) {
    value = query::clone(*domain.default_);
  } else if (checked) {
    value = std::make_unique<query::Expression>();
    value->type = domain.base;
    value->node = query::Constant(types::Datum::null());
  }
  if (!checked) return value;
  auto coerced = std::make_unique<query::Expression>();
  coerced->type = type;
  coerced->node = query::CoerceToDomain{std::move(value), query::CallForm::implicit_cast};
  return coerced;
}

}  // namespace

void add_column(AlterTarget target, const query::AddColumn& action) {
  Ddl& ddl = target.ddl;
  const query::ColumnDefinition& definition = action.column;
  RelationPtr table = target.table();
  require_no_system_column(definition.name);
  if (table->column_index(definition.name) >= 0) {
    std::string message = "column \"" + definition.name + "\" of relation \"" + table->name +
                          "\" already exists";
    if (!action.if_not_exists) throw SqlError("42701", message);
    ddl.notice("42701", message + ", skipping");
    return;
  }
  require_type_usage(ddl, definition.type.oid);
  require_column_type(ddl.catalog(), definition.name, definition.type.oid);
  require_no_cycle(ddl, table->row_type, definition.type.oid);
  if (table->columns.size() >= 1600)
    throw SqlError("54011", "tables can have at most 1600 columns");

  Oid sequence = 0;
  if (definition.sequence) {
    std::string name = definition.sequence->name.name;
    if (name.empty())
      name = choose_relation_name(ddl, table->name, definition.name, "seq", table->schema);
    sequence = create_sequence_relation(ddl, name, table->schema, table->persistence,
                                        definition.sequence->options);
  }
  bool identity = definition.identity != query::Identity::none;
  query::ExpressionPtr value;
  if (definition.default_value)
    value = query::clone(*definition.default_value);
  else if (sequence != 0)
    value = nextval_expression(sequence, definition.type.oid);

  const auto domain = ddl.catalog().domain(definition.type.oid);
  const bool checked =
      domain != nullptr && (!domain->checks.empty() ||
                            std::find(domain->not_null.begin(), domain->not_null.end(), true) != domain->not_null.end());

  NewColumn column;
  column.name = definition.name;
  column.type = definition.type;
  column.not_null = definition.not_null || identity;
  column.identity = static_cast<char>(definition.identity);
  column.generated = definition.generated_stored;
  column.has_default = value != nullptr && !identity;
  column.is_local = definition.is_local;
  column.inherited = definition.inherited_count;
  column.compression = compression_method(ddl, definition.compression, definition.type.oid);
  int number = static_cast<int>(table->columns.size()) + 1;
  insert_attribute(ddl, target.oid, number, column, true);
  update_class(ddl, target.oid, [&](RowBuilder& row) { row.set(pg_class::relnatts, number); });
  ddl.depend(relation_address(target.oid, number), {pg_type::kOid, column.type.oid, 0},
             Dependency::normal);
  ddl.depend(relation_address(target.oid, number), {catalog::pg_collation::kOid, column.type.collation, 0},
             Dependency::normal);
  if (sequence != 0) own_sequence(ddl, sequence, {target.oid, number, identity});
  if (value != nullptr && !identity)
    insert_default(ddl, target.oid, number, *value, definition.generated_stored);
  if (!table->storage) return;

  // What the domain has as default is old rows' value, but stays the domain's for new ones.
  if (value == nullptr && domain != nullptr) value = domain_value(definition.type, *domain, checked);
  if (value != nullptr) {
    require_row_type_unused(ddl, *table);
    if (!definition.generated_stored && !checked && is_stable(ddl.catalog(), *value)) {
      set_missing_value(target, number - 1, *value);
    } else {
      constexpr int kValuesOfOldRows = 2;  // see Host::before_rewrite()
      ddl.host().before_rewrite(target.oid, kValuesOfOldRows);
      rewrite_column(target, target.table(), number - 1, *value);
    }
  }
  if (column.not_null) {
    RelationPtr now = target.table();
    if (value == nullptr ? has_rows(ddl, *now) : true)
      validate_not_null(ddl, *now, {number - 1});
  }
}

void drop_column(AlterTarget target, const query::DropColumn& action) {
  Ddl& ddl = target.ddl;
  RelationPtr table = target.table();
  int column = table->column_index(action.name);
  if (column < 0) {
    std::string message = "column \"" + action.name + "\" of relation \"" + table->name +
                          "\" does not exist";
    if (!action.missing_ok) throw SqlError("42703", message);
    ddl.notice("00000", message + ", skipping");
    return;
  }
  perform_deletion(ddl, {relation_address(target.oid, column + 1)}, action.cascade);
}

void set_column_default(AlterTarget target, const query::SetColumnDefault& action) {
  Ddl& ddl = target.ddl;
  int column = target.column(action.name);
  RelationPtr table = target.table();
  const catalog::Column& c = table->columns[static_cast<std::size_t>(column)];
  if (c.identity != 0)
    throw SqlError("42601", "column \"" + c.name + "\" of relation \"" + table->name +
                                "\" is an identity column")
        .with_hint(action.value ? "" : "Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead.");
  if (c.generated)
    throw SqlError("42601", "column \"" + c.name + "\" of relation \"" + table->name +
                                "\" is a generated column")
        .with_hint(action.value ? "" : "Use ALTER TABLE ... ALTER COLUMN ... DROP EXPRESSION instead.");
  RowReader rows = ddl.writer().read(pg_attrdef::kOid, catalog::index::pg_attrdef_adrelid_adnum_index,
                                     {key_oid(target.oid), key_int2(static_cast<std::int16_t>(column + 1))});
  if (rows.next())
    perform_deletion(ddl, {{pg_attrdef::kOid, rows.row().oid(pg_attrdef::oid), 0}}, false);
  if (!action.value) return;
  insert_default(ddl, target.oid, column + 1, *action.value, false);
  change_attribute(target, column,
                   [](RowBuilder& row) { row.set(pg_attribute::atthasdef, true); });
}

void set_column_not_null(AlterTarget target, const query::SetColumnNotNull& action) {
  Ddl& ddl = target.ddl;
  int column = target.column(action.name);
  RelationPtr table = target.table();
  if (!action.not_null) {
    if (const catalog::IndexDescriptor* key = table->primary_key())
      for (const catalog::IndexKey& k : key->keys)
        if (k.column == column)
          throw SqlError("42P16", "column \"" + action.name + "\" is in a primary key");
    for (const catalog::IndexDescriptor& index : table->indexes) {
      RowReader rows = ddl.writer().read(pg_index::kOid, 0, {key_oid(index.oid)});
      if (!rows.next() || !rows.row().flag(pg_index::indisreplident)) continue;
      for (const catalog::IndexKey& k : index.keys)
        if (k.column == column)
          throw SqlError("42P16", "column \"" + action.name + "\" is in index used as replica identity");
    }
    if (table->columns[static_cast<std::size_t>(column)].identity != 0)
      throw SqlError("42601", "column \"" + action.name + "\" of relation \"" + table->name +
                                  "\" is an identity column");
  } else if (!table->columns[static_cast<std::size_t>(column)].not_null && table->storage) {
    validate_not_null(ddl, *table, {column});
  }
  set_not_null(ddl, target.oid, column, action.not_null);
}

void drop_column_expression(AlterTarget target, const query::DropColumnExpression& action) {
  Ddl& ddl = target.ddl;
  int column = target.column(action.name);
  RelationPtr table = target.table();
  if (!table->columns[static_cast<std::size_t>(column)].generated) {
    std::string message = "column \"" + action.name + "\" of relation \"" + table->name +
                          "\" is not a stored generated column";
    if (!action.missing_ok) throw SqlError("55000", message);
    ddl.notice("00000", message + ", skipping");
    return;
  }
  remove_default(ddl, target.oid, column);
  change_attribute(target, column, [](RowBuilder& row) {
    row.set(pg_attribute::atthasdef, false);
    row.set(pg_attribute::attgenerated, '\0');
  });
}

void add_column_identity(AlterTarget target, const query::AddColumnIdentity& action) {
  Ddl& ddl = target.ddl;
  int column = target.column(action.name);
  RelationPtr table = target.table();
  const catalog::Column& c = table->columns[static_cast<std::size_t>(column)];
  std::string where = "column \"" + c.name + "\" of relation \"" + table->name + "\" ";
  if (!c.not_null) throw SqlError("55000", where + "must be declared NOT NULL before identity can be added");
  if (c.identity != 0) throw SqlError("55000", where + "is already an identity column");
  if (c.default_) throw SqlError("55000", where + "already has a default value");
  std::string name = action.sequence.name.name;
  if (name.empty()) name = choose_relation_name(ddl, table->name, c.name, "seq", table->schema);
  Oid sequence = create_sequence_relation(ddl, name, table->schema, table->persistence,
                                          action.sequence.options);
  own_sequence(ddl, sequence, {target.oid, column + 1, true});
  change_attribute(target, column, [&](RowBuilder& row) {
    row.set(pg_attribute::attidentity, static_cast<char>(action.identity));
  });
}

namespace {

// The sequence of an identity column, found by its internal dependency.
Oid identity_sequence(Ddl& ddl, Oid table, int column) {
  RowReader rows = ddl.writer().read(
      pg_depend::kOid, catalog::index::pg_depend_reference_index,
      {key_oid(pg_class::kOid), key_oid(table), types::Datum::of(std::int32_t{column + 1})});
  while (rows.next())
    if (rows.row().letter(pg_depend::deptype) == 'i' &&
        rows.row().oid(pg_depend::classid) == pg_class::kOid)
      return rows.row().oid(pg_depend::objid);
  return 0;
}

}  // namespace

void alter_column_identity(AlterTarget target, const query::AlterColumnIdentity& action) {
  int column = target.column(action.name);
  RelationPtr table = target.table();
  if (table->columns[static_cast<std::size_t>(column)].identity == 0)
    throw SqlError("55000", "column \"" + action.name + "\" of relation \"" + table->name +
                                "\" is not an identity column");
  if (action.identity)
    change_attribute(target, column, [&](RowBuilder& row) {
      row.set(pg_attribute::attidentity, static_cast<char>(*action.identity));
    });
  if (Oid sequence = identity_sequence(target.ddl, target.oid, column))
    alter_sequence_options(target.ddl, *target.ddl.reload(sequence), action.options);
}

void drop_column_identity(AlterTarget target, const query::DropColumnIdentity& action) {
  Ddl& ddl = target.ddl;
  int column = target.column(action.name);
  RelationPtr table = target.table();
  if (table->columns[static_cast<std::size_t>(column)].identity == 0) {
    std::string message = "column \"" + action.name + "\" of relation \"" + table->name +
                          "\" is not an identity column";
    if (!action.missing_ok) throw SqlError("55000", message);
    ddl.notice("00000", message + ", skipping");
    return;
  }
  change_attribute(target, column,
                   [](RowBuilder& row) { row.set(pg_attribute::attidentity, '\0'); });
  if (Oid sequence = identity_sequence(ddl, target.oid, column)) {
    ddl.remove_dependencies(relation_address(sequence), pg_class::kOid);
    perform_deletion(ddl, {relation_address(sequence)}, false);
  }
}

RelationPtr TypeChanges::before(Ddl& ddl, Oid table) {
  for (const RelationPtr& known : before_)
    if (known->oid == table) return known;
  before_.push_back(ddl.reload(table));
  return before_.back();
}

void TypeChanges::add(AlterTarget target, int column, query::ExpressionPtr value) {
  for (const Change& change : changes_)
    if (change.table == target.oid && change.column == column)
      throw SqlError("0A000", "cannot alter type of column \"" +
                                  target.table()->columns[static_cast<std::size_t>(column)].name +
                                  "\" twice");
  changes_.push_back({target.oid, column, std::move(value)});
}

constexpr int kColumnTypeChanged = 4;  // see Host::before_rewrite()

void TypeChanges::rewrite_rows(Ddl& ddl) {
  for (const RelationPtr& old : before_) {
    // A partitioned table has no rows of its own.
    if (old->storage == nullptr) continue;
    std::vector<int> columns;
    std::vector<eval::Program> programs;
    for (const Change& change : changes_) {
      if (change.table != old->oid || !change.value) continue;
      columns.push_back(change.column);
      programs.push_back(planner::compile_expression(*change.value, ddl.catalog()));
    }
    if (columns.empty()) continue;
    require_row_type_unused(ddl, *old);
    ddl.host().before_rewrite(old->oid, kColumnTypeChanged);
    // Rebuilding reads by the old shape and writes by the new one.
    Recompute recompute(ddl, *old, std::move(columns), std::move(programs),
                        old->storage->schema().columns.size());
    rebuild_from(ddl, old, *ddl.reload(old->oid), &recompute);
    mend_indexes(ddl, old->oid);
  }
  changes_.clear();
  users_.make_again(ddl);
}

namespace {

// The default by an assignment cast to the column's other type: 42804 when there is none.
query::ExpressionPtr converted_default(Ddl& ddl, const catalog::Column& column, types::TypeRef type) {
  const catalog::CastInfo* cast = ddl.catalog().cast(column.type.oid, type.oid);
  const catalog::TypeInfo* to = ddl.catalog().type(ddl.catalog().base_type(type.oid));
  const bool by_text = cast == nullptr && to != nullptr && to->category == 'S';
  if (!by_text && (cast == nullptr || cast->context == 'e'))
    throw SqlError("42804", std::string(column.generated ? "generation expression" : "default") + " for column \"" +
                                column.name + "\" cannot be cast automatically to type " +
                                ddl.catalog().format_type(type.oid));
  auto value = std::make_unique<query::Expression>();
  value->type = type;
  if (by_text) {
    value->node = query::CoerceViaIo{query::clone(*column.default_), query::CallForm::implicit_cast};
  } else if (cast->method == 'f') {
    query::Call call;
    call.function = cast->function;
    call.form = query::CallForm::implicit_cast;
    call.arguments.push_back(query::clone(*column.default_));
    value->node = std::move(call);
  } else {
    value->node = query::Relabel{query::clone(*column.default_), query::CallForm::implicit_cast};
  }
  return value;
}

void replace_generation(AlterTarget target, int column, const query::Expression& value) {
  remove_default(target.ddl, target.oid, column);
  insert_default(target.ddl, target.oid, column + 1, value, true);
}

query::ExpressionPtr same_value(int column, const types::TypeRef& type) {
  auto value = std::make_unique<query::Expression>();
  value->type = type;
  value->node = query::ColumnReference{0, column};
  return value;
}

bool is_text(Oid type) { return type == types::oid::text || type == types::oid::varchar; }

const query::Expression& without_relabels(const query::Expression& e) {
  const auto* relabel = std::get_if<query::Relabel>(&e.node);
  return relabel == nullptr ? e : without_relabels(*relabel->argument);
}

// Whether the rows may stay as they are: the new value is the column's own, and every value of the one type is stored as
// the same of the other.
bool keeps_values(const query::Expression& value, int column, const types::TypeRef& from, const types::TypeRef& to) {
  const query::Expression* inner = &without_relabels(value);
  if (const auto* call = std::get_if<query::Call>(&inner->node);
      call != nullptr && call->form == query::CallForm::implicit_cast && from.oid == to.oid && !call->arguments.empty())
    inner = &without_relabels(*call->arguments[0]);  // to the length of the new type
  const auto* reference = std::get_if<query::ColumnReference>(&inner->node);
  if (reference == nullptr || reference->column != column || reference->levels_up != 0) return false;
  if (from.oid != to.oid && !(is_text(from.oid) && is_text(to.oid))) return false;
  if (to.typmod < 0 || to.typmod == from.typmod) return true;
  return is_text(to.oid) && from.typmod >= 0 && to.typmod > from.typmod;
}

}  // namespace

void alter_column_type(AlterTarget target, const query::AlterColumnType& action, TypeChanges& changes) {
  Ddl& ddl = target.ddl;
  int column = target.column(action.name);
  RelationPtr table = target.table();
  const catalog::Column before = table->columns[static_cast<std::size_t>(column)];
  require_type_usage(ddl, action.type.oid);
  require_column_type(ddl.catalog(), action.name, action.type.oid);
  require_no_cycle(ddl, table->row_type, action.type.oid);
  if (before.identity != 0 && !types::is_integer(action.type.oid))
    throw SqlError("22023", "identity column type must be smallint, integer, or bigint");

  const bool same_type = before.type.oid == action.type.oid && before.type.collation == action.type.collation;
  changes.users().require_free(ddl, target.oid, column);
  if (!same_type) changes.users().take_down(ddl, target.oid, column);

  const bool same_length = before.type.typmod == action.type.typmod;
  if (before.default_ && before.identity == 0 &&
      ((!same_type && before.default_->type.oid != action.type.oid) || (!same_length && action.default_))) {
    query::ExpressionPtr value = action.default_ ? query::clone(*action.default_) : converted_default(ddl, before, action.type);
    if (before.generated)
      replace_generation(target, column, *value);
    else
      set_column_default(target, {action.name, std::move(value)});
  }

  // Whatever has rows of its own is looked at when they are rewritten.
  if (table->storage == nullptr) require_row_type_unused(ddl, *table);

  const catalog::TypeInfo* type = ddl.catalog().type(action.type.oid);
  RelationPtr old = target.table();
  // Indexes on the column get the new type's operator class.
  bool is_key = false;
  for (const catalog::IndexDescriptor& index : old->indexes) {
    std::vector<Oid> classes, collations;
    bool touched = false;
    for (const catalog::IndexKey& key : index.keys) {
      bool own = key.column == column;
      touched |= own;
      const catalog::OperatorClassInfo* c =
          own ? ddl.catalog().default_operator_class(action.type.oid, index.method) : nullptr;
      if (own && c == nullptr)
        throw SqlError("42704", "data type " + ddl.catalog().format_type(action.type.oid) +
                                    " has no default operator class for access method \"" +
                                    std::string(catalog::method_name(index.method)) + "\"")
            .with_hint("You must specify an operator class for the index or define a default operator class for the "
                       "data type.");
      if (own) {
        catalog::IndexKey changed = key;
        changed.operator_class = c->oid;
        changed.type = action.type;
        require_served(ddl, changed, index.method);
      }
      classes.push_back(own ? c->oid : key.operator_class);
      collations.push_back(own ? action.type.collation : key.collation);
      if (index.method == catalog::kBtree || index.method == catalog::kBrin)
        catalog::collated_key(ddl.catalog(), own ? action.type.oid : key.type.oid,
                              catalog::order_collation(classes.back(), collations.back()), "an index");
      else
        require_byte_equality(ddl, collations.back(), "an index");
    }
    if (!touched) continue;
    if (index.is_exclusion && (!same_type || action.using_))
      throw SqlError::not_supported("ALTER COLUMN TYPE of a column that an EXCLUDE constraint compares");
    is_key = true;
    RowBuilder row = ddl.writer().row(pg_index::kOid);
    row.set(pg_index::indclass, std::span<const Oid>(classes));
    row.set(pg_index::indcollation, std::span<const Oid>(collations));
    ddl.writer().update_one(0, {key_oid(index.oid)}, row);
  }
  const bool turns = is_key && !catalog::same_order(ddl.catalog(), before.type.collation, action.type.collation);
  const bool keeps = !turns && (!action.using_ || keeps_values(*action.using_, column, before.type, action.type));
  if (keeps && action.using_) require_row_type_unused(ddl, *table);
  change_attribute(target, column, [&](RowBuilder& row) {
    row.set(pg_attribute::atttypid, action.type.oid);
    row.set(pg_attribute::atttypmod, action.type.typmod);
    row.set(pg_attribute::attcollation, action.type.collation);
    row.set(pg_attribute::attlen, type->length);
    row.set(pg_attribute::attbyval, type->by_value);
    row.set(pg_attribute::attalign, type->alignment);
    row.set(pg_attribute::attstorage, type->storage);
    if (keeps) return;
    row.set(pg_attribute::atthasmissing, false);
    row.set_null(pg_attribute::attmissingval);
  });
  const ObjectAddress self = relation_address(target.oid, column + 1);
  ddl.remove_dependencies(self, catalog::pg_collation::kOid);
  ddl.depend(self, {catalog::pg_collation::kOid, action.type.collation, 0}, Dependency::normal);
  if (action.using_)
    changes.add(target, column, keeps ? nullptr : query::clone(*action.using_));
  else if (turns)
    changes.add(target, column, same_value(column, action.type));
  ddl.writer().remove_all(pg_statistic::kOid, 0,
                          {key_oid(target.oid), key_int2(static_cast<std::int16_t>(column + 1))});
  forget_extended_statistics(ddl, target.oid, column);
}

}  // namespace commands
