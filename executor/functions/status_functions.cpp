#include "status_functions.h"

#include <optional>
#include <string>
#include <vector>

#include "types/session_services.h"
#include "types/type_io.h"

namespace functions {
namespace {

using types::Oid;

class StatusRows final : public SetFunctionRun {
 public:
  StatusRows(std::vector<std::vector<std::optional<std::string>>> rows, std::vector<Oid> columns)
      : rows_(std::move(rows)), columns_(std::move(columns)) {}

  std::uint32_t next(types::EvalContext& context, std::span<types::Vector> out,
                     std::uint32_t capacity) override {
    std::uint32_t count = 0;
    for (; count < capacity && at_ < rows_.size(); ++count, ++at_)
      for (std::size_t c = 0; c < columns_.size() && c < out.size(); ++c) {
        const auto& value = rows_[at_][c];
        if (value)
          out[c].set_datum(count, types::type_support(columns_[c]).input(context, *value, -1));
        else
          out[c].set_null(count);
      }
    return count;
  }

 private:
  std::vector<std::vector<std::optional<std::string>>> rows_;
  std::vector<Oid> columns_;
  std::size_t at_ = 0;
};

}  // namespace

namespace oid = types::oid;

std::unique_ptr<SetFunctionRun> sextant_nodes(types::EvalContext& context, const FunctionCall&,
                                              std::span<const types::Datum>) {
  return std::make_unique<StatusRows>(
      context.session->status_rows("nodes"),
      std::vector<Oid>{oid::text, oid::text, oid::text, oid::int8, oid::int8});
}

std::unique_ptr<SetFunctionRun> sextant_volumes(types::EvalContext& context, const FunctionCall&,
                                                std::span<const types::Datum>) {
  return std::make_unique<StatusRows>(
      context.session->status_rows("volumes"),
      std::vector<Oid>{oid::oid_, oid::text, oid::int8, oid::text, oid::int4, oid::pg_lsn,
                       oid::pg_lsn, oid::pg_lsn});
}

std::unique_ptr<SetFunctionRun> sextant_segments(types::EvalContext& context, const FunctionCall&,
                                                 std::span<const types::Datum>) {
  return std::make_unique<StatusRows>(
      context.session->status_rows("segments"),
      std::vector<Oid>{oid::text, oid::text, oid::text, oid::int8, oid::pg_lsn, oid::int8});
}

std::unique_ptr<SetFunctionRun> sextant_timelines(types::EvalContext& context, const FunctionCall&,
                                                  std::span<const types::Datum>) {
  return std::make_unique<StatusRows>(
      context.session->status_rows("timelines"),
      std::vector<Oid>{oid::int8, oid::int8, oid::pg_lsn, oid::text, oid::text, oid::int8});
}

std::unique_ptr<SetFunctionRun> sextant_snapshots(types::EvalContext& context, const FunctionCall&,
                                                  std::span<const types::Datum>) {
  return std::make_unique<StatusRows>(
      context.session->status_rows("snapshots"),
      std::vector<Oid>{oid::text, oid::text, oid::pg_lsn, oid::timestamptz, oid::timestamptz,
                       oid::bool_});
}

}  // namespace functions
