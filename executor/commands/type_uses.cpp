#include "type_uses.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "table_parts.h"

namespace commands {
namespace {

bool has_storage(RelationKind kind) {
  return kind == RelationKind::table || kind == RelationKind::index || kind == RelationKind::sequence ||
         kind == RelationKind::materialized_view || kind == RelationKind::toast;
}

struct Column {
  int number = 0;  // from 1
  std::string name;
};

// The relation's column of that number, or the first of that type.
std::optional<Column> find_column(Ddl& ddl, Oid relation, int number, Oid type) {
  RowReader rows = ddl.writer().read(pg_attribute::kOid, 0, {key_oid(relation)});
  while (rows.next()) {
    const Row row = rows.row();
    const int at = row.int2(pg_attribute::attnum);
    if (number > 0 ? at != number : at <= 0 || row.oid(pg_attribute::atttypid) != type) continue;
    return Column{at, row.string(pg_attribute::attname)};
  }
  return std::nullopt;
}

// Whether values of `type` hold values of `part`.
bool contains(Ddl& ddl, Oid type, Oid part, std::vector<Oid>& seen) {
  if (type == part) return true;
  const catalog::TypeInfo* info = ddl.catalog().type(type);
  if (info == nullptr || type < types::kFirstNormalOid || std::find(seen.begin(), seen.end(), type) != seen.end())
    return false;
  seen.push_back(type);
  if (info->element != 0) return contains(ddl, info->element, part, seen);
  if (info->kind == 'd') return contains(ddl, info->base_type, part, seen);
  if (info->kind == 'r') {
    RowReader rows = ddl.writer().read(catalog::pg_range::kOid, 0, {key_oid(type)});
    return rows.next() && contains(ddl, rows.row().oid(catalog::pg_range::rngsubtype), part, seen);
  }
  if (info->kind != 'c' || info->relation == 0) return false;
  RelationPtr relation = ddl.reload(info->relation);
  if (relation == nullptr) return false;
  for (const catalog::Column& column : relation->columns)
    if (!column.dropped && contains(ddl, column.type.oid, part, seen)) return true;
  return false;
}

// Walks up from a type through the types made of it.
class Uses {
 public:
  explicit Uses(Ddl& ddl) : ddl_(ddl) {}

  // relation, column
  std::function<void(const RelationDescriptor&, const Column&)> stored;
  // What holds an expression of the type.
  std::function<void(const ObjectAddress&)> expression = [](const ObjectAddress&) {};

  void of(Oid type) {
    if (type == 0 || std::find(seen_.begin(), seen_.end(), type) != seen_.end()) return;
    seen_.push_back(type);
    std::vector<ObjectAddress> users;
    RowReader rows = ddl_.writer().read(pg_depend::kOid, catalog::index::pg_depend_reference_index,
                                        {key_oid(pg_type::kOid), key_oid(type)});
    while (rows.next()) {
      const char kind = rows.row().letter(pg_depend::deptype);
      // A range type's own functions.
      if (kind == 'i' && rows.row().oid(pg_depend::classid) == pg_proc::kOid) continue;
      users.push_back({rows.row().oid(pg_depend::classid), rows.row().oid(pg_depend::objid),
                       rows.row().int4(pg_depend::objsubid)});
    }
    for (std::size_t i = 0; i < users.size(); ++i) {
      const ObjectAddress& user = users[i];
      switch (user.catalog) {
        case pg_type::kOid:
          if (is_made_of(user.oid, type))
            of(user.oid);
          else
            expression(user);
          break;
        case pg_class::kOid: relation(user, type); break;
        case pg_proc::kOid:
          // Once for its signature; again for its body or the defaults of its parameters.
          if (std::find(users.begin(), users.begin() + static_cast<std::ptrdiff_t>(i), user) !=
              users.begin() + static_cast<std::ptrdiff_t>(i))
            expression(user);
          break;
        case pg_attrdef::kOid:
        case pg_constraint::kOid:
        case pg_policy::kOid:
        case pg_rewrite::kOid:
        case pg_trigger::kOid: expression(user); break;
        default: break;  // casts, operators, aggregates: they store nothing of it
      }
    }
  }

 private:
  bool is_made_of(Oid type, Oid part) {
    const catalog::TypeInfo* info = ddl_.catalog().type(type);
    if (info == nullptr) return false;
    if (info->element == part || info->base_type == part) return true;
    return info->kind == 'r' || info->kind == 'm';
  }

  void relation(const ObjectAddress& user, Oid type) {
    RelationPtr relation = ddl_.reload(user.oid);
    if (relation == nullptr) return;
    const auto column = find_column(ddl_, user.oid, user.sub, type);
    if (!column) {
      // An index that only computes with the type; of the type, that is a typed table.
      if (relation->kind == RelationKind::index || relation->kind == RelationKind::partitioned_index)
        expression(user);
      return;
    }
    if (has_storage(relation->kind) || relation->kind == RelationKind::partitioned_table ||
        relation->kind == RelationKind::partitioned_index)
      stored(*relation, *column);
    else
      of(relation->row_type);
  }

