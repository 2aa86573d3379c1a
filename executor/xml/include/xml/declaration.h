// <?xml version="1.0" encoding="UTF-8" standalone="yes"?>, as a value begins with it, and values put behind each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace xml {

enum class Standalone : std::int8_t { unsaid = -1, no = 0, yes = 1 };

struct Declaration {
  std::size_t length = 0;  // bytes of the text that it takes; 0: there is none
  std::optional<std::string> version, encoding;
  Standalone standalone = Standalone::unsaid;
};

// Nullopt: what stands there is no proper declaration; `trouble` then says why, as a DETAIL.
std::optional<Declaration> read_declaration(std::string_view text, std::string_view* trouble = nullptr);

// A value as it leaves the server: without the encoding, and without a declaration that says no more than that this is
// XML 1.0. `encoding`: the one that a client reads it in, where it is not UTF-8.
std::string output(std::string_view text, std::string_view encoding = {});

// XMLCONCAT: one declaration for all, of what they agree on.
class Concatenation {
 public:
  void add(std::string_view text);
  std::string finish() &&;

 private:
  std::string body_;
  std::optional<std::string> version_;
  bool any_ = false, versions_differ_ = false;
  Standalone standalone_ = Standalone::yes;
};

// XMLROOT. `version` null: NO VALUE. `standalone` nullopt: as the value says.
std::string with_root(std::string_view text, std::optional<std::string_view> version, std::optional<Standalone> standalone);

}  // namespace xml
