// Calls one scalar function on text arguments, as a test wants it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "functions/function.h"
#include "types/eval_context.h"
#include "types/type_io.h"

namespace functions::test {

class Caller {
 public:
  Caller();

  types::FormatSettings settings;
  types::EvalContext ctx;

  // The value as text, nullopt for null. Throws SqlError. `arguments` by type and text.
  std::optional<std::string> call(std::string_view prosrc, types::Oid result,
                                  const std::vector<types::Oid>& argument_types,
                                  const std::vector<std::optional<std::string>>& arguments);

  // How the rows reach the states.
  enum class Path { rows, one_group, combined };
  std::optional<std::string> aggregate(
      types::Oid function, types::Oid result, const std::vector<types::Oid>& argument_types,
      const std::vector<std::vector<std::optional<std::string>>>& rows, Path path);

  types::Datum read(types::Oid type, std::string_view text);
  std::string write(types::Oid type, const types::Datum& value);

 private:
  types::Arena arena_;
};

}  // namespace functions::test