  Ddl& ddl_;
  std::vector<Oid> seen_;
};

[[noreturn]] void refuse(const std::string& what, const std::string& why) {
  throw SqlError("0A000", "cannot alter " + what + " because " + why);
}

std::string column_text(const RelationDescriptor& relation, const Column& column) {
  return "column \"" + relation.name + "." + column.name + "\"";
}

}  // namespace

void require_row_type_unused(Ddl& ddl, const RelationDescriptor& origin) {
  const bool is_type = origin.kind == RelationKind::composite;
  const std::string what = std::string(is_type ? "type" : origin.kind == RelationKind::foreign_table ? "foreign table" : "table") +
                           " \"" + origin.name + "\"";
  const std::string uses = is_type ? " uses it" : " uses its row type";
  Uses walk(ddl);
  walk.stored = [&](const RelationDescriptor& relation, const Column& column) {
    refuse(what, column_text(relation, column) + uses);
  };
  walk.expression = [&](const ObjectAddress& user) { refuse(what, describe(ddl, user) + uses); };
  walk.of(origin.row_type);
}

void require_no_cycle(Ddl& ddl, Oid row_type, Oid field_type) {
  std::vector<Oid> seen;
  if (row_type != 0 && contains(ddl, field_type, row_type, seen))
    throw SqlError("42P16", "composite type " + ddl.catalog().format_type(row_type) +
                                " cannot be made a member of itself");
}

std::vector<StoredColumn> columns_holding(Ddl& ddl, Oid type) {
  std::vector<StoredColumn> found;
  Uses walk(ddl);
  walk.stored = [&](const RelationDescriptor& relation, const Column& column) {
    found.push_back({relation.oid, column.number - 1});
  };
  walk.of(type);
  return found;
}

std::vector<StoredColumn> columns_of_domain(Ddl& ddl, Oid domain) {
  std::vector<StoredColumn> found;
  RowReader rows = ddl.writer().read(pg_depend::kOid, catalog::index::pg_depend_reference_index,
                                     {key_oid(pg_type::kOid), key_oid(domain)});
  while (rows.next()) {
    const Oid user = rows.row().oid(pg_depend::objid);
    if (rows.row().oid(pg_depend::classid) == pg_type::kOid) {
      const catalog::TypeInfo* type = ddl.catalog().type(user);
      if (type == nullptr) continue;
      if (type->kind == 'd' && type->base_type == domain) {
        const std::vector<StoredColumn> above = columns_of_domain(ddl, user);
        found.insert(found.end(), above.begin(), above.end());
        continue;
      }
      Uses walk(ddl);
      walk.stored = [&](const RelationDescriptor& relation, const Column& column) {
        refuse("type \"" + ddl.catalog().format_type(domain) + "\"",
               column_text(relation, column) + " uses it");
      };
      walk.of(user);
      continue;
    }
    if (rows.row().oid(pg_depend::classid) != pg_class::kOid) continue;
    const int column = rows.row().int4(pg_depend::objsubid);
    if (column <= 0) continue;
    RelationPtr relation = ddl.reload(user);
    if (relation == nullptr) continue;
    // A row type made with the domain.
    if (relation->kind == RelationKind::composite || relation->kind == RelationKind::view) {
      Uses walk(ddl);
      walk.stored = [&](const RelationDescriptor& holder, const Column& held) {
        refuse("type \"" + ddl.catalog().format_type(domain) + "\"", column_text(holder, held) + " uses it");
      };
      walk.of(relation->row_type);
      continue;
    }
    if (relation->storage) found.push_back({user, column - 1});
  }
  return found;
}

void rebuild_orders_by(Ddl& ddl, Oid row_type) {
  std::vector<Oid> tables;
  for (const StoredColumn& use : columns_holding(ddl, row_type)) {
    RelationPtr relation = ddl.reload(use.relation);
    Oid table = 0;
    if (relation->kind == RelationKind::index)
      table = relation->indexes[0].table;
    else if (relation->storage)
      for (const catalog::IndexDescriptor& index : relation->indexes)
        for (const catalog::IndexKey& key : index.keys)
          if (key.column == use.column) table = use.relation;
    if (table != 0 && std::find(tables.begin(), tables.end(), table) == tables.end()) tables.push_back(table);
  }
  for (Oid table : tables) {
    RelationPtr relation = ddl.catalog().open_relation(table, RelationLock::access_exclusive);
    if (relation == nullptr) continue;
    const catalog::IndexDescriptor* clustered = nullptr;
    for (const catalog::IndexDescriptor& index : relation->indexes)
      if (index.is_clustered_key) clustered = &index;
    rebuild(ddl, table, clustered);
  }
}

}  // namespace commands
