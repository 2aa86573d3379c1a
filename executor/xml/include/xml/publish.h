// Making XML of values that are text already.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xml {

// & < > and carriage returns.
std::string escaped(std::string_view text);

std::string base64(std::string_view bytes);
std::string hexadecimal(std::string_view bytes);

struct Attribute {
  std::string_view name, value;
};
// `contents`: XML, put there as it is.
std::string element(std::string_view name, std::span<const Attribute> attributes, std::span<const std::string> contents);

// Failure 2200S.
std::string comment(std::string_view text);
// Failure 42601 for a target "xml", 2200T for a text with ?> in it.
std::string processing_instruction(std::string_view target, std::optional<std::string_view> text);

}  // namespace xml
