#include "eval/index_expressions.h"

#include <functional>
#include <mutex>
#include <vector>

#include "eval/compile.h"
#include "eval/program.h"
#include "index_services.h"
#include "query/walk.h"
#include "types/sql_error.h"

namespace eval {
namespace {

using query::Expression;
using types::Datum;

// Column references as columns of the input, which holds those that are read.
class RowColumns final : public Resolver, public KeepsPrograms {
 public:
  std::optional<Resolved> resolve(const Expression& expression) override {
    const auto* reference = std::get_if<query::ColumnReference>(&expression.node);
    if (reference == nullptr) return std::nullopt;
    if (reference->column == query::kWholeRowColumn) throw types::SqlError::not_supported("a whole row in an index");
    if (reference->column < 0) throw types::SqlError("0A000", "index creation on system columns is not supported");
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (columns[i] == reference->column) return InputColumn{static_cast<int>(i)};
    columns.push_back(reference->column);
    return InputColumn{static_cast<int>(columns.size()) - 1};
  }

  std::vector<int> columns;
};

class Expressions final : public table::IndexExpressions {
 public:
  Expressions(catalog::CatalogView& catalog, const catalog::IndexDescriptor& index,
              const catalog::RelationDescriptor& table) {
    RowColumns resolver;
    Compiler compiler(catalog, &resolver);
    if (index.predicate) add(catalog, compiler, *index.predicate);
    has_predicate_ = index.predicate != nullptr;
    for (const catalog::IndexKey& key : index.keys) {
      if (!key.expression) continue;
      add(catalog, compiler, *key.expression);
      results_.push_back(physical_type(catalog, key.type.oid));
    }
    program_ = compiler.finish();
    columns_ = std::move(resolver.columns);
    for (const int column : columns_)
      inputs_.push_back(physical_type(
          catalog, table.columns.at(static_cast<std::size_t>(column)).type.oid));
  }

  bool evaluate(std::span<const Datum> row, std::span<Datum> values,
                types::Arena& arena) const override {
    std::unique_ptr<State> state = take();
    const bool in = run(*state, row, values, arena);
    give_back(std::move(state));
    return in;
  }

 private:
  // What one thread needs while it evaluates.
  struct State {
    explicit State(const Expressions& of) : evaluator(of.program_, 1) {
      for (const types::PhysicalType type : of.inputs_)
        columns.push_back(types::Vector::allocate(memory, type, 1));
      context.arena = &arena;
      context.format = &format;
      if (of.asks_) {
        services = make_index_services(of.configurations_);
        context.session = services.get();
      }
      evaluator.bind(environment, context);
    }
    types::Arena memory, arena;
    types::FormatSettings format;
    std::unique_ptr<types::SessionServices> services;
    types::EvalContext context;
    Environment environment;
    Evaluator evaluator;
    std::vector<types::Vector> columns;
  };

  void add(catalog::CatalogView& catalog, Compiler& compiler, const Expression& expression) {
    compiler.add(expression);
    collect_configurations(catalog, expression, configurations_);
    asks_ = asks_ || !configurations_.empty() || contains_user_function(catalog, expression);
  }

  bool run(State& state, std::span<const Datum> row, std::span<Datum> values,
           types::Arena& arena) const {
    state.arena.reset();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Datum& value = row[static_cast<std::size_t>(columns_[i])];
      if (value.is_null) {
        state.columns[i].set_null(0);
      } else {
        state.columns[i].set_not_null(0);
        state.columns[i].set_datum(0, value);
      }
    }
    const types::Batch one{state.columns, {nullptr, 1}};
    std::size_t next = 0;
    if (has_predicate_) {
      const types::Vector& passed = state.evaluator.evaluate(next++, one);
      if (passed.is_null(0) || !passed.get<bool>(0)) return false;
    }
    for (std::size_t i = 0; i < results_.size(); ++i) {
      const types::Vector& result = state.evaluator.evaluate(next++, one);
      values[i] = result.is_null(0) ? Datum::null()
                                    : types::copy_datum(arena, results_[i], result.datum(0));
    }
    return true;
  }

