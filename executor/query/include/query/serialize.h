// Analysed expressions and queries as text: what pg_attrdef, pg_constraint, pg_index and
// pg_rewrite keep in their pg_node_tree columns.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "query/expression.h"
#include "query/query.h"

namespace query {

// Printable ASCII but for names, which stay as they are. Begins with the format's version.
// Locations are left out.
std::string serialize(const Expression& expression);
std::string serialize(const Query& query);

// Inverse of serialize(). Throws SqlError XX001 when the text is damaged or of another version.
ExpressionPtr deserialize_expression(std::string_view text);
std::unique_ptr<Query> deserialize_query(std::string_view text);

// Whether serialize() of any version wrote it.
bool is_stored(std::string_view text);

}  // namespace query
