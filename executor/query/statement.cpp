#include "query/query.h"
#include "query/statements.h"

namespace query {

Statement::Statement(Statement&& from) noexcept = default;
Statement& Statement::operator=(Statement&& from) noexcept = default;
Statement::~Statement() = default;

}  // namespace query
