#include "operators/transition_tables.h"

#include <algorithm>

#include "catalog/catalog_view.h"
#include "transaction/manager.h"
#include "transaction/transaction.h"
#include "tuple_store.h"

namespace operators {

using types::Datum;

struct TransitionTables::Impl {
  SpillSpace space;
  std::vector<types::PhysicalType> columns;
  std::vector<std::size_t> live;          // the table's columns that are not dropped
  std::vector<types::TypeRef> types;      // theirs
  std::unique_ptr<TupleStore> old_rows, new_rows;
  types::Arena arena{1024};
  std::vector<types::Vector> row;         // of one

  void append(TupleStore& store, std::span<const Datum> values, const std::vector<int>* places) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const int at = places == nullptr ? static_cast<int>(i) : (*places)[i];
      row[i].clear();
      if (at < 0 || values[static_cast<std::size_t>(at)].is_null)
        row[i].set_null(0);
      else
        row[i].set_datum(0, values[static_cast<std::size_t>(at)]);
    }
    store.append({row, {nullptr, 1}});
  }
};

TransitionTables::TransitionTables(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TransitionTables::~TransitionTables() = default;

bool has_transition_tables(const catalog::RelationDescriptor& relation, std::int16_t event) {
  return std::ranges::any_of(relation.triggers, [&](const catalog::TriggerInfo& t) {
    return relation.acts(t, event) && !(t.old_table.empty() && t.new_table.empty());
  });
}

std::shared_ptr<TransitionTables> TransitionTables::make_if_wanted(const ExecutionContext& context,
                                                                   const catalog::RelationDescriptor& relation,
                                                                   std::int16_t event,
                                                                   std::span<const types::PhysicalType> columns) {
  if (!has_transition_tables(relation, event)) return nullptr;
  auto impl = std::make_unique<Impl>();
  impl->space.configure(context.temp_directory, context.temp_file_limit_bytes,
                        context.transaction == nullptr ? nullptr : &context.transaction->manager().usage());
  impl->columns.assign(columns.begin(), columns.end());
  for (const types::PhysicalType type : columns) impl->row.push_back(types::Vector::allocate(impl->arena, type, 1));
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    if (relation.columns[i].dropped) continue;
    impl->live.push_back(i);
    impl->types.push_back(relation.columns[i].type);
  }
  bool wants_old = false, wants_new = false;
  for (const catalog::TriggerInfo& t : relation.triggers) {
    if (!relation.acts(t, event)) continue;
    wants_old = wants_old || !t.old_table.empty();
    wants_new = wants_new || !t.new_table.empty();
  }
  auto make_store = [&](bool wanted) {
    auto store = wanted ? std::make_unique<TupleStore>(columns) : nullptr;
    if (store) store->start(impl->space, context.work_mem_bytes);
    return store;
  };
  impl->old_rows = make_store(wants_old);
  impl->new_rows = make_store(wants_new);
  return std::shared_ptr<TransitionTables>(new TransitionTables(std::move(impl)));
}

void TransitionTables::add(std::span<const Datum> old_row, std::span<const Datum> new_row, const std::vector<int>* columns) {
  if (impl_->old_rows && !old_row.empty()) impl_->append(*impl_->old_rows, old_row, columns);
  if (impl_->new_rows && !new_row.empty()) impl_->append(*impl_->new_rows, new_row, columns);
}

const std::vector<types::TypeRef>& TransitionTables::types() const { return impl_->types; }

class TransitionTables::Rows final : public types::UserRows {
 public:
  Rows(std::shared_ptr<TransitionTables> tables, bool new_rows)
      : tables_(std::move(tables)),
        store_(new_rows ? *tables_->impl_->new_rows : *tables_->impl_->old_rows),
        reader_(tables_->impl_->columns) {}

  std::uint32_t next(types::EvalContext&, std::span<types::Vector> out, std::uint32_t capacity) override {
    if (at_ == batch_.rows.count) {
      at_ = 0;
      batch_ = {};
      if (!reader_.next(store_, batch_)) return 0;
    }
    const std::uint32_t count = std::min(capacity, batch_.rows.count - at_);
    const std::vector<std::size_t>& live = tables_->impl_->live;
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t row = batch_.rows[at_ + i];
      for (std::size_t c = 0; c < out.size(); ++c) {
        const types::Vector& from = batch_.columns[live[c]];
        if (from.is_null(row))
          out[c].set_null(i);
        else
          out[c].set_datum(i, from.datum(row));
      }
    }
    at_ += count;
    return count;
  }

 private:
  std::shared_ptr<TransitionTables> tables_;
  TupleStore& store_;
  TupleReader reader_;
  types::Batch batch_{};
  std::uint32_t at_ = 0;
};

std::unique_ptr<types::UserRows> TransitionTables::read(const std::shared_ptr<TransitionTables>& tables, bool new_rows) {
  if ((new_rows ? tables->impl_->new_rows : tables->impl_->old_rows) == nullptr) return nullptr;
  return std::make_unique<Rows>(tables, new_rows);
}

}  // namespace operators
