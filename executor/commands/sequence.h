// CREATE and ALTER SEQUENCE, and the sequences of serial and identity columns.
#pragma once

#include "ddl.h"

namespace commands {

// Makes the sequence relation; returns its OID. `owner_*`: the column it belongs to, internal for
// an identity column; 0 for a sequence of its own.
struct SequenceOwner {
  Oid table = 0;
  int column = 0;
  bool identity = false;
};
Oid create_sequence_relation(Ddl& ddl, const std::string& name, Oid schema, char persistence,
                             const query::SequenceOptions& options);
void own_sequence(Ddl& ddl, Oid sequence, const SequenceOwner& owner);

using catalog::nextval_expression;

void create_sequence(Ddl& ddl, const query::CreateSequence& statement);
void alter_sequence(Ddl& ddl, const query::AlterSequence& statement);
void alter_sequence_options(Ddl& ddl, const RelationDescriptor& sequence,
                            const query::SequenceOptions& options);

}  // namespace commands
