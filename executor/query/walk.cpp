#include "query/walk.h"

#include <optional>
#include <tuple>
#include <type_traits>

#include "fields.h"

namespace query {
namespace {

// Reaches every ExpressionPtr and Query below a value by its fields.
template <typename OnExpression, typename OnQuery>
struct Walker {
  const OnExpression& on_expression;
  const OnQuery& on_query;

  template <typename T>
  void walk(T& value) const {
    using Plain = std::remove_const_t<T>;
    if constexpr (std::is_same_v<Plain, ExpressionPtr>) {
      if (value) on_expression(value);
    } else if constexpr (std::is_same_v<Plain, std::unique_ptr<Query>>) {
      if (value) on_query(*value);
    } else if constexpr (is_unique_ptr<Plain>::value) {
      if (value) walk(*value);
    } else if constexpr (is_container<Plain>::value) {
      for (auto& element : value) walk(element);
    } else if constexpr (is_variant<Plain>::value) {
      std::visit([this](auto& alternative) { this->walk(alternative); }, value);
    } else if constexpr (std::is_arithmetic_v<Plain> || std::is_enum_v<Plain> ||
                         std::is_same_v<Plain, std::string> ||
                         std::is_same_v<Plain, Constant> || is_bit<Plain>::value) {
    } else {
      std::apply([this](auto&... field) { (this->walk(field), ...); }, fields(value));
      std::apply([this](auto&... field) { (this->walk(field), ...); }, added_fields(value));
    }
  }

 private:
  template <typename T>
  struct is_unique_ptr : std::false_type {};
  template <typename T>
  struct is_unique_ptr<std::unique_ptr<T>> : std::true_type {};
  template <typename T>
  struct is_container : std::false_type {};
  template <typename T>
  struct is_container<std::vector<T>> : std::true_type {};
  template <typename T>
  struct is_variant : std::false_type {};
  template <typename... T>
  struct is_variant<std::variant<T...>> : std::true_type {};
  template <typename T>
  struct is_bit : std::false_type {};
};

template <typename E, typename Q>
Walker<E, Q> walker(const E& e, const Q& q) {
  return {e, q};
}

}  // namespace

void for_each_child(const Expression& expression,
                    const std::function<void(const Expression&)>& visit,
                    const std::function<void(const Query&)>& visit_query) {
  const auto on_expression = [&](const ExpressionPtr& e) { visit(*e); };
  const auto on_query = [&](const Query& q) {
    if (visit_query) visit_query(q);
  };
  walker(on_expression, on_query).walk(expression.node);
}

void for_each_child(Expression& expression, const std::function<void(ExpressionPtr&)>& visit,
                    const std::function<void(Query&)>& visit_query) {
  const auto on_query = [&](Query& q) {
    if (visit_query) visit_query(q);
  };
  walker(visit, on_query).walk(expression.node);
}

void for_each_expression(const Query& query, const std::function<void(const Expression&)>& visit,
                         const std::function<void(const Query&)>& visit_query) {
  const auto on_expression = [&](const ExpressionPtr& e) { visit(*e); };
  walker(on_expression, visit_query).walk(query);
}

void for_each_expression(Query& query, const std::function<void(ExpressionPtr&)>& visit,
                         const std::function<void(Query&)>& visit_query) {
  walker(visit, visit_query).walk(query);
}

}  // namespace query
