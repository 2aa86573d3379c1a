// Expressions over fixed-width parameters and constants as steps over registers, one value at a time: what the
// assignments and conditions of loops in PL/pgSQL are made of. Batches and their vectors cost more there than the
// arithmetic does.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "catalog/catalog_view.h"
#include "functions/single.h"
#include "query/expression.h"

namespace eval {

// Holds the registers of its run: not thread-safe, and good for one run at a time, which calls nothing that could come
// back.
class ScalarProgram {
 public:
  // Null: something in the expression has no step, and a Program does it.
  static std::optional<ScalarProgram> compile(catalog::CatalogView& catalog, const query::Expression& expression);

  // `parameters[n - 1]` is $n. Throws SqlError, as the Program of the expression would.
  types::Datum run(std::span<const types::Datum> parameters) {
    const types::Datum* const given = parameters.data();
    const std::size_t count = steps_.size();
    for (std::size_t at = 0; at < count;) {
      const Step& step = steps_[at++];
      const types::Datum& first = operand(step.first, given);
      switch (step.kind) {
        case Kind::unary:
          registers_[step.to] = first.is_null ? types::Datum::null() : step.kernel(first, first);
          break;
        case Kind::binary: {
          const types::Datum& second = operand(step.second, given);
          registers_[step.to] = first.is_null || second.is_null ? types::Datum::null() : step.kernel(first, second);
          break;
        }
        default: at = run_rare(step, first, at);
      }
    }
    return operand(result_, given);
  }

 private:
  enum class Kind : std::uint8_t {
    unary, binary,
    copy,
    negate,                // NOT
    and_, or_,             // into `to`, which began as true or false; decided: jumps
    jump, jump_unless,     // jump_unless: what is not true
    jump_if_known,         // what is not null
    is_null, is_true, is_false,
    is_not_null, is_not_true, is_not_false
  };
  // Below 0: parameter -1 - n, from 0; else a register.
  using Operand = std::int32_t;
  struct Step {
    Kind kind;
    std::uint16_t to = 0, target = 0;
    Operand first = 0, second = 0;
    functions::SingleKernel kernel = nullptr;
  };
  class Maker;

  const types::Datum& operand(Operand o, const types::Datum* given) const {
    return o >= 0 ? registers_[static_cast<std::size_t>(o)] : given[-1 - o];
  }
  std::size_t run_rare(const Step& step, const types::Datum& first, std::size_t next);

  std::vector<Step> steps_;
  std::vector<types::Datum> registers_;  // constants, too
  Operand result_ = 0;
};

}  // namespace eval
