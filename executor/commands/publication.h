// Publications and subscriptions: what logical replication would send, and from where. There is no replication yet: the
// objects are there, for tools that read them and dumps that make them.
#pragma once

#include "ddl.h"

namespace commands {

void define_publication(Ddl& ddl, const query::DefinePublication& statement);
void define_subscription(Ddl& ddl, const query::DefineSubscription& statement);

// `publication of table t in publication p`, `publication of schema s in publication p`
std::string describe_published(Ddl& ddl, const ObjectAddress& object);

// 0A000, with what is wrong: a row filter that asks more than a row, constants and built-in immutable functions.
void require_row_filter(Ddl& ddl, const query::Expression& filter);

}  // namespace commands
