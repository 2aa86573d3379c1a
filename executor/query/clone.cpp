#include <optional>
#include <tuple>
#include <type_traits>

#include "fields.h"
#include "plain.h"

namespace query {
namespace {

template <Plain T>
void copy(T& to, const T& from) { to = from; }
void copy(std::string& to, const std::string& from) { to = from; }
void copy(Constant& to, const Constant& from) { to = from; }
void copy(Expression& to, const Expression& from);
template <typename T>
void copy(std::unique_ptr<T>& to, const std::unique_ptr<T>& from);
template <typename T>
void copy(std::vector<T>& to, const std::vector<T>& from);
template <typename... T>
void copy(std::variant<T...>& to, const std::variant<T...>& from);
template <typename T>
  requires requires(const T& x) { fields(x); }
void copy(T& to, const T& from);

template <typename T>
void copy(std::unique_ptr<T>& to, const std::unique_ptr<T>& from) {
  if (!from) {
    to.reset();
    return;
  }
  to = std::make_unique<T>();
  copy(*to, *from);
}

template <typename T>
void copy(std::vector<T>& to, const std::vector<T>& from) {
  to.clear();
  to.reserve(from.size());
  for (const T& item : from) copy(to.emplace_back(), item);
}

template <typename... T>
void copy(std::variant<T...>& to, const std::variant<T...>& from) {
  std::visit(
      [&to](const auto& node) {
        using Node = std::remove_cvref_t<decltype(node)>;
        copy(to.template emplace<Node>(), node);
      },
      from);
}

template <typename T>
  requires requires(const T& x) { fields(x); }
void copy(T& to, const T& from) {
  [[maybe_unused]] auto targets = fields(to);
  [[maybe_unused]] auto sources = fields(from);
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (copy(std::get<I>(targets), std::get<I>(sources)), ...);
  }(std::make_index_sequence<std::tuple_size_v<decltype(targets)>>());
  [[maybe_unused]] auto shown = display_fields(to);
  [[maybe_unused]] auto shown_from = display_fields(from);
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (copy(std::get<I>(shown), std::get<I>(shown_from)), ...);
  }(std::make_index_sequence<std::tuple_size_v<decltype(shown)>>());
  [[maybe_unused]] auto added = added_fields(to);
  [[maybe_unused]] auto added_from = added_fields(from);
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (copy(std::get<I>(added), std::get<I>(added_from)), ...);
  }(std::make_index_sequence<std::tuple_size_v<decltype(added)>>());
}

void copy(Expression& to, const Expression& from) {
  to.type = from.type;
  to.location = from.location;
  to.written_as = from.written_as;
  copy(to.node, from.node);
}

}  // namespace

Constant Constant::varlen(std::string bytes) {
  Constant constant;
  constant.bytes = std::move(bytes);
  constant.owns_value_ = true;
  constant.value.is_null = false;
  constant.value.varlen = {constant.bytes.data(), constant.bytes.size()};
  return constant;
}

Constant& Constant::operator=(Constant other) noexcept {
  value = other.value;
  bytes = std::move(other.bytes);
  repoint(other);
  return *this;
}

ExpressionPtr clone(const Expression& expression) {
  auto result = std::make_unique<Expression>();
  copy(*result, expression);
  return result;
}

std::unique_ptr<Query> clone(const Query& query) {
  auto result = std::make_unique<Query>();
  copy(*result, query);
  return result;
}

}  // namespace query
