#include "types/live_fields.h"

#include "types/type_io.h"

namespace types {

const UserType* shape_of(const RecordView& record, const UserType& type) {
  const Oid row_type = record.row_type();
  if (row_type == oid::record) return nullptr;
  if (row_type == type.oid()) return &type;
  TypeFinder* finder = type.definition().finder;
  const TypeSupport* support = finder == nullptr ? nullptr : finder->find_support(row_type);
  return support == nullptr ? nullptr : support->user;
}

const UserType* shape_of(EvalContext& ctx, const RecordView& record) {
  if (record.row_type() == oid::record || ctx.names == nullptr) return nullptr;
  const TypeSupport* support = ctx.names->find_support(record.row_type());
  return support == nullptr ? nullptr : support->user;
}

bool LiveFields::next() {
  const std::size_t fields = shape_ == nullptr ? record_.size() : shape_->fields().size();
  for (; at_ < fields || at_ < record_.size(); ++at_) {
    const bool stored = cursor_.next();
    if (shape_ != nullptr && at_ < fields && shape_->fields()[at_].dropped) continue;
    value_ = stored ? cursor_.value() : Datum::null();
    ++at_;
    ++index_;
    return true;
  }
  return false;
}

Oid LiveFields::type() const {
  return at_ <= record_.size() ? record_.field_type(at_ - 1) : shape_->fields()[at_ - 1].type.oid;
}

PhysicalType LiveFields::physical() const { return record_.physical(at_ - 1); }

const TypeSupport* LiveFields::support() const {
  if (shape_ == nullptr || at_ > shape_->fields().size()) return nullptr;
  const UserType::Field& field = shape_->fields()[at_ - 1];
  return field.type.oid == type() ? field.support : nullptr;
}

}  // namespace types
