// XPath 1.0 over one value, and the rows that XMLTABLE makes of one.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace xml {

struct Namespace {
  std::optional<std::string_view> prefix, uri;
};

// A set of nodes (each as XML), or one boolean, number or string.
using Found = std::variant<std::vector<std::string>, bool, double, std::string>;
// Throws Failure: 2200M for a value that is no document, XX000 for an expression that cannot be evaluated.
Found evaluate(std::string_view path, std::string_view document, std::span<const Namespace> namespaces);
// How many nodes there are; 1 for anything that is no set of them.
std::size_t count(std::string_view path, std::string_view document, std::span<const Namespace> namespaces);

class Rows {
 public:
  // What a column's text is made for: a number tells booleans as 1 and 0.
  enum class Target : std::uint8_t { text, number, xml };

  // Finds the rows. `columns`: each one's path; nullopt: it has none (FOR ORDINALITY).
  Rows(std::string_view document, std::span<const Namespace> namespaces, std::string_view row_path,
       std::span<const std::optional<std::string>> columns);
  ~Rows();
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  // Goes to the next row; false behind the last one.
  bool next();
  // Of the present row; nullopt: nothing there. Failure 21000 for several values where one is wanted.
  std::optional<std::string> value(std::size_t column, Target target);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace xml
