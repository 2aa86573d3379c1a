// Catalogue rows of a relation in the making: pg_class, pg_attribute, pg_type, pg_attrdef.
#pragma once

#include <string>
#include <vector>

#include "catalog/system_attributes.h"
#include "ddl.h"

namespace commands {

struct NewColumn {
  std::string name;
  types::TypeRef type;
  bool not_null = false;
  bool has_default = false;
  char identity = 0;
  bool generated = false;
  bool is_local = true;
  int inherited = 0;
  char compression = 0;  // pg_attribute.attcompression; 0: the default's
};

// The letter of a compression method for values of a type; 0 for the default's, also when none is named. 22023, 0A000.
char compression_method(Ddl& ddl, std::string_view name, Oid type);

struct NewRelation {
  Oid oid = 0;
  std::string name;
  Oid schema = 0;
  char kind = 'r';
  char persistence = 'p';
  Oid access_method = 0;
  wal::PageNo root{0};
  std::vector<NewColumn> columns;
  int checks = 0;
  bool has_indexes = false, has_rules = false;
  std::vector<std::string> options;
  Oid of_type = 0;
};

char persistence_letter(query::Persistence persistence);

// A pg_attribute row.
void insert_attribute(Ddl& ddl, Oid relation, int number, const NewColumn& column,
                      bool has_missing = false);
// Everything but defaults: pg_class, pg_attribute (system columns for tables), the row type and
// its array, dependencies on schema and types.
void insert_relation(Ddl& ddl, const NewRelation& relation, bool with_row_type);
// pg_attrdef and what it depends on. The column's atthasdef is set by the caller.
void insert_default(Ddl& ddl, Oid relation, int number, const query::Expression& value,
                    bool generated);

// A composite row type with its array; returns pg_type.oid.
Oid insert_row_type(Ddl& ddl, Oid relation, const std::string& name, Oid schema);
// The array type over `element`.
Oid insert_array_type(Ddl& ddl, Oid element, Oid array, const std::string& name, Oid schema,
                      char alignment, Oid collation = 0);
// 42701 for a name that every row has already.
void require_no_system_column(const std::string& name);
using catalog::is_system_column;
// A free name for an array type: "_t", "__t", ...
std::string array_type_name(Ddl& ddl, const std::string& name, Oid schema);

// How a column of the type is stored.
table::ColumnStorage column_storage(catalog::CatalogView& catalog, Oid type);
// 42P16 for a column that cannot be: a pseudo-type.
void require_column_type(catalog::CatalogView& catalog, const std::string& column, Oid type);

}  // namespace commands
