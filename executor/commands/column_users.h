// What is built on a column whose type changes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ddl.h"

namespace commands {

// Constraints, indexes and statistics objects that have to be analysed anew with the column's other type: they are taken down
// before it changes and made again afterwards by their definitions, under their names and with their
// comments. Serves one ALTER TABLE. Not thread-safe.
class ColumnUsers {
 public:
  // Throws 0A000 as PostgreSQL does for what forbids any change: views, rules, policies, triggers,
  // generated columns.
  static void require_free(Ddl& ddl, Oid table, int column);

  // Of column `column` (from 0) of `table`: checks, foreign keys on either side, statistics objects, indexes
  // that compute something of it. Inherited and partitions' ones go with their parent's.
  void take_down(Ddl& ddl, Oid table, int column);

  // When every row has its new type.
  void make_again(Ddl& ddl);

 private:
  // In the order in which they are made: a foreign key may want a unique index.
  enum class Kind : std::uint8_t { index, constraint, statistics };
  struct Definition {
    Kind kind = Kind::index;
    std::string sql;
    Oid table = 0;
    Oid domain = 0;  // of a domain's constraint instead
    std::string schema;  // of a statistics object
    std::string name;
    std::string comment;
    bool is_clustered = false;
    bool is_replica_identity = false;
  };

  void take_constraint(Ddl& ddl, Oid constraint);
  void take_index(Ddl& ddl, Oid index);
  void take_statistics(Ddl& ddl, Oid object);
  void finish(Ddl& ddl, const Definition& definition);

  std::vector<Definition> definitions_;
};

}  // namespace commands
