#include "container_assign.h"

#include <optional>
#include <string>
#include <vector>

#include "catalog/extension_types.h"
#include "extensions/hstore.h"
#include "functions/jsonb_assign.h"
#include "types/sql_error.h"

namespace eval {
namespace {

using types::Datum;
using types::PhysicalType;
using types::SqlError;

std::optional<std::string_view> text_of(const types::Vector& vector, std::uint32_t row) {
  if (vector.is_null(row)) return std::nullopt;
  return vector.get<std::string_view>(row);
}

// A value of jsonb that is null is JSON's null.
class AssignJsonbNode final : public Node {
 public:
  AssignJsonbNode(types::TypeRef type, std::uint32_t slot, NodePtr container, std::vector<NodePtr> path, NodePtr value)
      : Node(type, PhysicalType::varlen),
        slot_(slot),
        container_(std::move(container)),
        path_(std::move(path)),
        value_(std::move(value)) {}

  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override {
    const types::Vector& containers = container_->evaluate(frame, rows);
    std::vector<const types::Vector*> steps;
    for (const NodePtr& step : path_) steps.push_back(&step->evaluate(frame, rows));
    const types::Vector& values = value_->evaluate(frame, rows);
    types::Vector& out = frame.scratch(slot_, PhysicalType::varlen);
    const bool begins_with_index = steps.front()->type() == PhysicalType::int32;
    std::vector<std::string> numbers(steps.size());
    std::vector<std::string_view> path(steps.size());
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      const std::uint32_t row = rows[i];
      for (std::size_t s = 0; s < steps.size(); ++s) {
        if (steps[s]->is_null(row)) throw SqlError("22004", "jsonb subscript in assignment must not be null");
        if (steps[s]->type() == PhysicalType::int32)
          path[s] = numbers[s] = std::to_string(steps[s]->get<std::int32_t>(row));
        else
          path[s] = steps[s]->get<std::string_view>(row);
      }
      const std::string made = functions::assign_jsonb(*frame.context, text_of(containers, row), path, begins_with_index,
                                                       text_of(values, row).value_or("null"));
      out.set<std::string_view>(row, frame.context->arena->copy(made));
    }
    return out;
  }

 private:
  std::uint32_t slot_;
  NodePtr container_;
  std::vector<NodePtr> path_;
  NodePtr value_;
};

class AssignHstoreNode final : public Node {
 public:
  AssignHstoreNode(types::TypeRef type, std::uint32_t slot, NodePtr container, NodePtr key, NodePtr value)
      : Node(type, PhysicalType::varlen),
        slot_(slot),
        container_(std::move(container)),
        key_(std::move(key)),
        value_(std::move(value)) {}

  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override {
    const types::Vector& containers = container_->evaluate(frame, rows);
    const types::Vector& keys = key_->evaluate(frame, rows);
    const types::Vector& values = value_->evaluate(frame, rows);
    types::Vector& out = frame.scratch(slot_, PhysicalType::varlen);
    extensions::HstoreBuilder builder;
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      const std::uint32_t row = rows[i];
      if (keys.is_null(row)) throw SqlError("22004", "hstore subscript in assignment must not be null");
      builder.add(keys.get<std::string_view>(row), text_of(values, row));
      if (!containers.is_null(row)) {
        const extensions::HstoreView old(containers.get<std::string_view>(row));
        for (std::uint32_t pair = 0; pair < old.size(); ++pair) builder.add(old.key(pair), old.value(pair));
      }
      out.set_datum(row, builder.finish(*frame.context->arena));
    }
    return out;
  }

 private:
  std::uint32_t slot_;
  NodePtr container_, key_, value_;
};

}  // namespace

NodePtr make_container_assignment(Compiler& compiler, catalog::CatalogView& catalog, const query::Expression& expression,
                                  const query::Subscript& subscript, types::Oid type) {
  const bool is_jsonb = type == types::oid::jsonb;
  if (!is_jsonb && !catalog::is_hstore(catalog, type)) return nullptr;
  NodePtr container = compiler.compile(*subscript.container);
  std::vector<NodePtr> path;
  for (const query::ExpressionPtr& step : subscript.upper) path.push_back(compiler.compile(*step));
  NodePtr value = compiler.compile(*subscript.assignment);
  const std::uint32_t slot = compiler.take_slots(1);
  if (is_jsonb)
    return std::make_unique<AssignJsonbNode>(expression.type, slot, std::move(container), std::move(path), std::move(value));
  return std::make_unique<AssignHstoreNode>(expression.type, slot, std::move(container), std::move(path.front()), std::move(value));
}

}  // namespace eval
