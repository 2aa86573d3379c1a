#include "row_nodes.h"

#include "types/live_fields.h"
#include "types/record_names.h"

namespace eval {

using types::Datum;
using types::PhysicalType;

namespace {

class RowNode final : public Node {
 public:
  RowNode(types::TypeRef type, std::uint32_t slot, std::vector<types::RecordField> layout,
          std::vector<NodePtr> fields, std::string names)
      : Node(type, PhysicalType::varlen),
        slot_(slot),
        names_(std::move(names)),
        layout_(std::move(layout)),
        fields_(std::move(fields)) {}

  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override {
    std::vector<const types::Vector*> columns;
    columns.reserve(fields_.size());
    for (const NodePtr& f : fields_) columns.push_back(&f->evaluate(frame, rows));
    types::Vector& out = frame.scratch(slot_, PhysicalType::varlen);
    std::vector<Datum> values(fields_.size());
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      const std::uint32_t row = rows[i];
      for (std::size_t c = 0; c < columns.size(); ++c) values[c] = columns[c]->datum(row);
      Datum record = types::make_record(*frame.context->arena, type().oid, layout_, values);
      if (!names_.empty()) record = types::with_record_names(*frame.context->arena, record, names_);
      out.set_datum(row, record);
    }
    return out;
  }

 private:
  std::uint32_t slot_;
  std::string names_;  // encoded; empty where the type or ROW() gives them
  std::vector<types::RecordField> layout_;
  std::vector<NodePtr> fields_;
};

class FieldNode final : public Node {
 public:
  FieldNode(types::TypeRef type, PhysicalType physical, std::uint32_t slot, std::uint32_t field,
            NodePtr argument)
      : Node(type, physical), slot_(slot), field_(field), argument_(std::move(argument)) {}

  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override {
    const types::Vector& records = argument_->evaluate(frame, rows);
    types::Vector& out = frame.scratch(slot_, physical());
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      const std::uint32_t row = rows[i];
      const Datum value = records.is_null(row) ? Datum::null()
                                               : types::RecordView(records.datum(row)).field(field_);
      if (value.is_null)
        out.set_null(row);
      else
        out.set_datum(row, value);
    }
    return out;
  }

 private:
  std::uint32_t slot_, field_;
  NodePtr argument_;
};

// row IS [NOT] NULL: true when every field is (not) null.
class RecordNullTestNode final : public Node {
 public:
  RecordNullTestNode(types::TypeRef type, std::uint32_t slot, bool wants_null, NodePtr argument)
      : Node(type, PhysicalType::boolean),
        slot_(slot),
        wants_null_(wants_null),
        argument_(std::move(argument)) {}

  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override {
    const types::Vector& records = argument_->evaluate(frame, rows);
    types::Vector& out = frame.scratch(slot_, PhysicalType::boolean);
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      const std::uint32_t row = rows[i];
      bool all = true;
      if (records.is_null(row)) {
        all = wants_null_;
      } else {
        const types::RecordView record(records.datum(row));
        for (types::LiveFields field(record, types::shape_of(*frame.context, record)); all && field.next();)
          all = field.value().is_null == wants_null_;
      }
      out.set(row, all);
    }
    return out;
  }

 private:
  std::uint32_t slot_;
  bool wants_null_;
  NodePtr argument_;
};

}  // namespace

NodePtr make_row(Compiler& compiler, catalog::CatalogView& catalog,
                 const query::Expression& expression, const query::RowConstructor& row) {
  std::vector<NodePtr> fields;
  std::vector<types::RecordField> layout;
  catalog::RelationPtr relation;
  const catalog::TypeInfo* info = catalog.type(expression.type.oid);
  if (info != nullptr && info->relation != 0) relation = catalog.relation(info->relation);
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    const bool dropped =
        relation != nullptr && i < relation->columns.size() && relation->columns[i].dropped;
    fields.push_back(compiler.compile(*row.fields[i]));
    const types::Oid type = row.fields[i]->type.oid;
    layout.push_back({dropped ? types::Oid{0} : type == types::oid::unknown ? types::oid::text : type,
                      fields.back()->physical()});
  }
  return std::make_unique<RowNode>(expression.type, compiler.take_slots(1), std::move(layout),
                                   std::move(fields),
                                   expression.type.oid == types::oid::record ? types::encode_record_names(row.names)
                                                                             : std::string());
}

NodePtr make_field_select(Compiler& compiler, catalog::CatalogView& catalog,
                          const query::Expression& expression, const query::FieldSelect& f) {
  return std::make_unique<FieldNode>(expression.type, physical_type(catalog, expression.type.oid),
                                     compiler.take_slots(1), static_cast<std::uint32_t>(f.field),
                                     compiler.compile(*f.argument));
}

NodePtr make_record_null_test(Compiler& compiler, types::TypeRef type, bool wants_null,
                              NodePtr argument) {
  return std::make_unique<RecordNullTestNode>(type, compiler.take_slots(1), wants_null,
                                              std::move(argument));
}

}  // namespace eval
