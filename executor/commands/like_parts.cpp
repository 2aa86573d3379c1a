#include "like_parts.h"

#include <algorithm>

#include "catalog/extended_statistics.h"
#include "catalog/named_objects.h"
#include "inheritance.h"
#include "query/walk.h"
#include "statistics_object.h"
#include "table_parts.h"

namespace commands {
namespace {

namespace pg_statistic_ext = catalog::pg_statistic_ext;

std::optional<std::string> comment_of(Ddl& ddl, const ObjectAddress& object) {
  RowReader rows = ddl.writer().read(
      pg_description::kOid, 0,
      {key_oid(object.oid), key_oid(object.catalog), types::Datum::of(std::int32_t{object.sub})});
  if (!rows.next()) return std::nullopt;
  return std::string(rows.row().text(pg_description::description));
}

char storage_of(Ddl& ddl, Oid table, int column) {
  RowReader rows =
      ddl.writer().read(pg_attribute::kOid, 0, {key_oid(table), key_int2(static_cast<std::int16_t>(column))});
  return rows.next() ? rows.row().letter(pg_attribute::attstorage) : '\0';
}

void set_storage(Ddl& ddl, Oid table, int column, char storage) {
  RowBuilder row = ddl.writer().row(pg_attribute::kOid);
  row.set(pg_attribute::attstorage, storage);
  ddl.writer().update_one(0, {key_oid(table), key_int2(static_cast<std::int16_t>(column))}, row);
}

void copy_compression(Ddl& ddl, const query::LikeSource& from, Oid table, int column) {
  const auto key = [](Oid relation, int number) {
    return catalog::Key{key_oid(relation), key_int2(static_cast<std::int16_t>(number))};
  };
  RowReader rows = ddl.writer().read(pg_attribute::kOid, 0, key(from.object, from.column));
  if (!rows.next()) return;
  RowBuilder row = ddl.writer().row(pg_attribute::kOid);
  row.set(pg_attribute::attcompression, rows.row().letter(pg_attribute::attcompression));
  ddl.writer().update_one(0, key(table, column), row);
}

std::string_view storage_name(char storage) {
  switch (storage) {
    case 'p': return "PLAIN";
    case 'm': return "MAIN";
    case 'x': return "EXTENDED";
    default: return "EXTERNAL";
  }
}

// As PostgreSQL's ChooseExtendedStatisticName() does: the table, its columns (or expr), stat.
std::string choose_statistics_name(Ddl& ddl, const RelationDescriptor& table, const query::CreateStatistics& s) {
  std::string columns;
  for (const std::string& name : s.columns) columns += (columns.empty() ? "" : "_") + name;
  for (std::size_t i = 0; i < s.expressions.size(); ++i) columns += columns.empty() ? "expr" : "_expr";
  const std::string schema = ddl.catalog().schema_name(table.schema);
  for (int pass = 0;; ++pass) {
    std::string name = make_object_name(table.name, columns, "stat" + (pass == 0 ? std::string() : std::to_string(pass)));
    if (!catalog::find_named(ddl.catalog(), catalog::NamedKind::statistics, schema, name)) return name;
  }
}

}  // namespace

void copy_like_comment(Ddl& ddl, const ObjectAddress& from, const ObjectAddress& to, const query::LikeSource& like) {
  if (!like.comment) return;
  if (auto text = comment_of(ddl, from)) ddl.set_comment(to, text);
}

void copy_like_columns(Ddl& ddl, Oid table, const query::CreateTable& statement) {
  for (std::size_t i = 0; i < statement.columns.size(); ++i) {
    const query::LikeSource& like = statement.columns[i].like;
    if (like.object == 0) continue;
    const int number = static_cast<int>(i) + 1;
    copy_like_comment(ddl, relation_address(like.object, like.column), relation_address(table, number), like);
    if (like.compression) copy_compression(ddl, like, table, number);
    if (!like.storage) continue;
    if (const char storage = storage_of(ddl, like.object, like.column)) set_storage(ddl, table, number, storage);
  }
}

void inherit_storage(Ddl& ddl, Oid child_oid, const RelationDescriptor& parent, const query::CreateTable& statement,
                     bool first_parent) {
  RelationPtr child = ddl.reload(child_oid);
  for (const catalog::Column& column : parent.columns) {
    if (column.dropped) continue;
    const int at = child->column_index(column.name);
    if (at < 0) continue;
    const char wanted = storage_of(ddl, parent.oid, column.number);
    const char own = storage_of(ddl, child_oid, at + 1);
    if (wanted == '\0' || wanted == own) continue;
    const query::ColumnDefinition& definition = statement.columns[static_cast<std::size_t>(at)];
    const bool from_another_parent = !first_parent && definition.inherited_count > 1;
    if (from_another_parent || definition.like.storage)
      throw SqlError("42804", std::string(from_another_parent ? "inherited column \"" : "column \"") + column.name +
                                  "\" has a storage parameter conflict")
          .with_detail(from_another_parent
                           ? std::string(storage_name(own)) + " versus " + std::string(storage_name(wanted))
                           : std::string(storage_name(wanted)) + " versus " + std::string(storage_name(own)));
    set_storage(ddl, child_oid, at + 1, wanted);
  }
}

void copy_like_statistics(Ddl& ddl, Oid table_oid, const query::LikeStatistics& like) {
  RelationPtr table = ddl.reload(table_oid);
  RelationPtr source = ddl.catalog().relation(like.table);
  if (source == nullptr) return;
  const std::vector<int> map = column_map(*source, *table);
  struct Copy {
    Oid from;
    query::CreateStatistics statement;
  };
  std::vector<Copy> copies;
  RowReader rows = ddl.writer().read(pg_statistic_ext::kOid, 0, {});
  while (rows.next()) {
    const Row row = rows.row();
    if (row.oid(pg_statistic_ext::stxrelid) != like.table) continue;
    Copy copy{row.oid(pg_statistic_ext::oid), {}};
    copy.statement.name.schema = ddl.catalog().schema_name(table->schema);
    copy.statement.table.oid = table_oid;
    for (const int column : catalog::statistics_columns(row))
      copy.statement.columns.push_back(source->columns[static_cast<std::size_t>(column)].name);
    if (!row.is_null(pg_statistic_ext::stxexprs))
      for (const auto& expression : catalog::statistics_expressions(row))
        copy.statement.expressions.push_back(renumbered(*expression, map));
    types::ArrayView kinds(row.text(pg_statistic_ext::stxkind));
    for (types::ArrayView::Cursor c(kinds); c.next();)
      switch (static_cast<char>(c.value().as<std::int8_t>())) {
        case 'd': copy.statement.kinds.emplace_back("ndistinct"); break;
        case 'f': copy.statement.kinds.emplace_back("dependencies"); break;
        case 'm': copy.statement.kinds.emplace_back("mcv"); break;
        default: break;
      }
    copies.push_back(std::move(copy));
  }
  std::ranges::sort(copies, {}, &Copy::from);
  for (Copy& copy : copies) {
    copy.statement.name.name = choose_statistics_name(ddl, *table, copy.statement);
    create_statistics(ddl, copy.statement);
    const Oid made = catalog::find_named(ddl.catalog(), catalog::NamedKind::statistics, copy.statement.name.schema,
                                          copy.statement.name.name);
    if (!like.comments || made == 0) continue;
    if (auto text = comment_of(ddl, {pg_statistic_ext::kOid, copy.from, 0}))
      ddl.set_comment({pg_statistic_ext::kOid, made, 0}, text);
  }
}

}  // namespace commands