  std::unique_ptr<State> take() const {
    {
      const std::scoped_lock lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<State> state = std::move(idle_.back());
        idle_.pop_back();
        return state;
      }
    }
    return std::make_unique<State>(*this);
  }
  void give_back(std::unique_ptr<State> state) const {
    const std::scoped_lock lock(mutex_);
    idle_.push_back(std::move(state));
  }

  Program program_;
  TextSearchRecipes configurations_;
  bool asks_ = false;  // a session, or what stands for one
  bool has_predicate_ = false;
  std::vector<int> columns_;  // of the table, in the order of the input
  std::vector<types::PhysicalType> inputs_, results_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<State>> idle_;  // as many as ran at once
};

// Calls `found` for each function that evaluating the node itself calls.
template <typename Found>
void each_function(catalog::CatalogView& catalog, const Expression& e, const Found& found) {
  auto type_functions = [&](types::Oid type, bool input) {
    const catalog::TypeInfo* info = catalog.type(catalog.base_type(type));
    if (info != nullptr) found(input ? info->input : info->output);
  };
  if (const auto* n = std::get_if<query::Call>(&e.node)) {
    // text || anything and the other way round are as mutable as the text that the other side becomes.
    constexpr types::Oid kTextAnyCat = 2003, kAnyTextCat = 2004;
    if (n->function == kTextAnyCat || n->function == kAnyTextCat)
      type_functions(n->arguments[n->function == kTextAnyCat ? 1 : 0]->type.oid, false);
    else
      found(n->function);
  }
  if (const auto* n = std::get_if<query::ScalarArrayOp>(&e.node)) found(n->function);
  if (const auto* n = std::get_if<query::NullIf>(&e.node)) found(n->equality.function);
  if (const auto* n = std::get_if<query::IsDistinct>(&e.node)) found(n->equality.function);
  if (const auto* n = std::get_if<query::CoerceViaIo>(&e.node)) {
    type_functions(n->argument->type.oid, false);
    type_functions(e.type.oid, true);
  }
}

bool any_node(const Expression& expression, const std::function<bool(const Expression&)>& test) {
  bool found = test(expression);
  query::for_each_child(expression,
                        [&](const Expression& child) { found = found || any_node(child, test); });
  return found;
}

}  // namespace

std::shared_ptr<const table::IndexExpressions> make_index_expressions(
    catalog::CatalogView& catalog, const catalog::IndexDescriptor& index,
    const catalog::RelationDescriptor& table) {
  return std::make_shared<const Expressions>(catalog, index, table);
}

namespace {

// || of text and anything: textanycat, anytextcat.
bool concatenates_any(types::Oid function) { return function == 2003 || function == 2004; }

}  // namespace

bool contains_mutable(catalog::CatalogView& catalog, const Expression& expression) {
  return any_node(expression, [&](const Expression& e) {
    if (std::holds_alternative<query::SqlValueFunction>(e.node)) return true;
    bool found = false;
    each_function(catalog, e, [&](types::Oid function) {
      const catalog::FunctionInfo* info = catalog.function(function);
      if (info != nullptr && concatenates_any(function)) {
        // Stable for the types whose text depends on settings: it's the output function that counts.
        const auto& call = std::get<query::Call>(e.node);
        for (const auto& argument : call.arguments) {
          const catalog::TypeInfo* type = catalog.type(argument->type.oid);
          const catalog::FunctionInfo* output = type != nullptr ? catalog.function(type->output) : nullptr;
          found = found || output == nullptr || output->volatility != 'i';
        }
        return;
      }
      found = found || info == nullptr || info->volatility != 'i';
    });
    return found;
  });
}

bool contains_user_function(catalog::CatalogView& catalog, const Expression& expression) {
  return any_node(expression, [&](const Expression& e) {
    bool found = std::holds_alternative<query::CoerceToDomain>(e.node);
    each_function(catalog, e, [&](types::Oid function) {
      found = found || function >= types::kFirstNormalOid;
    });
    return found;
  });
}

}  // namespace eval
