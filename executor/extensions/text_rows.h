// A set of rows of text that is known when it begins.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "functions/set_function.h"

namespace extensions {

class TextRows final : public functions::SetFunctionRun {
 public:
  using Row = std::vector<std::optional<std::string>>;

  void add(Row row) { rows_.push_back(std::move(row)); }

  std::uint32_t next(types::EvalContext& context, std::span<types::Vector> out, std::uint32_t capacity) override {
    std::uint32_t count = 0;
    for (; count < capacity && at_ < rows_.size(); ++count, ++at_)
      for (std::size_t c = 0; c < out.size(); ++c) {
        if (const auto& value = rows_[at_][c])
          out[c].set<std::string_view>(count, context.arena->copy(*value));
        else
          out[c].set_null(count);
      }
    return count;
  }

 private:
  std::vector<Row> rows_;
  std::size_t at_ = 0;
};

}  // namespace extensions
