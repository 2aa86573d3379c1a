#include <cstring>
#include <tuple>
#include <type_traits>

#include "fields.h"
#include "plain.h"

namespace query {
namespace {

template <Plain T>
bool same(const T& a, const T& b) { return a == b; }
bool same(const std::string& a, const std::string& b) { return a == b; }
// How a cast was written does not change what it computes.
bool same(const CallForm&, const CallForm&) { return true; }
// The type is compared by the expression around; unused bytes of a Datum are zero or copied.
bool same(const Constant& a, const Constant& b);
bool same(const Expression& a, const Expression& b);
template <typename T>
bool same(const std::unique_ptr<T>& a, const std::unique_ptr<T>& b);
template <typename T>
bool same(const std::vector<T>& a, const std::vector<T>& b);
template <typename... T>
bool same(const std::variant<T...>& a, const std::variant<T...>& b);
template <typename T>
  requires requires(const T& x) { fields(x); }
bool same(const T& a, const T& b);

bool same(const Constant& a, const Constant& b) {
  if (a.value.is_null || b.value.is_null) return a.value.is_null == b.value.is_null;
  if (a.is_varlen() || b.is_varlen()) return a.is_varlen() == b.is_varlen() && a.bytes == b.bytes;
  return std::memcmp(&a.value.fixed16, &b.value.fixed16, sizeof a.value.fixed16) == 0;
}

template <typename T>
bool same(const std::unique_ptr<T>& a, const std::unique_ptr<T>& b) {
  if (!a || !b) return !a && !b;
  return same(*a, *b);
}

template <typename T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!same(a[i], b[i])) return false;
  return true;
}

template <typename... T>
bool same(const std::variant<T...>& a, const std::variant<T...>& b) {
  if (a.index() != b.index()) return false;
  return std::visit(
      [&b](const auto& node) {
        return same(node, std::get<std::remove_cvref_t<decltype(node)>>(b));
      },
      a);
}

template <typename T>
bool same_added(const T& a, const T& b);

template <typename T>
  requires requires(const T& x) { fields(x); }
bool same(const T& a, const T& b) {
  [[maybe_unused]] auto left = fields(a);
  [[maybe_unused]] auto right = fields(b);
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return (same(std::get<I>(left), std::get<I>(right)) && ...);
  }(std::make_index_sequence<std::tuple_size_v<decltype(left)>>()) && same_added(a, b);
}

template <typename T>
bool same_added(const T& a, const T& b) {
  [[maybe_unused]] auto left = added_fields(a);
  [[maybe_unused]] auto right = added_fields(b);
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return (same(std::get<I>(left), std::get<I>(right)) && ...);
  }(std::make_index_sequence<std::tuple_size_v<decltype(left)>>());
}

bool same(const Expression& a, const Expression& b) {
  return a.type == b.type && same(a.node, b.node);
}

}  // namespace

bool equal(const Expression& a, const Expression& b) { return same(a, b); }
bool equal(const Query& a, const Query& b) { return same(a, b); }

}  // namespace query
