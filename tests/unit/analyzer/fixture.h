// Analysis against PostgreSQL 15's built-in catalogue and a few tables.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "analyzer/analyze.h"
#include "catalog/catalog_view.h"
#include "parser/parse.h"
#include "types/sql_error.h"

namespace analyzer::testing {

// Tables, as a script for PostgreSQL would make them:
//   t (id int PRIMARY KEY, a int, b text, c numeric(10,2), d timestamptz, e int[], f boolean,
//      g bigint, v varchar(10), j jsonb)
//   u (id int, x float8, name text DEFAULT 'none', n int NOT NULL DEFAULT 7)
//   pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84))
class Database {
 public:
  Database();

  // Throws SqlError.
  Analyzed analyze(const std::string& sql, std::vector<Oid> parameters = {},
                   std::span<const LiftedLiteral> lifted = {});
  // "name type, name type" of the result columns, or "ERROR state: message[ | hint][@position]".
  std::string describe(const std::string& sql, std::vector<Oid> parameters = {});

  catalog::BuiltinCatalogView catalog;
  types::EvalContext& eval() { return eval_; }

 private:
  types::Arena arena_;
  types::FormatSettings format_;
  types::EvalContext eval_;
};

}  // namespace analyzer::testing
