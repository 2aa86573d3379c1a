// What a sequence is and where it stands, as SQL sees it.
#include "sequence_functions.h"

#include <array>

#include "function_table.h"
#include "kernel.h"
#include "types/record.h"
#include "types/session_services.h"

namespace functions {
namespace {

using types::Oid;
using types::PhysicalType;
using types::RecordField;
using types::SequenceFacts;
namespace oid = types::oid;

Datum sequence_parameters(EvalContext& context, Oid sequence) {
  static constexpr RecordField kInteger{oid::int8, PhysicalType::int64};
  static constexpr std::array kFields{kInteger, kInteger, kInteger, kInteger,
                                      RecordField{oid::bool_, PhysicalType::boolean}, kInteger,
                                      RecordField{oid::oid_, PhysicalType::int32}};
  const SequenceFacts facts = context.session->sequence_facts(sequence);
  const std::array values{Datum::of(facts.start),     Datum::of(facts.minimum), Datum::of(facts.maximum),
                          Datum::of(facts.increment), Datum::of(facts.cycle),   Datum::of(facts.cache),
                          Datum::of(facts.type)};
  return types::make_record(*context.arena, oid::record, kFields, values);
}

std::optional<std::int64_t> sequence_last_value(EvalContext& context, Oid sequence) {
  const SequenceFacts facts = context.session->sequence_facts(sequence);
  return facts.is_called ? std::optional(facts.last_value) : std::nullopt;
}

constexpr ScalarFunction kSequenceFunctions[] = {
    {"pg_sequence_parameters", strict<&sequence_parameters>},
    {"pg_sequence_last_value", strict<&sequence_last_value>},
};

class SequenceRow final : public SetFunctionRun {
 public:
  explicit SequenceRow(const SequenceFacts& facts) : facts_(facts) {}

  std::uint32_t next(EvalContext&, std::span<Vector> out, std::uint32_t) override {
    if (is_read_) return 0;
    is_read_ = true;
    out[0].set<std::int64_t>(0, facts_.last_value);
    out[1].set<std::int64_t>(0, facts_.log_count);
    out[2].set<bool>(0, facts_.is_called);
    return 1;
  }

 private:
  SequenceFacts facts_;
  bool is_read_ = false;
};

}  // namespace

std::span<const ScalarFunction> sequence_functions() { return kSequenceFunctions; }

std::unique_ptr<SetFunctionRun> read_sequence_row(EvalContext& context, const FunctionCall&,
                                                  std::span<const Datum> arguments) {
  return std::make_unique<SequenceRow>(context.session->sequence_facts(arguments[0].as<Oid>()));
}

}  // namespace functions
