// CREATE AGGREGATE: the rows of pg_proc and pg_aggregate.
#include "routine.h"
#include "type_commands.h"
#include "type_usage.h"

namespace commands {
namespace {

namespace pg_aggregate = catalog::pg_aggregate;

std::string_view aggregate_kind_words(char kind) {
  switch (kind) {
    case 'o': return "an ordered-set aggregate";
    case 'h': return "a hypothetical-set aggregate";
    default: return "an ordinary aggregate function";
  }
}

// What may not change when an aggregate is replaced, besides what holds for every routine.
void require_same_kind(const query::CreateAggregate& statement, const Row& old) {
  const std::string quoted = "\"" + statement.routine.name.name + "\"";
  const char kind = old.letter(pg_aggregate::aggkind);
  if (kind != statement.kind)
    throw SqlError("42809", "cannot change routine kind").with_detail(quoted + " is " + std::string(aggregate_kind_words(kind)) + ".");
  if (old.int2(pg_aggregate::aggnumdirectargs) != statement.direct_arguments)
    throw SqlError("42P13", "cannot change number of direct arguments of an aggregate function");
}

void set_initial(RowBuilder& row, int column, const std::optional<std::string>& value) {
  if (value)
    row.set(column, *value);
  else
    row.set_null(column);
}

void set_steps(RowBuilder& row, const query::CreateAggregate& statement) {
  const query::AggregateSteps& plain = statement.plain;
  row.set(pg_aggregate::aggtransfn, plain.transition);
  row.set(pg_aggregate::aggfinalfn, plain.final);
  row.set(pg_aggregate::aggfinalextra, plain.final_extra);
  row.set(pg_aggregate::aggfinalmodify, plain.final_modifies);
  row.set(pg_aggregate::aggtranstype, plain.state);
  row.set(pg_aggregate::aggtransspace, plain.space);
  set_initial(row, pg_aggregate::agginitval, plain.initial);
  query::AggregateSteps none;
  none.final_modifies = statement.kind == 'n' ? 'r' : 'w';
  const query::AggregateSteps& moving = statement.moving ? *statement.moving : none;
  row.set(pg_aggregate::aggmtransfn, moving.transition);
  row.set(pg_aggregate::aggminvtransfn, moving.inverse);
  row.set(pg_aggregate::aggmfinalfn, moving.final);
  row.set(pg_aggregate::aggmfinalextra, moving.final_extra);
  row.set(pg_aggregate::aggmfinalmodify, moving.final_modifies);
  row.set(pg_aggregate::aggmtranstype, moving.state);
  row.set(pg_aggregate::aggmtransspace, moving.space);
  set_initial(row, pg_aggregate::aggminitval, moving.initial);
}

}  // namespace

void create_aggregate(Ddl& ddl, const query::CreateAggregate& statement) {
  for (const std::string& warning : statement.warnings) ddl.warning("42601", warning);
  require_type_usage(ddl, statement.plain.state);
  if (statement.moving) require_type_usage(ddl, statement.moving->state);
  const ObjectAddress self = define_routine(ddl, statement.routine, 'a', kInternalLanguage);
  RowBuilder row = ddl.writer().row(pg_aggregate::kOid);
  row.set(pg_aggregate::aggfnoid, self.oid);
  row.set(pg_aggregate::aggkind, statement.kind);
  row.set(pg_aggregate::aggnumdirectargs, statement.direct_arguments);
  row.set(pg_aggregate::aggcombinefn, statement.combine);
  row.set(pg_aggregate::aggserialfn, statement.serialize);
  row.set(pg_aggregate::aggdeserialfn, statement.deserialize);
  row.set(pg_aggregate::aggsortop, statement.sort_operator);
  set_steps(row, statement);
  RowReader old = ddl.writer().read(pg_aggregate::kOid, 0, {key_oid(self.oid)});
  if (old.next()) {
    require_same_kind(statement, old.row());
    ddl.writer().update(old.row(), row);
  } else {
    ddl.writer().insert(row);
  }
  auto needs_function = [&](Oid function) {
    if (function != 0) ddl.depend(self, {pg_proc::kOid, function, 0}, Dependency::normal);
  };
  for (const query::AggregateSteps* steps : {&statement.plain, statement.moving ? &*statement.moving : nullptr}) {
    if (steps == nullptr) continue;
    needs_function(steps->transition);
    needs_function(steps->inverse);
    needs_function(steps->final);
  }
  needs_function(statement.combine);
  needs_function(statement.serialize);
  needs_function(statement.deserialize);
  if (statement.sort_operator != 0)
    ddl.depend(self, {catalog::pg_operator::kOid, statement.sort_operator, 0}, Dependency::normal);
}

}  // namespace commands
